"""A log that is followed comes to the same as one that is replayed, however its bytes arrive."""

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.querylogs.build import NOW, Log, read
from tests.querylogs.formats import mysql_samples
from tests.querylogs.sources import logs
from tests.querylogs.test_parts import DEEDS, PAUSES, busy_log
from triage.errors import SourceError, UsageError
from triage.evidence import Evidence, QueryLogs
from triage.querylogs.detection import detect
from triage.querylogs.following import stream as follow_stream
from triage.querylogs.following.clock import Clock
from triage.querylogs.following.follower import Follower
from triage.querylogs.following.reading import Moment
from triage.querylogs.following.records import Records
from triage.querylogs.following.stream import Stream, Wanted
from triage.querylogs.following.tail import Tail
from triage.querylogs.formats import BY_NAME
from triage.querylogs.formats.base import Tally

MOMENT = Moment(collected_at=NOW)
SAMPLES = Path(__file__).parent / "formats" / "postgresql_samples"
LOGS: dict[str, bytes] = {
    "stderr": (SAMPLES / "stderr.log").read_bytes(),
    "csvlog": (SAMPLES / "csvlog.csv").read_bytes(),
    "jsonlog": (SAMPLES / "jsonlog.json").read_bytes(),
    "syslog": (SAMPLES / "syslog.log").read_bytes(),
    "general": mysql_samples.GENERAL,
    "general of old": mysql_samples.GENERAL_OLD,
    "slow": mysql_samples.SLOW,
    "slow of MariaDB": mysql_samples.SLOW_MARIADB,
    **{name: logs.PLAIN[name] for name in ("general-mariadb", "echo", "echo-basic", "echo-iso-lines", "echo-pipes")},
}


def in_pieces(data: bytes, seed: int, longest: int = 700) -> Iterator[bytes]:
    chance, at = random.Random(seed), 0
    while at < len(data):
        size = chance.randint(1, longest)
        yield data[at : at + size]
        at += size


def streamed(pieces: Iterable[bytes], *, glimpses: bool = False, name: str = "log") -> Evidence:
    """What a stream of pieces comes to; with glimpses, it is looked at after each."""
    stream = Stream(name, Wanted())
    for piece in pieces:
        stream.feed(piece, is_new=True)
        if glimpses:
            for title, reading in stream.readings(name):
                reading.seen(title, MOMENT)
    seen, gaps = stream.end(name, MOMENT, is_whole=True)
    assert not [gap for gap in gaps if gap.unread]
    (only,) = seen
    return Evidence(collected_at=NOW, sources=(only.source,), gaps=tuple(only.gaps), query_logs=only.query_logs)


def glimpsed(log: Log, moment: Moment = MOMENT) -> QueryLogs:
    """What is certain where the log has come to."""
    stream = Stream("log", Wanted(prefix="%m [%p] "))
    stream.feed(log.content(), is_new=False)
    stream.quiet()
    ((title, reading),) = stream.readings("log")
    return reading.seen(title, moment).query_logs


@pytest.mark.parametrize("seed", range(4))
def test_a_log_in_pieces_comes_to_the_same_as_a_replay(tmp_path: Path, seed: int) -> None:
    log = busy_log()
    found = streamed(in_pieces(log.content(), seed), glimpses=seed % 2 == 0)
    expected = read(log.write(tmp_path))
    assert found.query_logs == expected.query_logs
    assert found.sources[0].facts == expected.sources[0].facts
    assert found.gaps == expected.gaps == ()


@settings(max_examples=60, deadline=None)
@given(deeds=st.lists(st.tuples(st.integers(1, 3), st.sampled_from(DEEDS), PAUSES), min_size=1, max_size=40))
def test_looking_at_it_changes_nothing(deeds: list[tuple[int, str, float]]) -> None:
    log = Log().run(9, "SELECT 1")
    for pid, what, after in deeds:
        log.deed(pid, what, after)
    pieces = [line.encode() + b"\n" for line in log.lines]
    assert streamed(pieces, glimpses=True).query_logs == streamed([log.content()]).query_logs


