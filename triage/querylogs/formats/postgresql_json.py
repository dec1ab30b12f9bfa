"""A record of PostgreSQL's out of a line of JSON, under jsonlog's names or csvlog's, nested or not."""

import json
import re
from typing import Any, NamedTuple

from triage.querylogs.formats.postgresql_languages import level

_DEEPEST = 4
_ESCAPED = re.compile(rb"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|(.))", re.DOTALL)
_PLAIN = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}


class Record(NamedTuple):
    """What of a record is read."""

    level: bytes
    key: bytes
    time: bytes
    text: bytes
    attached: dict[bytes, bytes]
    number: int | None
    """The record's in its session."""


def read(line: bytes) -> Record | None:
    """Return the record in a line; None if it has none."""
    if b'error_severity"' not in line:
        return None
    fields = _with_severity(parsed(line), 0)
    if fields is None:
        return None
    number = _first(fields, "line_num", "session_line_num")
    return Record(
        level=level(_first(fields, "error_severity")),
        key=_first(fields, "session_id", "pid", "process_id"),
        time=_first(fields, "timestamp", "log_time"),
        text=_first(fields, "message"),
        attached={b"DETAIL": _first(fields, "detail"), b"STATEMENT": _first(fields, "statement", "query")},
        number=int(number) if number.isdigit() and len(number) < 19 else None,
    )


def parsed(line: bytes) -> Any:
    """Return the JSON of a line with bytes of any encoding; None if it is none."""
    try:
        return json.loads(line.decode(errors="surrogateescape"))
    except (ValueError, RecursionError):
        return None


def encoded(text: str) -> bytes:
    """Return the bytes that a text was decoded from; half a surrogate pair, which JSON can spell, becomes ``?``."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="replace")


def unescaped(text: bytes) -> bytes:
    """Return what stands between the quotes of a JSON string."""
    if b"\\\\" in text or b"\\u" in text:
        return _ESCAPED.sub(_character, text)
    text = text.replace(b"\\n", b"\n")
    if b"\\" not in text:
        return text
    for letter, character in _PLAIN.items():
        text = text.replace(b"\\" + letter, character)
    return text.replace(b"\\", b"")


def _character(found: re.Match[bytes]) -> bytes:
    code, low, other = found.groups()
    if other is not None:
        return _PLAIN.get(other, other)
    codes = [int(each, 16) for each in (code, low) if each]
    pair = b"".join(each.to_bytes(2, "big") for each in codes)
    return pair.decode("utf-16-be", errors="replace").encode()


def _with_severity(value: Any, depth: int) -> dict[str, Any] | None:
    """Return the object that is a record: the value, or the first below it."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        return None
    if isinstance(value.get("error_severity"), str) and isinstance(value.get("message"), str):
        return value
    return next(filter(None, (_with_severity(each, depth + 1) for each in value.values())), None)


def _first(fields: dict[str, Any], *names: str) -> bytes:
    """Return the first of these that is there, numbers as they are printed."""
    values = (fields.get(name) for name in names)
    return next((encoded(str(value)) for value in values if isinstance(value, str | int) and value != ""), b"")
