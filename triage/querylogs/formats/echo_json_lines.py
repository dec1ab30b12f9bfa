r"""Lines of JSON that have the keys of a line before them, read by a pattern instead of a parser.

A formatter writes each of its records with the same keys in the same order. So a line of the engine's that was parsed
makes a pattern: its keys, its logger as it stands, and of the values only those that are asked for. What the pattern
reads is what the parser would have read: anything that needs care (other escapes than those of line breaks and quotes,
control characters, bytes that are no ASCII, objects in the object) is left to the parser.
"""

import re
from functools import lru_cache
from typing import Any

from triage.querylogs.formats.base import Data

_MOST = 8
"""How many kinds of lines of one range are learned."""
_CONTROLS = bytes({*range(32), 127} - {ord("\n")})
_MESSAGE = rb'"(?P<message>[^"]*+(?:(?<=\\)"[^"]*+)*+)"'
_TEXT = rb'[^"\\\n]*+'
_INTEGER = rb"(?:0|-?[1-9][0-9]{0,18})(?![0-9.eE])"
_OTHER = rb'(?:"%b"|true|false|null|-?(?:0|[1-9][0-9]{0,30}+)(?:\.[0-9]{1,30}+)?(?:[eE][+-]?[0-9]{1,3}+)?)' % _TEXT

Line = tuple[int, bytes | None, bytes, bytes, bool]
"""Where a line ends, the engine's message if it is one, its time, what names its stream, and whether it is an object."""


class Lines:
    """What was learned of the lines of a range."""

    def __init__(self, data: Data, path: str, streams: tuple[str, ...]) -> None:
        self._path = path
        self._streams = streams
        self._pattern: re.Pattern[bytes] | None = None
        self._groups: list[str] = []
        is_plain = isinstance(data, bytes) and data.isascii() and len(data.translate(None, _CONTROLS)) == len(data)
        self._left = _MOST if is_plain and "." not in path else 0

    def read(self, data: Data, position: int, end: int) -> Line | None:
        """Read the line at a position; None where the parser has to."""
        found = self._pattern.match(data, position, end) if self._pattern else None
        if found is None:
            return None
        message, time, *streams = found.group(*self._groups)
        if b"\n" in message:
            return None
        if b"\\" in message:
            if b"\\\\" in message:
                return None
            message = message.replace(b"\\n", b"\n").replace(b'\\"', b'"')
            if b"\\" in message:
                return None
        return found.end(), message, time, b" ".join(filter(None, streams)), True

    def learn(self, made: dict[str, Any], times: tuple[str, ...], loggers: tuple[str, ...]) -> None:
        """Learn from a line of the engine's that only the parser could read; its time is the first of these keys."""
        if self._left == 0:
            return
        self._left -= 1
        time = next((name for name in times if isinstance(made.get(name), str)), None)
        if time is None or self._path in self._streams or time in self._streams:
            return
        pieces = [(key, self._value(key, value, time, loggers)) for key, value in made.items()]
        if not all(value and _is_plain(key) for key, value in pieces):
            return
        self._pattern = _compiled(tuple(pieces))
        named = (f"s{number}" for number, key in enumerate(self._streams) if key in made)
        self._groups = ["message", "time", *named]

    def _value(self, key: str, value: object, time: str, loggers: tuple[str, ...]) -> bytes:
        """Return the pattern of a value; nothing where the line has to be parsed."""
        if key == self._path:
            return _MESSAGE
        if key == time:
            return rb'"(?P<time>%b)"' % _TEXT
        if key in self._streams:
            if isinstance(value, bool) or not isinstance(value, str | int):
                return b""
            number = self._streams.index(key)
            return (
                (rb'"(?P<s%d>%b)"' % (number, _TEXT))
                if isinstance(value, str)
                else rb"(?P<s%d>%b)" % (number, _INTEGER)
            )
        if key in loggers and isinstance(value, str):
            return re.escape(b'"%b"' % value.encode()) if _is_plain(value) else b""
        return b"" if isinstance(value, dict | list) else _OTHER


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


@lru_cache(maxsize=64)
def _compiled(pieces: tuple[tuple[str, bytes], ...]) -> re.Pattern[bytes]:
    pairs = (rb'"%b" ?: ?%b' % (re.escape(key.encode()), value) for key, value in pieces)
    return re.compile(rb"\{ ?%b ?\}(?:\n|\Z)" % b" ?, ?".join(pairs))
