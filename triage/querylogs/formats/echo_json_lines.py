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

Line = tuple[int, bytes, bytes, bytes]
"""Where a line ends, its message, its time, and what names its stream."""


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
        return found.end(), message, time, b" ".join(filter(None, streams))

    def learn(self, made: dict[str, Any], times: tuple[str, ...], loggers: tuple[str, ...]) -> None:
        """Learn from a line of the engine's that only the parser could read; its time is the first of these keys."""
        if self._left == 0:
            return
        self._left -= 1
        time = next((name for name in times if isinstance(made.get(name), str)), None)
        if time is None or self._path in self._streams or time in self._streams:
            return
        pieces: list[tuple[str, bytes]] = []
        for key, value in made.items():
            if not _is_plain(key) or isinstance(value, (dict, list)):
                return
            if key == self._path:
                value_read = _MESSAGE
            elif key == time:
                value_read = rb'"(?P<time>%b)"' % _TEXT
            elif key in self._streams:
                if isinstance(value, bool) or not isinstance(value, (str, int)):
                    return
                value_read = (rb'"(?P<s%d>%b)"' if isinstance(value, str) else rb"(?P<s%d>%b)") % (
                    self._streams.index(key),
                    _TEXT if isinstance(value, str) else _INTEGER,
                )
            elif key in loggers and isinstance(value, str):
                if not _is_plain(value):
                    return
                value_read = re.escape(b'"%b"' % value.encode())
            else:
                value_read = _OTHER
            pieces.append((key, value_read))
        self._pattern = _compiled(tuple(pieces))
        named = sorted((name for name in self._pattern.groupindex if name[0] == "s"), key=lambda name: int(name[1:]))
        self._groups = ["message", "time", *named]


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


@lru_cache(maxsize=64)
def _compiled(pieces: tuple[tuple[str, bytes], ...]) -> re.Pattern[bytes]:
    pairs = (rb'"%b" ?: ?%b' % (re.escape(key.encode()), value) for key, value in pieces)
    return re.compile(rb"\{ ?%b ?\}(?:\n|\Z)" % b" ?, ?".join(pairs))
