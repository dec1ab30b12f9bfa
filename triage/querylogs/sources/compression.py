"""Takes compression off a stream: gzip, bzip2, xz and zstd, of several members, and twice if need be.

The file's first bytes say what it is, not its name. What is handed out at once is bounded, however well the data was
compressed. A stream that ends early, or is damaged, gives what comes before; then ``CutShortError`` says why.
"""

from collections.abc import Callable, Iterator
from itertools import chain

from triage.errors import SourceError
from triage.querylogs.sources.decoders import Decoder, errors, kind_of
from triage.querylogs.sources.log_file import CutShortError

_INPUT = 1 << 13
"""An error loses what its own slice of the input gave, so slices are small."""
_DEEPEST = 3
_TAR_AT = 257

_FOREIGN = (
    (b"PK\x03\x04", "a zip archive", "unzip -p {} | triage replay -"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x -so {} | triage replay -"),
    (b"\x04\x22\x4d\x18", "compressed with lz4", "lz4 -dc {} | triage replay -"),
    (b"\x1f\x9d", "compressed with compress", "zcat {} | triage replay -"),
)


def is_compressed(head: bytes) -> bool:
    """Whether a file with these first bytes is anything but plain; 512 of them are enough."""
    return kind_of(head) is not None or _foreign(head) is not None


def decompressed(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Return the plain stream; SourceError if it is of a kind that cannot be read."""
    for _ in range(_DEEPEST):
        head, blocks = _peeked(blocks)
        if foreign := _foreign(head):
            raise SourceError(f"{name} is {foreign[0]}", foreign[1].format(name), source=name)
        kind = kind_of(head)
        if kind is None:
            break
        blocks = _members(blocks, *kind, name)
    return blocks


def _members(blocks: Iterator[bytes], title: str, new: Callable[[str], Decoder], name: str) -> Iterator[bytes]:
    damage = errors()
    decoder = new(name)
    is_first = True
    began = gave = False
    try:
        for block in blocks:
            for at in range(0, len(block), _INPUT):
                data = block[at : at + _INPUT]
                while data:
                    if not began:
                        data = data.lstrip(b"\0")  # what pads a member up to a block of a tape or of xz
                        began = bool(data)
                        continue
                    for text in decoder.decode(data):
                        gave = gave or bool(text)
                        yield text
                    if not decoder.eof:
                        break
                    data, decoder, began, is_first, gave = decoder.unused_data, new(name), False, False, False
    except damage as error:
        where = "it is damaged" if is_first or gave else "what follows the compressed data is something else"
        raise CutShortError(f"{title}: {where} ({error})") from error
    if began:
        raise CutShortError(f"{title}: the compressed data ends early")


def _peeked(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Read as much as tells what a stream is; an error waits for its turn."""
    head = b""
    try:
        while len(head) < 2 * _TAR_AT and (block := next(blocks, None)) is not None:
            head += block
    except CutShortError as error:
        return head, _then_raise(head, error)
    return head, chain((head,), blocks) if head else blocks


def _then_raise(head: bytes, error: CutShortError) -> Iterator[bytes]:
    yield head
    raise error


def _foreign(head: bytes) -> tuple[str, str] | None:
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return "a tar archive", "tar -xOf {} | triage replay -"
    return next(((what, hint) for start, what, hint in _FOREIGN if head.startswith(start)), None)
