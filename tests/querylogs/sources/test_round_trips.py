"""Whatever the lines are and however the stream is cut: what was wrapped comes out as it went in."""

import json
from collections.abc import Callable, Iterable
from unittest.mock import patch

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.querylogs.sources import logs
from triage.querylogs.sources import Unwrapper
from triage.querylogs.sources.wrappers import WRAPPERS, Wrapper
from triage.querylogs.sources.wrappers import lines as cutting
from triage.querylogs.sources.wrappers.cloudwatch import CloudWatchDocument, DocumentRemover
from triage.querylogs.sources.wrappers.cri import Cri
from triage.querylogs.sources.wrappers.joining import Joiner
from triage.querylogs.sources.wrappers.json_lines import CLOUDWATCH_LINES, DOCKER_JSON, JOURNAL_JSON
from triage.querylogs.sources.wrappers.lines import Lines, whole_lines
from triage.querylogs.sources.wrappers.named import COMPOSE, HEROKU
from triage.querylogs.sources.wrappers.text import ByteOrderMark, CarriageReturns
from triage.querylogs.sources.wrappers.timestamps import Timestamps

ANY_LINES = st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"") + b"\n"), max_size=12).map(
    b"".join
)
TEXT_LINES = st.lists(
    st.text(st.characters(codec="utf-8"), max_size=60).map(lambda line: line.replace("\n", "") + "\n"), max_size=12
).map(lambda lines: "".join(lines).encode())
CHUNKS = st.lists(st.integers(1, 50), min_size=1)
PARTS = st.integers(1, 40)


def unwrapped(wrapper: Wrapper, chunks: Iterable[bytes]) -> bytes:
    unwrapper = Unwrapper([wrapper])
    return b"".join([*(unwrapper.feed(chunk) for chunk in chunks), unwrapper.finish()])


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    chunks = []
    number = 0
    while data:
        size = sizes[number % len(sizes)]
        chunks.append(data[:size])
        data, number = data[size:], number + 1
    return chunks


PREFIXED: list[tuple[Wrapper, bytes]] = [
    (Timestamps(), logs.INSTANT + b" "),
    (Cri(), logs.INSTANT + b" stderr F "),
    (COMPOSE, b"db-1  | "),
    (HEROKU, logs.INSTANT + b" app[web.1]: "),
]


@pytest.mark.parametrize(("wrapper", "prefix"), PREFIXED, ids=lambda value: getattr(value, "name", ""))
@given(log=ANY_LINES, sizes=CHUNKS)
def test_prefixes(wrapper: Wrapper, prefix: bytes, log: bytes, sizes: list[int]) -> None:
    assert unwrapped(wrapper, cut(logs.before_each(prefix, log), sizes)) == log


@given(log=ANY_LINES, sizes=CHUNKS, part=PARTS)
def test_parts_of_lines_in_kubernetes(log: bytes, sizes: list[int], part: int) -> None:
    assert unwrapped(Cri(), cut(logs.cri(log, part), sizes)) == log


@given(log=TEXT_LINES, sizes=CHUNKS)
def test_objects(log: bytes, sizes: list[int]) -> None:
    assert unwrapped(DOCKER_JSON, cut(logs.docker_json(log), sizes)) == log
    assert unwrapped(CLOUDWATCH_LINES, cut(logs.cloudwatch_lines(log), sizes)) == log
    assert unwrapped(JOURNAL_JSON, cut(logs.journal_json(log), sizes)) == log


@given(lines=st.lists(st.text(st.characters(codec="ascii"), max_size=60), max_size=12), sizes=CHUNKS, part=PARTS)
def test_parts_of_lines_in_docker(lines: list[str], sizes: list[int], part: int) -> None:
    log = "".join(line.replace("\n", "") + "\n" for line in lines).encode()
    assert unwrapped(DOCKER_JSON, cut(logs.docker_json(log, part=part), sizes)) == log


@given(log=TEXT_LINES, sizes=CHUNKS, indent=st.sampled_from([None, 4]))
def test_a_document(log: bytes, sizes: list[int], indent: int | None) -> None:
    assert unwrapped(CloudWatchDocument(), cut(logs.cloudwatch(log, indent=indent), sizes)) == log


@given(log=TEXT_LINES.filter(lambda log: b"\r" not in log and not log.startswith(b"\xef\xbb\xbf")), sizes=CHUNKS)
def test_encodings(log: bytes, sizes: list[int]) -> None:
    assert unwrapped(CarriageReturns(), cut(log.replace(b"\n", b"\r\n"), sizes)) == log
    assert unwrapped(ByteOrderMark(), cut(b"\xef\xbb\xbf" + log, sizes)) == log
    assert unwrapped(ByteOrderMark(), cut(log.decode().encode("utf-16"), sizes)) == log


