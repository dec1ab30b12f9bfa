"""Records that are JSON objects: where in them the error is, when it was, and whose process or request it was.

An error stands in whatever key the library or the platform gives it (``exc_info``, ``exception``, ``traceback``, ``stack``,
``error.stack_trace``, …), so every text in the object is looked at. structlog can write a traceback as lists of
dictionaries instead of text. https://www.structlog.org/en/stable/api.html#structlog.tracebacks.ExceptionDictTransformer
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from triage.applogs.heads import epoch, time_of, worker_of
from triage.applogs.tracebacks import HEAD, Chain, Raised
from triage.evidence import AppFrame

_TIMES = (
    "time timestamp ts asctime @timestamp datetime date eventTime created t _time log_time timeMillis __REALTIME_TIMESTAMP"
).split()
_PIDS = "process pid process_id processId _PID".split()
_THREADS = "threadName thread thread_name threadId taskName task_name processName worker".split()
_REQUESTS = "request_id requestId req_id correlation_id trace_id task_id taskId".split()
_MESSAGES = ("message", "msg", "event", "log", "textPayload", "error", "exception")
_DEEPEST = 8
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Structured:
    """What a record in JSON says."""

    time: datetime | None
    worker: str | None
    chains: tuple[Chain, ...]
    """Tracebacks that were lists of dictionaries."""
    tracebacks: tuple[str, ...]
    """Those that were text."""
    texts: tuple[str, ...]
    """All other texts, the message first."""


def read(line: str, now: datetime) -> Structured | None:
    """The record that a line holds; None if it holds none."""
    start = line.find("{")
    if start < 0:
        return None
    try:
        record, end = json.JSONDecoder(strict=False).raw_decode(line, start)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or line[end:].strip() or not record:
        return None
    flat = list(_texts(record))
    tracebacks = tuple(dict.fromkeys(text for _, text in flat if HEAD in text))
    rest = sorted((item for item in flat if HEAD not in item[1]), key=lambda item: item[0] not in _MESSAGES)
    return Structured(
        time=_time(record, now) or time_of(line[:start], now),
        worker=_worker(record) or worker_of(line[:start]),
        chains=tuple(_chains(record)),
        tracebacks=tracebacks,
        texts=tuple(text for _, text in rest),
    )


def _texts(value: object, key: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif depth < _DEEPEST and isinstance(value, Mapping):
        for name, inner in list(value.items())[:_MOST]:
            yield from _texts(inner, str(name), depth + 1)
    elif depth < _DEEPEST and isinstance(value, list):
        if value and all(isinstance(each, str) for each in value):  # a traceback as a list of its lines
            yield key, "".join(each if each.endswith("\n") else f"{each}\n" for each in value[:_MOST])
            return
        for inner in value[:_MOST]:
            yield from _texts(inner, key, depth + 1)


def _chains(value: object, depth: int = 0) -> Iterator[Chain]:
    if depth >= _DEEPEST:
        return
    if isinstance(value, list):
        if value and all(isinstance(each, Mapping) and "exc_type" in each for each in value):
            yield from _chain(value, depth)
            return
        for inner in value[:_MOST]:
            yield from _chains(inner, depth + 1)
    elif isinstance(value, Mapping):
        for inner in list(value.values())[:_MOST]:
            yield from _chains(inner, depth + 1)


def _chain(stacks: list[Mapping[str, object]], depth: int) -> Iterator[Chain]:
    """The exception raised last is listed first; each one says by itself whether it is the cause of the one before it."""
    chain: Chain = []
    for at, stack in reversed(list(enumerate(stacks))):
        link = None if not chain else "cause" if stacks[at + 1].get("is_cause") else "context"
        found = stack.get("frames")
        chain.append(
            Raised(
                name=str(stack["exc_type"]),
                message=str(stack.get("exc_value") or ""),
                frames=[_frame(each) for each in found if isinstance(each, Mapping)] if isinstance(found, list) else [],
                link=link,
            )
        )
        yield from _chains(stack.get("exceptions"), depth + 1)
    yield chain


def _frame(frame: Mapping[str, object]) -> AppFrame:
    line, name = frame.get("lineno"), frame.get("name")
    return AppFrame(
        file=str(frame.get("filename") or "<unknown>"),
        line=line if isinstance(line, int) and line > 0 else None,
        function=name if isinstance(name, str) else None,
    )


def _time(record: Mapping[str, object], now: datetime) -> datetime | None:
    for name in _TIMES:
        value = record.get(name)
        if isinstance(value, str) and (found := time_of(value, now)):
            return found
        if isinstance(value, int | float) and not isinstance(value, bool) and (found := epoch(float(value))):
            return found
    inner = record.get("record")  # loguru's
    return _time(inner, now) if isinstance(inner, Mapping) and inner is not record else None


def _worker(record: Mapping[str, object]) -> str | None:
    pid = next((value for name in _PIDS if (value := _name(record.get(name)))), None)
    thread = next((value for name in _THREADS if (value := _name(record.get(name)))), None)
    if pid or thread:
        return " ".join(filter(None, (f"pid {pid}" if pid else "", thread)))
    request = next((value for name in _REQUESTS if (value := _name(record.get(name)))), None)
    return f"request {request}" if request else None


def _name(value: object) -> str | None:
    if isinstance(value, Mapping):  # loguru's process and thread
        value = value.get("name") or value.get("id")
    return str(value)[:80] if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None
