"""From records of the engine's logger to rows: what each message is, whose, and which parameters belong to it."""

from collections.abc import Iterable, Iterator

from triage.querylogs.formats.base import Tally
from triage.querylogs.formats.echo_layout import Layout
from triage.querylogs.formats.echo_messages import Kind, given, is_sql, kind_of, without_token
from triage.querylogs.formats.echo_pairs import Pairs
from triage.querylogs.formats.echo_records import COPY, GAP, TWIN, Found
from triage.querylogs.rows import Row

PRINTED_AGAIN = "records printed again by another handler"


class Reading:
    """What was read of a range so far."""

    def __init__(self, layout: Layout, tally: Tally) -> None:
        self._layout = layout
        self._tally = tally
        self._pairs = Pairs(needs_values=not layout.is_named)
        self.queue = self._pairs.queue

    def take(self, at: int, found: Found) -> Iterable[Row]:
        """Take the next record, or what stands between records; yield the rows that need not wait any longer."""
        begin, stop, time, stream, text, values, message = found
        if text is not None and values is not None:
            self._pairs.follow(at, self.whole(found))
        elif message is not None:
            stream, kind, message = understood(stream, message, self._layout)
            if kind is Kind.PARAMETERS or kind is Kind.REPEATED:
                self._pairs.take(stream, given(message), is_row=kind is Kind.PARAMETERS)
            elif kind is not Kind.REMARK:
                self._note(time)
                row = (None, self._key(stream), time, message, None, None)
                if kind is Kind.STATEMENT:
                    self._pairs.wait(at, stream, row)
                else:
                    self._pairs.follow(at, row)
        elif stream is GAP:
            self._tally.unparsed(begin, stop)
        elif stream is COPY or stream is TWIN:
            self._tally.notes[PRINTED_AGAIN] = self._tally.notes.get(PRINTED_AGAIN, 0) + 1
        return self._pairs.ready(at) if self.queue else ()

    def whole(self, found: Found) -> Row:
        """Return the row of a statement that came with its parameters, where none waits before it."""
        _, _, time, stream, text, values, _ = found
        assert text is not None
        assert values is not None
        if "token" in self._layout.streams:
            stream = stream.strip(b"[] ")
        text, given_values = shown(text, values)
        self._note(time)
        return None, self._key(stream), time, text, None, given_values

    def end(self) -> Iterator[Row]:
        """Yield what waits still."""
        return self._pairs.ready(None)

    def _note(self, time: bytes) -> None:
        self._tally.records += 1
        if time:
            self._tally.last = time
            self._tally.first = self._tally.first or time

    def _key(self, stream: bytes) -> bytes:
        return stream if self._layout.streams else b""


def understood(stream: bytes, message: bytes, layout: Layout) -> tuple[bytes, Kind, bytes]:
    """Say what a message is, and whose: a token that stands before it is part of the stream's name."""
    token, message = without_token(_unix(message))
    kind, message = kind_of(message, bare_values=layout.bare_values)
    if kind is Kind.STATEMENT and not is_sql(message):
        kind = Kind.REMARK
    if "token" in layout.streams:
        stream = stream.strip(b"[] ")
    return (stream + b" " + token if token else stream), kind, message


def shown(text: bytes, values: bytes) -> tuple[bytes, bytes | None]:
    """Return a statement and its parameters as a row has them; their last byte tells whether anything is to be done."""
    return (_unix(text), given(_unix(values))) if values[-1:] in (b"]", b"\r") else (text, values)


def _unix(text: bytes) -> bytes:
    """Return the text without the carriage returns that another system's line ends have."""
    return text.replace(b"\r\n", b"\n").removesuffix(b"\r") if b"\r" in text else text
