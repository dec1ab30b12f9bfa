"""The few parts of a log that an error stands in, cut out of it whole: from a record's head to its last line.

Where no part is open, only anchors are looked for, block by block. From an anchor on, lines are read one by one until
the record is over; up to a few lines before it are kept, because its head, with the time and the worker, stands there.
However the log is cut into blocks, the parts are the same; how much of a log is held at once is bounded.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.applogs.anchors import Hits, is_anchored
from triage.applogs.heads import is_head
from triage.applogs.names import is_title
from triage.applogs.prefixes import learned
from triage.applogs.tracebacks import CAUSE, CONTEXT, ESCAPED, HEAD
from triage.querylogs.sources.wrappers.lines import Lines, Piece

LINES_BEFORE = 20
_BYTES_BEFORE = 1 << 14
_MOST_LINES = 3000
_MOST_BYTES = 1 << 20
_MOST_STRAY = 200
"""Lines of others that may stand between two of a traceback with a prefix."""
_MOST_TRIES = 5
"""Lines of others that may stand between a traceback's head and its first frame."""
_BLOCK = 1 << 18
_MESSAGE_GOES_ON = re.compile(
    r"\s|\[SQL: |\[parameters: |\(Background on |DETAIL:|HINT:|CONTEXT:|LINE \d+:|WHERE:|\)|\]|\Z"
)
_FIRST_LINE = "raised as a result of Query-invoked autoflush"
"""A message whose own first line is the next one."""
_AND_LOST = ("server closed the connection unexpectedly", "SSL connection has been closed unexpectedly")
"""What libpq says in a line of its own behind the server's reason."""
_IPYTHON = re.compile(r"\W*\w+ {3,}Traceback ")
"""Its head has the error's name at the left, and the words at the right margin."""
_MARGIN = re.compile(r"\s*[|+│╰]")
_LINKS = (CAUSE, CONTEXT)


@dataclass(slots=True)
class Region:
    """The lines of one record."""

    before: list[str]
    """Lines before it, back to its head if that is near; the nearest last."""
    lines: list[str] = field(default_factory=list)
    head: str = ""
    """What has the record's time and worker in it."""
    bytes: int = 0


class Cutter:
    """Cuts the regions out of a log, taken in chunks."""

    def __init__(self) -> None:
        self._pieces = Lines(_MOST_BYTES)
        self._before: deque[bytes] = deque(maxlen=LINES_BEFORE)
        self._open: _Open | None = None
        self.newlines = 0
        self.long_lines = 0
        """Lines of which only the beginning was read."""

    def feed(self, chunk: bytes) -> Iterator[Region]:
        """Yield the regions that the chunk completes."""
        for at in range(0, len(chunk), _BLOCK):
            for piece, data in self._pieces.feed(chunk[at : at + _BLOCK]):
                yield from self._piece(piece, data)

    def finish(self) -> Iterator[Region]:
        """Yield what the end of the log completes."""
        for piece, data in self._pieces.finish():
            yield from self._piece(piece, data)
        if self._open:
            yield self._open.region
            self._open = None

    def _piece(self, piece: Piece, data: bytes) -> Iterator[Region]:
        if piece is Piece.REST:
            self.newlines += data.endswith(b"\n")
            return
        if piece is Piece.BEGINNING:
            self.long_lines += 1
        else:
            self.newlines += data.count(b"\n") or 1
        yield from self._block(data)

    def _block(self, block: bytes) -> Iterator[Region]:
        position = 0
        hits = Hits(block)
        while position < len(block):
            if self._open is None:
                hit = hits.after(position)
                if hit is None:
                    break
                start = block.rfind(b"\n", 0, hit) + 1
                self._keep(block[position:start])
                position = start
            end = block.find(b"\n", position) + 1 or len(block)
            line = block[position:end]
            position = end
            yield from self._line(line)
        self._keep(block[position:])

    def _keep(self, skipped: bytes) -> None:
        """Remember the last lines of what is passed over."""
        if not skipped:
            return
        if len(skipped) > _BYTES_BEFORE:
            skipped = skipped[skipped.find(b"\n", len(skipped) - _BYTES_BEFORE - 1) + 1 :]
            self._before.clear()
        self._before.extend(line for line in skipped.rsplit(b"\n", LINES_BEFORE + 1)[-LINES_BEFORE - 1 :] if line)

    def _line(self, line: bytes) -> Iterator[Region]:
        text = _text(line)
        if self._open is not None:
            if self._open.takes(text, line):
                return
            yield self._open.region
            self._before.clear()
            self._before.extend(each.encode() for each in self._open.region.lines[-1:])
            self._open = None
        if is_anchored(line):
            self._open = _Open(text, [_text(each) for each in self._before])
            self._before.clear()
            if self._open.is_single:
                yield self._open.region
                self._open = None
        else:
            self._before.append(line.rstrip(b"\n"))


