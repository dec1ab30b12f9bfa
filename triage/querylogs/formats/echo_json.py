"""Echo in logs of JSON, one object a line: where in an object the engine's message stands, its time and its stream.

The keys are those that python-json-logger, structlog, loguru and the cloud providers' formatters use, at the top or
one level down. An object of another logger is the application's own log.

https://nhairs.github.io/python-json-logger/latest/quickstart/
https://loguru.readthedocs.io/en/stable/api/logger.html#record
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from triage.querylogs.formats.base import Data
from triage.querylogs.formats.echo_json_lines import Line, Lines
from triage.querylogs.formats.echo_layout import Layout
from triage.querylogs.formats.echo_messages import STATS

_MESSAGES = ("message", "msg", "event", "textPayload", "text", "log", "body", "@message")
_INSIDE = ("", "record.", "fields.", "jsonPayload.", "data.", "extra.", "@fields.")
Found = tuple[int, int, bytes, bytes, bytes | None, bytes | None, bytes | None]
PATHS = tuple(inside + name for inside in _INSIDE for name in _MESSAGES)
"""Where a message may stand, the likeliest first."""
STREAMS = ("taskName", "task", "threadName", "thread_name", "thread", "thread.name", "processName", "process", "pid")
_TIMES = ("asctime", "timestamp", "@timestamp", "time", "ts", "datetime", "created", "t", "date")
_LOGGERS = ("name", "logger", "logger_name", "loggerName", "log.logger", "logger.name")
_STATS = re.compile(STATS)
_NO_STATEMENT = (b"B", b"C", b"R", b"[", b"(", b"{", b"")
"""What a message may begin with that has no parameters, or is some; a statement that does is paired later."""
_ENGINE = ("sqlalchemy.engine", "sqlalchemy.log")


def parsed(line: bytes) -> dict[str, Any] | None:
    """Read a line; None if it is no object."""
    if line[:1] != b"{" and line.lstrip(b" \t")[:1] != b"{":
        return None
    try:
        made = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def message_of(made: dict[str, Any], path: str) -> bytes | None:
    """Return the message at a path; None where there is none, or it is another logger's."""
    inside, _, name = path.rpartition(".")
    holder = made.get(inside) if inside else made
    if not isinstance(holder, dict) or not isinstance(message := holder.get(name), str):
        return None
    if not _may_be_engines(holder, made):
        return None
    return message.encode("utf-8", "replace")


def _may_be_engines(*holders: dict[str, Any]) -> bool:
    """Say whether a logger of the engine is named, or none at all; a name may also be the service's."""
    is_another = False
    for holder in holders:
        for name in _LOGGERS:
            logger = holder.get(name)
            if isinstance(logger, dict):
                logger = logger.get("name")
            if isinstance(logger, str) and logger:
                if logger.startswith(_ENGINE):
                    return True
                is_another = True
    return not is_another


def has_logger(made: dict[str, Any], path: str) -> bool:
    """Say whether the object tells its logger."""
    return any(value_of(made, path, (name,)) for name in _LOGGERS)


def value_of(made: dict[str, Any], path: str, names: tuple[str, ...]) -> bytes:
    """Return the values at these keys, beside the message or at the top."""
    inside = path.rpartition(".")[0]
    holder = made.get(inside) if inside else made
    values = [
        (inside and isinstance(holder, dict) and _first(holder, (name,))) or _first(made, (name,)) for name in names
    ]
    return " ".join(value for value in values if value).encode("utf-8", "replace")


def json_records(data: Data, start: int, end: int, layout: Layout, gap: bytes) -> Iterator[Found]:
    """Yield the objects of a range, as records are; the stream of a line that is none is the gap."""
    lines = Lines(data, layout.shapes[0], layout.streams)
    held: Found | None = None
    position = start
    while position < end:
        stop, message, time, stream, is_object = lines.read(data, position, end) or _parsed_line(
            data, position, end, layout, lines
        )
        if message is None:
            if held:
                yield held
            held = None
            while not is_object and stop < end and data[stop : stop + 1] != b"{":  # a run of such lines is one gap
                stop = data.find(b"\n", stop, end) + 1 or end
            yield position, stop, b"", b"" if is_object else gap, None, None, None
        else:
            found = message[:1] == b"[" and held is not None and held[3] == stream and _STATS.match(message)
            if held is not None and found:
                yield held[0], stop, held[2], stream, held[6], message[found.end() :], None
                held = None
            else:
                if held:
                    yield held
                held = position, stop, time, stream, None, None, message
                if layout.times > 1 or message[:1] in _NO_STATEMENT:
                    yield held
                    held = None
        position = stop
    if held:
        yield held


def _parsed_line(data: Data, position: int, end: int, layout: Layout, lines: Lines) -> Line:
    """Read a line with the parser, and let the next ones of its kind be read without."""
    path, streams = layout.shapes[0], layout.streams
    stop = data.find(b"\n", position, end) + 1 or end
    made = parsed(data[position:stop])
    message = None if made is None else message_of(made, path)
    if made is None or message is None:
        return stop, None, b"", b"", made is not None
    lines.learn(made, _TIMES, _LOGGERS)
    return stop, message, _time_of(made, path), value_of(made, path, streams) if streams else b"", True


def _time_of(made: dict[str, Any], path: str) -> bytes:
    for name in _TIMES:
        if isinstance(value := made.get(name), str):
            return value.encode("utf-8", "replace")
    return next((found for name in _TIMES if (found := value_of(made, path, (name,)))), b"")


def _values(holder: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """Yield those of some values that are there; of an object, as loguru and ECS nest them, what names it."""
    for name in names:
        value = holder.get(name)
        if isinstance(value, dict):
            value = value.get("repr") or value.get("name") or value.get("id")
        if isinstance(value, (str, int, float)) and value != "":
            yield str(value)


def _first(holder: dict[str, Any], names: tuple[str, ...]) -> str:
    return next(_values(holder, names), "")