@pytest.mark.parametrize("name", LOGS)
def test_no_record_is_read_by_half(name: str) -> None:
    data = LOGS[name]
    chosen = detect(data, name, None, None)
    variant = chosen.sniffed.variant

    def rows(piece: bytes) -> list[object]:
        return list(chosen.format.rows(piece, 0, len(piece), variant, Tally()))

    whole = rows(data)
    assert whole
    for size in (1, 7, 100):
        records = Records(chosen.format, variant)
        pieces = [records.feed(data[at : at + size]) for at in range(0, len(data), size)]
        pieces.append(records.rest())
        assert b"".join(pieces) == data
        assert [row for piece in pieces for row in rows(piece)] == whole
        assert len([piece for piece in pieces if piece]) > 2


def test_a_line_without_its_end_is_never_read() -> None:
    records = Records(BY_NAME["postgresql-stderr"], "%m [%p] ")
    content = Log().run(1, "SELECT 1", "SELECT id FROM books").content()
    assert records.feed(content[:-4]).count(b"\n") == 1
    assert records.lines() == b""
    records.feed(content[-4:])
    assert records.lines().endswith(b"FROM books\n")


def test_a_record_that_never_ends_is_read_in_linear_time() -> None:
    records = Records(BY_NAME["postgresql-stderr"], "%m [%p] ")
    block = (b"\t" + b"and so on " * 10 + b"\n") * 40_000
    started = time.process_time()
    records.feed(Log().run(1, "SELECT 1").content())
    taken = sum(len(records.feed(block)) for _ in range(20))
    assert taken > 60_000_000
    assert time.process_time() - started < 10


def test_a_format_is_found_when_few_lines_are_there_and_nothing_more_comes() -> None:
    stream = Stream("log", Wanted())
    stream.feed(Log().run(1, "SELECT 1").content(), is_new=True)
    assert not list(stream.readings("log"))
    stream.quiet()
    ((_, reading),) = stream.readings("log")
    assert reading.chosen.format.name == "postgresql-stderr"


def test_a_choice_from_a_few_lines_is_mended_by_more(tmp_path: Path) -> None:
    """The first lines fit a shorter prefix; the user is only told apart by later ones."""
    head = b"2026-01-31 15:00:00.000 UTC [1] LOG:  database system is ready to accept connections\n"
    lines = [
        b"2026-01-31 15:00:01.%03d UTC [%d] app@shop LOG:  statement: SELECT %d\n" % (n, n % 7, n) for n in range(200)
    ]
    path = tmp_path / "log"
    path.write_bytes(head + b"".join(lines))
    stream = Stream("log", Wanted())
    stream.feed(head, is_new=True)
    stream.quiet()
    for line in lines:
        stream.feed(line, is_new=True)
    (seen,), _ = stream.end("log", MOMENT, is_whole=True)
    assert seen.source.facts == read(str(path)).sources[0].facts


WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "kubernetes": logs.cri,
    "docker json-file": logs.docker_json,
    "docker compose": lambda data: logs.before_each(b"db-1  | ", data),
    "timestamps": lambda data: logs.before_each(logs.INSTANT + b" ", data),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_wrappers_come_off_while_it_grows(tmp_path: Path, name: str) -> None:
    log = busy_log()
    path = tmp_path / "log"
    path.write_bytes(WRAPPED[name](log.content()))
    found = streamed(in_pieces(path.read_bytes(), 1), name=str(path))
    expected = read(str(path))
    assert found.query_logs == expected.query_logs
    assert found.sources[0].facts == expected.sources[0].facts


def test_programs_in_one_log_are_told_apart(tmp_path: Path) -> None:
    web = [b"web-1  | GET /books/%d 200 OK\n" % n for n in range(300)]
    database = logs.before_each(b"db-1   | ", busy_log().content()).splitlines(True)
    chance = random.Random(1)
    stream = Stream("compose", Wanted())
    while web or database:
        source = chance.choice([each for each in (web, database) if each])
        stream.feed(source.pop(0), is_new=True)
    seen, gaps = stream.end("compose", MOMENT, is_whole=True)
    assert [each.source.name for each in seen] == ["compose (db-1)"]
    assert seen[0].query_logs == read(busy_log().write(tmp_path)).query_logs
    assert [(gap.source, gap.unread) for gap in gaps] == [("compose (web-1)", True)]


