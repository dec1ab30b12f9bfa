"""What programs and terminals do to any text: a byte order mark, UTF-16, CRLF, colours.

PowerShell's ``>`` writes UTF-16 with a byte order mark and CRLF, whatever the log was.
"""

import codecs
import re
from dataclasses import dataclass

from triage.querylogs.sources.wrappers.base import NEARLY_ALL, LineRemover, Sample

_COLOUR = re.compile(rb"\x1b\[[0-9;:]{0,64}[mK]")
_COLOURED = 0.05
"""The part of the lines that must have a colour; a program that colours does so in every record's first line."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Decoder:
    """Rewrites UTF-16, or UTF-8 with a byte order mark, as UTF-8."""

    def __init__(self) -> None:
        self._start = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._as_it_is = False

    def feed(self, chunk: bytes) -> bytes:
        """Return what the chunk completes."""
        if self._as_it_is:
            return chunk
        if self._decoder is None:
            chunk = self._start + chunk
            if len(chunk) < len(codecs.BOM_UTF8):
                self._start = chunk
                return b""
            if not chunk.startswith(_UTF_16):
                self._as_it_is = True
                self._start = b""
                return chunk.removeprefix(codecs.BOM_UTF8)
            self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        return self._decoder.decode(chunk).encode("utf-8", "replace")

    def finish(self) -> bytes:
        """Return what is left of a character that was cut, or of a file too short for a mark."""
        if self._decoder:
            return self._decoder.decode(b"", final=True).encode()
        return b"" if self._start in _UTF_16 else self._start


def is_utf_16(sample: Sample) -> bool:
    """Whether the head says that the file is UTF-16."""
    return bool(sample.parts) and sample.parts[0].startswith(_UTF_16)


@dataclass(frozen=True, slots=True)
class ByteOrderMark:
    """The mark at the head of the file, which says how it is encoded."""

    name: str = "byte order mark"

    def carried(self, sample: Sample) -> bool:
        """Say whether the head has one."""
        return bool(sample.parts) and sample.parts[0].startswith((codecs.BOM_UTF8, *_UTF_16))

    def remover(self) -> Decoder:
        """Return what decodes the file."""
        return Decoder()


@dataclass(frozen=True, slots=True)
class CarriageReturns:
    """CRLF at the end of nearly every line."""

    name: str = "CRLF"

    def carried(self, sample: Sample) -> bool:
        """Say whether the lines end so. The last line of a part may be without its end."""
        ended = sum(part.count(b"\n") for part in sample.parts)
        return ended > 0 and sum(part.count(b"\r\n") for part in sample.parts) >= NEARLY_ALL * ended

    def remover(self) -> LineRemover:
        """Return what leaves the newlines alone."""
        return LineRemover(lambda block: block.replace(b"\r\n", b"\n"), cuts_beginnings=False)


@dataclass(frozen=True, slots=True)
class Colours:
    """ANSI escape sequences for a terminal's colours."""

    name: str = "colours"

    def carried(self, sample: Sample) -> bool:
        """Say whether more than a stray value in a statement has colours."""
        lines = sample.lines()
        coloured = sum(1 for line in lines if _COLOUR.search(line))
        return coloured > 0 and coloured >= _COLOURED * len(lines)

    def remover(self) -> LineRemover:
        """Return what takes them out."""
        return LineRemover(lambda block: _COLOUR.sub(b"", block), cuts_beginnings=True)
