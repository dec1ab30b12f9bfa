r"""Tracebacks as text, as Python 3.8 to 3.14 print them and rich, loguru and better-exceptions draw them.

What stands between frames, source lines, carets and repeated lines, is passed over: an exception's line is the first one
behind the frames that is not indented further than the traceback's head. Its message goes on until the next traceback.

https://docs.python.org/3/library/traceback.html
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from triage.evidence import AppFrame

HEAD = "Traceback (most recent call last)"
CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
ESCAPED = re.compile(r'(?:\\\\n|\\n) *File \\{0,3}"')
"""A frame in a traceback that is one line, its newlines escaped once or twice."""
_MARGIN = re.compile(r"^ *(?:\+(?= Exception Group Traceback)|\|)(?: |$)")
_SEPARATOR = re.compile(r"^ *\+(?:-\+)?-{5,}(?: ?(?:\d+|\.\.\.) ?-{5,})?\s*$")
_FRAME = re.compile(
    r'^\s*(?:> )?File "(?P<file>[^"\n]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<function>.{1,300}))?'
)
_RICH_FRAME = re.compile(
    r"^\s*│ (?P<file>(?:/|[A-Za-z]:\\|\.{0,2}/|\w)[^\s│:]{1,500}):(?P<line>\d{1,9}) in (?P<function>\S{1,300})"
)
_EXCEPTION = re.compile(
    r"^(?P<name>[A-Za-z_][\w.]{0,300}(?:\.<locals>\.[\w.]{1,200})*)(?::(?: |$)(?P<message>.*)|\s*$)"
)
_MOST_FRAMES = 200


@dataclass(slots=True)
class Raised:
    """One exception of a traceback."""

    name: str = ""
    """Its class, as printed."""
    message: str = ""
    frames: list[AppFrame] = field(default_factory=list)
    """The outermost first, whosever they are."""
    link: str | None = None
    """``cause`` or ``context``: what the exception before it in the same chain is to it."""


Chain = list[Raised]
"""Exceptions in the order in which they were raised."""


def chains(lines: Iterable[str]) -> list[Chain]:
    """The exceptions in the text, those that belong together in one list; of a group, each on its own."""
    reader = _Reader()
    for line in lines:
        reader.take(line)
    return list(reader.finish())


def message_and_frames(lines: list[str]) -> tuple[list[str], list[AppFrame]]:
    """An error's message and the frames below it, as error trackers write them."""
    at = next((index for index, line in enumerate(lines) if index and _FRAME.match(line)), len(lines))
    return lines[:at], [_frame(found) for line in lines[at:] if (found := _FRAME.match(line))]


class _Reader:
    def __init__(self) -> None:
        self._chains: list[Chain] = []
        self._chain: Chain = []
        self._open: Raised | None = None
        """The exception whose frames are being read."""
        self._message: list[str] | None = None
        self._link: str | None = None
        self._indent = 0
        self._is_rich = False

    def take(self, line: str) -> None:
        """Read the next line."""
        if _SEPARATOR.match(line):
            self._end_chain()
            return
        while _MARGIN.match(line):
            line = _MARGIN.sub("", line, count=1)
        if HEAD in line:
            self._begin(line)
        elif self._open is not None:
            self._in_frames(line)
        elif self._message is not None:
            self._in_message(line)
        elif self._link and (without_frames := _EXCEPTION.match(line)):  # it was never raised, only given as a cause
            self._chain.append(Raised(name=without_frames["name"], link=self._link))
            self._message, self._link = [without_frames["message"] or ""], None
        elif found := _FRAME.match(line):  # the traceback's head is missing
            self._open = Raised(link=self._link)
            self._open.frames.append(_frame(found))
            self._indent = 0

    def finish(self) -> Iterator[Chain]:
        """All chains with an exception in them."""
        self._end_chain()
        yield from self._chains

    def _begin(self, line: str) -> None:
        if self._link is None or self._open is not None:
            self._end_chain()
        self._end_message()
        self._open, self._link = Raised(link=self._link), None
        self._is_rich = "─" in line
        self._indent = 0 if self._is_rich else len(line) - len(line.lstrip(" "))

    def _in_frames(self, line: str) -> None:
        assert self._open is not None
        if found := _FRAME.match(line) or (_RICH_FRAME.match(line) if "│" in line else None):
            if len(self._open.frames) < _MOST_FRAMES:
                self._open.frames.append(_frame(found))
            else:
                self._open.frames[-1] = _frame(found)
            return
        inner = line[self._indent :] if line[: self._indent].isspace() or not self._indent else line
        if found := _EXCEPTION.match(inner):
            self._open.name = found["name"]
            self._message = [found["message"] or ""]
            self._chain.append(self._open)
            self._open = None

    def _in_message(self, line: str) -> None:
        assert self._message is not None
        if (is_cause := CAUSE in line) or CONTEXT in line:
            self._end_message()
            self._link = "cause" if is_cause else "context"
        elif self._link is None:
            self._message.append(line)

    def _end_message(self) -> None:
        if self._message is not None and self._chain:
            self._chain[-1].message = "\n".join(self._message).strip()
        self._message = None

    def _end_chain(self) -> None:
        self._end_message()
        self._open, self._link = None, None
        if self._chain:
            self._chains.append(self._chain)
        self._chain = []


def _frame(found: "re.Match[str]") -> AppFrame:
    return AppFrame(
        file=found["file"], line=int(found["line"]) or None, function=(found["function"] or "").strip() or None
    )