def test_what_is_no_log_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_stream, "MOST", 4 << 20)
    stream = Stream("some.log", Wanted())
    for _ in range(3):
        stream.feed(b"nothing of the kind\n" * 60_000, is_new=True)
    with pytest.raises(SourceError, match=r"some\.log has no format"):
        stream.feed(b"nothing of the kind\n" * 60_000, is_new=True)


# What is certain


def n_plus_one(log: Log, pid: int) -> Log:
    log.run(pid, "BEGIN", "SELECT authors.id FROM authors")
    return log.run(pid, *(f"SELECT id FROM books WHERE {n} = books.author_id" for n in range(9)))


def test_what_an_open_transaction_does_is_not_certain() -> None:
    log = n_plus_one(Log().connect(1), 1)
    assert not glimpsed(log).repetitions
    assert glimpsed(log.run(1, "COMMIT")).repetitions


def test_a_transaction_that_is_idle_is_left_open_from_the_threshold_on() -> None:
    log = Log().connect(1).run(1, "BEGIN", "SELECT id FROM books").run(2, "SELECT 1", after=59.9)
    assert not glimpsed(log).unfinished
    (event,) = glimpsed(log.run(2, "SELECT 1", after=0.2)).unfinished
    assert event.session == "1"
    assert event.idle is not None
    assert event.idle.total_seconds() == pytest.approx(60.1)


def test_a_statement_that_runs_for_long_is_not_idle() -> None:
    log = Log().connect(1)
    for _ in range(4):
        log.run(1, "BEGIN").line(1, "LOG", "duration: 0.1 ms")
        log.run(1, "SELECT id FROM books").line(1, "LOG", "duration: 0.1 ms")
        log.run(1, "COMMIT").line(1, "LOG", "duration: 0.1 ms")
    log.run(1, "BEGIN").line(1, "LOG", "duration: 0.1 ms").run(1, "SELECT count(*) FROM books, authors")
    log.run(2, "SELECT 1", after=100).line(2, "LOG", "duration: 0.1 ms")
    assert not glimpsed(log).unfinished
    log.line(1, "LOG", "duration: 100000.1 ms").run(2, "SELECT 1", after=100).line(2, "LOG", "duration: 0.1 ms")
    assert len(glimpsed(log).unfinished) == 1


def test_a_loop_of_transactions_is_certain_after_a_pause() -> None:
    log = Log().connect(1).run(1, "BEGIN", "SELECT authors.id FROM authors", "ROLLBACK")
    for n in range(12):
        log.run(1, "BEGIN", f"SELECT name FROM authors WHERE id = {n}", "ROLLBACK")
    assert not glimpsed(log).repetitions
    assert glimpsed(log.run(2, "SELECT 1", after=1.1)).repetitions


def test_statements_without_a_transaction_are_certain_after_a_pause() -> None:
    log = Log().connect(1).run(1, *(f"SELECT id FROM books WHERE {n} = books.author_id" for n in range(9)))
    assert not glimpsed(log).repetitions
    assert glimpsed(log.run(1, "SELECT 1", after=1.1)).repetitions


def test_silence_counts_only_for_a_log_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    elapsed = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: elapsed)
    for behind, is_new, expected in (
        (0.0, False, 100.0),
        (4.0, False, 100.0),
        (30.0, False, 0.0),
        (3600.0, False, 0.0),
        (3600.5, True, 100.0),  # a zone's name that was read as UTC
        (-5400.0, True, 100.0),
        (3700.0, True, 0.0),
        (24 * 3600.0, True, 0.0),
    ):
        elapsed, clock, last = 0.0, Clock(), time.time() - behind
        assert clock.now(in_silence=True) is None
        clock.saw(last, is_new=is_new)
        elapsed = 100.0
        assert clock.now(in_silence=True) == pytest.approx(last + expected), (behind, is_new)
        assert clock.now(in_silence=False) == last


def test_a_leak_is_certain_in_a_log_that_fell_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log().connect(1)
    log.now = datetime.now(UTC)
    log.run(1, "BEGIN", "SELECT id FROM books")
    stream = Stream("log", Wanted())
    stream.feed(log.content(), is_new=True)
    stream.quiet()
    ((_, reading),) = stream.readings("log")
    silent = Moment(collected_at=NOW, in_silence=True)
    assert reading.left_open(silent) == 0
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    assert reading.left_open(silent) == 1
    assert reading.left_open(MOMENT) == 0
    assert len(reading.seen("log", silent).query_logs.unfinished) == 1