class _Open:
    """A region that is being read, and whether its next line belongs to it."""

    def __init__(self, line: str, before: list[str]) -> None:
        self.region = Region(before=_from_head(before, line))
        self.is_single = line.lstrip().startswith("{") or bool(ESCAPED.search(line))
        """JSON, or a traceback with its newlines escaped: the record is the line."""
        self._first = line
        self._before = before
        self._prefix: re.Pattern[str] | None = None
        has_prefix = HEAD in line and line[: line.index(HEAD)].strip(" ╭─") and not _IPYTHON.match(line)
        self._to_learn = _MOST_TRIES if has_prefix else 0
        self._strays = 0
        self._blank = False
        self._linked = False
        self._has_trace = False
        self._in_frames = False
        self._complete = False
        """Whether the message has had the link that SQLAlchemy ends it with."""
        self.region.head = line if is_head(line) or not self.region.before else self.region.before[0]
        self._add(line)

    def takes(self, line: str, raw: bytes) -> bool:
        """Take the line, if it belongs here; ``raw`` is the same as it stands in the log."""
        region = self.region
        if len(region.lines) >= _MOST_LINES or region.bytes > _MOST_BYTES:
            return False
        if self._to_learn:
            self._to_learn -= 1
            self._learn(line)
            if self._prefix is None and self._to_learn and not line.startswith((" ", "\t")):
                return True  # another process wrote between the head and the first frame
            self._to_learn = 0
        if self._prefix is not None:
            found = self._prefix.match(line)
            if not found:
                self._strays += 1
                return self._strays <= _MOST_STRAY and not is_anchored(raw)
            line = line[found.end() :]
        if self._ends(line, raw):
            return False
        self._add(line)
        return True

    def _learn(self, line: str) -> None:
        column = self._first.index(HEAD)
        if "Exception Group " in self._first:
            column = self._first.index("  + Exception Group ") if "  + Exception Group " in self._first else 0
        self._prefix = learned(self._first, column, line)
        if self._prefix is not None:
            named = [line[found.end() :] for line in self._before if (found := self._prefix.match(line))]
            own = next((line for line in reversed(named) if is_head(line)), "")
            self.region.head = f"{self._first[:column]} {own}"
            self.region.lines[0] = self._first[column:]

    def _ends(self, line: str, raw: bytes) -> bool:
        """Whether the line is another record's."""
        if not line.strip() or any(link in line for link in _LINKS):
            return False
        is_margin = bool(_MARGIN.match(line))
        if HEAD in line and "Exception Group" not in line and not is_margin:
            return self._has_trace and not self._linked
        if is_head(line) and not line.startswith(" "):
            return True
        if self._in_frames or is_margin or self._linked:
            return False
        before = self.region.lines[-1]
        titled = next((each for each in reversed(self.region.lines) if each.strip()), "")
        goes_on = bool(_MESSAGE_GOES_ON.match(line)) or _FIRST_LINE in before or is_title(titled, line)
        if line.startswith(_AND_LOST) and not self._complete and not self._blank:
            goes_on = True
        return not goes_on and (self._complete or self._blank or is_anchored(raw))

    def _add(self, line: str) -> None:
        region = self.region
        region.lines.append(line)
        region.bytes += len(line)
        if not line.strip():
            self._blank = True
            return
        if HEAD in line:
            self._in_frames, self._complete, self._has_trace = True, False, True
        elif self._in_frames and not line.startswith((" ", "\t")) and not _MARGIN.match(line):
            self._in_frames = False
        self._linked = any(link in line for link in _LINKS)
        if "sqlalche.me/e/" in line and not self._in_frames:
            self._complete = True
        self._blank = False


def _from_head(before: list[str], line: str) -> list[str]:
    """The lines before an anchor that belong to its record."""
    if is_head(line):
        return []
    at = next((index for index in reversed(range(len(before))) if is_head(before[index])), None)
    if at is None:
        frames = next((i for i in reversed(range(len(before))) if not before[i].startswith((" ", "\t"))), -1)
        return before[frames + 1 :]
    return before[at:]


def _text(line: bytes) -> str:
    return line.rstrip(b"\r\n").replace(b"\0", b"").decode("utf-8", "replace")
