"""Where echo can be cut so that no statement is separated from its parameters, nor a record from its copy."""

from triage.querylogs.formats.base import Data, line_from
from triage.querylogs.formats.echo_layout import Layout
from triage.querylogs.formats.echo_messages import Kind
from triage.querylogs.formats.echo_pairs import WINDOW, Pairs
from triage.querylogs.formats.echo_prefix import BARE
from triage.querylogs.formats.echo_reading import understood
from triage.querylogs.formats.echo_records import Found, records
from triage.querylogs.rows import Row

_ANY: Row = (None, b"", b"", b"", None, None)


def cut(data: Data, position: int, layout: Layout) -> int:
    """Return the first place from the position on where a statement or a boundary begins, and nothing is pending.

    Parameters that belong to no statement behind the place belong to one before it, which is then no place to cut.
    """
    position = line_from(data, position)
    search = _Search(layout, is_beginning=position == 0)
    for at, found in enumerate(records(data, position, len(data), layout)):
        if search.since is not None and at - search.since > WINDOW:
            break
        search.take(at, found)
    return len(data) if search.place is None else search.place


class _Search:
    """The place that is tried, and the statements behind it that wait for parameters."""

    def __init__(self, layout: Layout, *, is_beginning: bool) -> None:
        self.place: int | None = None
        self.since: int | None = None
        self._layout = layout
        self._pairs = Pairs()
        # Without a prefix a line of SQL looks like the beginning of a statement; behind parameters it is one.
        self._may_begin = is_beginning or BARE not in layout.shapes + layout.copies
        # What comes first may be a copy of what stands before the position; what differs from it is none.
        self._is_new = is_beginning or layout.times == 1
        self._last: tuple[bytes | None, ...] | None = None

    def take(self, at: int, found: Found) -> None:
        """Go on by one record."""
        _, _, time, stream, text, values, message = found
        if text is not None and values is not None:
            kind = Kind.BOUNDARY
        elif message is not None:
            what = (time, stream, message)
            self._is_new = self._is_new or (self._last is not None and what != self._last)
            self._last = what
            stream, kind, _ = understood(stream, message, self._layout)
        else:
            return
        if kind is Kind.PARAMETERS or kind is Kind.REPEATED:
            if not self._pairs.take(stream, None):
                self.place = self.since = None
                self._pairs = Pairs()
        elif kind is not Kind.REMARK:
            self._begin(at, found[0], stream, kind)
        self._may_begin = self._may_begin or kind is not Kind.STATEMENT

    def _begin(self, at: int, start: int, stream: bytes, kind: Kind) -> None:
        if self.place is None and self._may_begin and self._is_new:
            self.place, self.since = start, at
        if self.place is not None and kind is Kind.STATEMENT:
            self._pairs.wait(at, stream, _ANY)