SNIPPETS = st.lists(
    st.sampled_from(
        [
            logs.INSTANT + b" stderr F a\n",
            logs.INSTANT + b" stdout P b\n",
            logs.INSTANT + b" stderr P " + b"c" * 40 + b"\n",
            b"db-1  | " + b"d" * 70 + b"\n",
            b'{"log":"e","stream":"stdout","time":"t"}\n',
            b'{"log":"f\\n","stream":"stderr","time":"t"}\n',
            b'{"log":"' + b"g" * 50 + b'\\n","stream":"stderr","time":"t"}\n',
            b'{"events":[{"message": "h\\u00e9\\\\"}, {"message":"' + b"i" * 90 + b'"}',
            b'{"timestamp":1,"message":"j"}\n',
            b"\x1b[36mk\x1b[0m\r\n",
            b"\xef\xbb\xbf",
            b"\\",
            b'"',
            b"\xff\x00 plain\n",
            b"\n",
            b"no end",
        ]
    ),
    max_size=12,
).map(b"".join)


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda wrapper: wrapper.name)
@given(data=SNIPPETS, sizes=CHUNKS)
def test_any_cutting_gives_the_same(wrapper: Wrapper, data: bytes, sizes: list[int]) -> None:
    assert unwrapped(wrapper, cut(data, sizes)) == unwrapped(wrapper, [data])


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda wrapper: wrapper.name)
@given(data=SNIPPETS, sizes=CHUNKS)
def test_any_cutting_gives_the_same_where_lines_are_too_long(wrapper: Wrapper, data: bytes, sizes: list[int]) -> None:
    """With the bound where the snippets reach it. How much may wait for another stream's line depends on the chunks."""
    assume(wrapper.name not in {"kubernetes", "docker json-file"} or (b" P " not in data and b'"e"' not in data))
    with (
        patch.object(Lines.__init__, "__defaults__", (60,)),
        patch.object(DocumentRemover.__init__, "__defaults__", (60,)),
    ):
        assert unwrapped(wrapper, cut(data, sizes)) == unwrapped(wrapper, [data])


@given(data=SNIPPETS, sizes=CHUNKS)
def test_lines_lose_nothing(data: bytes, sizes: list[int]) -> None:
    lines = Lines(longest=30)
    pieces = [piece for chunk in cut(data, sizes) for piece in lines.feed(chunk)]
    pieces += lines.finish()
    assert b"".join(text for _, text in pieces) == data
    for piece, text in pieces:
        if piece is cutting.Piece.LINES:
            assert all(len(line.rstrip(b"\n")) <= 30 for line in whole_lines(text))


def test_what_waits_for_another_stream_is_bounded() -> None:
    joiner = Joiner(longest=100)
    out: list[bytes] = []
    joiner.add(b"stderr", b"never ended", ends=False, out=out)
    for number in range(1000):
        joiner.add(b"stdout", b"%d\n" % number, ends=True, out=out)
    out.append(joiner.finish())
    assert b"".join(out) == b"never ended\n" + b"".join(b"%d\n" % number for number in range(1000))


@pytest.mark.parametrize(
    "grown",
    [
        lambda size: b"x" * size,
        lambda size: logs.INSTANT + b" stderr F " + b"x" * size,
        lambda size: (logs.INSTANT + b" stderr P " + b"x" * 16384 + b"\n") * (size // 16384),
        lambda size: b'{"events":[{"message":"' + b"x" * size,
        lambda size: b'{"log":"' + b"x" * size,
        lambda size: b"\x1b[" * (size // 2),
    ],
    ids=["plain", "cri", "parts", "document", "object", "escapes"],
)
@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda wrapper: wrapper.name)
def test_a_line_without_an_end_is_passed_on_as_it_comes(wrapper: Wrapper, grown: Callable[[int], bytes]) -> None:
    data = grown(12 << 20)
    unwrapper = Unwrapper([wrapper])
    given_out = 0
    held = 0
    for at in range(0, len(data), 1 << 16):
        given_out += len(unwrapper.feed(data[at : at + (1 << 16)]))
        held = max(held, at + (1 << 16) - given_out)
    if wrapper.name == "CloudWatch" and isinstance(wrapper, CloudWatchDocument):
        assert len(unwrapper._removers[0]._held) + len(unwrapper._removers[0]._message) < 3 << 20  # type: ignore[attr-defined]
    else:
        assert held < 3 << 20


def test_halves_of_surrogates_and_bytes_that_are_no_text_survive() -> None:
    wrapped = json.dumps({"log": "\ud83d x\n", "stream": "stderr", "time": "t"}).encode() + b"\n"
    assert unwrapped(DOCKER_JSON, [wrapped]) == "\ud83d x\n".encode("utf-8", "surrogatepass")
    raw = b'{"log":"\xff x\\n","stream":"stderr","time":"t"}\n'
    assert unwrapped(DOCKER_JSON, [raw]) == b"\xff x\n"