# A file that grows


def taken(tail: Tail) -> list[bytes | None]:
    return list(tail.added())


def test_a_file_is_followed_through_renaming(tmp_path: Path) -> None:
    path, old = tmp_path / "log", tmp_path / "log.1"
    path.write_bytes(b"one\n")
    tail = Tail(path)
    assert taken(tail) == [b"one\n"]
    path.rename(old)
    with old.open("ab") as file:
        file.write(b"two\n")
    assert taken(tail) == [b"two\n"]
    path.touch()
    with old.open("ab") as file:
        file.write(b"three\n")
    assert taken(tail) == [b"three\n"]
    assert taken(tail) == []
    with old.open("ab") as file:
        file.write(b"four\n")
    path.write_bytes(b"five\n")
    assert taken(tail) == [b"four\n"]
    assert taken(tail) == [None, b"five\n"]
    assert tail.size == 24


def test_a_file_is_followed_through_truncation(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    tail = Tail(path)
    assert taken(tail) == [b"one\ntwo\n"]
    os.truncate(path, 0)
    assert taken(tail) == [None]
    with path.open("ab") as file:
        file.write(b"three\n")
    assert taken(tail) == [b"three\n"]
    path.write_bytes(b"already longer than it was before\n")  # truncated in place, between two looks
    assert taken(tail) == [None, b"already longer than it was before\n"]


def test_a_hole_that_a_writer_leaves_after_truncation_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.write(b"one\n" * 1000)
        file.flush()
        tail = Tail(path)
        taken(tail)
        os.truncate(path, 0)
        file.write(b"two\n")
        file.flush()
        assert [piece for piece in taken(tail) if piece] == [b"two\n"]


def test_a_file_may_come_late_and_go_for_a_while(tmp_path: Path) -> None:
    path = tmp_path / "log"
    tail = Tail(path)
    assert taken(tail) == []
    assert tail.waits_for() == f"{path} does not exist yet"
    path.touch()
    assert taken(tail) == []
    assert tail.waits_for() == f"{path} is empty yet"
    path.write_bytes(b"one\n")
    assert taken(tail) == [b"one\n"]
    assert tail.waits_for() is None
    path.unlink()
    assert taken(tail) == []
    path.write_bytes(b"two\n")
    assert taken(tail) == [None, b"two\n"]


@pytest.mark.parametrize(
    ("name", "other", "goes_on"),
    [
        ("postgresql-2026-01-31_000000.log", "postgresql-2026-02-01_000000.log", True),
        ("postgresql-Sat.log", "postgresql-Sun.log", True),
        ("postgresql.log", "postgresql.log.1", False),
        ("postgresql.log", "auth.log", False),
        ("monitor.log", "sunday.log", False),
    ],
)
def test_a_server_that_goes_on_in_another_file_is_noticed(
    tmp_path: Path, name: str, other: str, *, goes_on: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(b"one\n")
    tail = Tail(path)
    taken(tail)
    (tmp_path / other).write_bytes(b"two\n")
    assert tail.successor() is None  # both were just written to
    os.utime(path, (time.time() - 10, time.time() - 10))
    assert (tail.successor() is not None) is goes_on


def test_another_server_that_logs_beside_is_no_successor(tmp_path: Path) -> None:
    path, other = tmp_path / "postgresql-15-main.log", tmp_path / "postgresql-16-main.log"
    path.write_bytes(b"one\n")
    other.write_bytes(b"one\n")
    tail = Tail(path)
    taken(tail)
    os.utime(path, (time.time() - 10, time.time() - 10))
    assert tail.successor() is None


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08\x00", b"BZh91AY&SY"])
def test_what_is_compressed_cannot_be_followed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is compressed"):
        taken(Tail(path))


@pytest.mark.parametrize("names", [("a.log", "b.log"), ("s3://bucket/log",), ("{}/*.log",), ("{}",)])
def test_what_is_not_one_growing_file_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in ("1.log", "2.log"):
        (tmp_path / name).touch()
    with pytest.raises(UsageError):
        Follower(tuple(name.format(tmp_path) for name in names), Wanted())
