"""The same records say the same in every format, and a log may be cut before any record."""

import pytest

from tests.querylogs.formats.postgresql_reading import LOGS, PREFIX, read, read_cut
from triage.querylogs.rows import Mark, Row

EACH = pytest.mark.parametrize("name", list(LOGS))
PASTED = b"$1 = '%b', $2 = 'x''\n2026-01-01 00:00:00.000 UTC [1] LOG:  statement: y'"
WAITED = b"update t set name='x'\n where id=2\0update t set name='y2' where id=1"
EXPECTED = [
    (None, b"BEGIN", b"0.071", None),
    (None, b"create table t(id int primary key, name text)", b"3.434", None),
    (None, b"insert into t values (1,'a'),(2,'it''s \"q\"\nnew\n\tline\\ \xc3\xa9')", b"0.236", None),
    (None, b"select *\n  from t\n\twhere id = 1", b"0.366", None),
    (Mark.FAILED, b"select 1/0", None, None),
    (None, b"ROLLBACK", b"0.005", None),
    (Mark.FAILED, b"selec 1", None, None),
    (None, b"select * from t where id=$1 and name=$2", b"0.018", PASTED % b"0"),
    (Mark.NAMED, b"select * from t where id=$1 and name=$2", b"0.005", PASTED % b"5"),
    (Mark.FAILED, b"select * from nope where x=$1", None, None),
    (None, b"select generate_series(1,$1::int)", b"0.008", b"$1 = '10'"),
    (Mark.DEADLOCK, WAITED, None, None),
    (None, b"ROLLBACK", b"0.036", None),
    (Mark.DROPPED, b"", None, None),
    (Mark.DROPPED, b"", None, None),
    (Mark.DROPPED, b"", None, None),
]


def of(name: str) -> tuple[list[Row], int]:
    """The sample's rows, and how many records it has."""
    format_, variant, log = LOGS[name]
    rows, tally = read(format_, log, variant)
    return rows, tally.records


@EACH
def test_every_byte_belongs_to_a_record(name: str) -> None:
    format_, variant, log = LOGS[name]
    _, tally = read(format_, log, variant)
    assert (tally.length, tally.unparsed_bytes, tally.unparsed_at) == (len(log), 0, None)
    assert tally.first is not None
    assert tally.last is not None
    assert b"2026-11-22 21:39" <= tally.first < tally.last < b"2026-11-22 21:41"


def test_the_rows_of_a_log_with_durations() -> None:
    rows, records = of("stderr")
    assert [(mark, *rest) for mark, _, _, *rest in rows] == EXPECTED
    assert records == 21
    assert rows[0][1:3] == (b"6b036126.2fc3", b"2026-11-22 21:39:50.902 UTC")


@pytest.mark.parametrize("name", ["csvlog", "jsonlog", "cloud"])
def test_the_destinations_of_one_server_say_the_same(name: str) -> None:
    assert of(name) == of("stderr")


def test_the_rows_of_a_log_through_syslog() -> None:
    rows, records = of("syslog")
    assert records == 17
    assert [text for mark, _, _, text, *_ in rows if mark is Mark.FAILED] == [
        b"select 1/0",
        b"selec 1",
        b"select * from nope where x=$1",
    ]
    assert [(text, parameters) for mark, _, _, text, _, parameters in rows if mark is Mark.NAMED] == [
        (b"select * from t where id=$1 and name=$2", PASTED % number) for number in (b"5", b"6")
    ]
    assert [text for mark, _, _, text, *_ in rows if mark is Mark.DEADLOCK] == [WAITED]


@EACH
def test_reading_on_in_a_cursor_is_no_execution(name: str) -> None:
    rows, _ = of(name)
    assert sum(1 for _, _, _, text, *_ in rows if text == b"select generate_series(1,$1::int)") == 1


@EACH
def test_a_cut_anywhere_separates_nothing(name: str) -> None:
    format_, variant, log = LOGS[name]
    whole = read(format_, log, variant)
    cuts = {format_.first_record(log, near, variant) for near in range(len(log) + 1)}
    assert len(cuts) >= 15
    for cut in cuts:
        assert read_cut(format_, log, variant, cut) == whole


@EACH
def test_detection_explains_all_of_it_and_no_other_format_does(name: str) -> None:
    _, variant, log = LOGS[name]
    scores = {other: format_.sniff(log) for other, (format_, _, _) in LOGS.items()}
    mine = scores[name]
    assert mine is not None
    assert mine.score == 1.0
    # the sample of syslog has no line of a background process, which would show what is optional
    assert mine.variant == (variant.replace("%q", "") if variant and name == "syslog" else variant)
    assert all(each is None or each.score < 0.1 for other, each in scores.items() if other != name)


@EACH
def test_a_log_without_anything_is_no_log(name: str) -> None:
    format_, variant, _ = LOGS[name]
    assert format_.sniff(b"") is None
    assert format_.sniff(b"nothing that is known\n" * 20) is None
    rows, tally = read(format_, b"", variant)
    assert (rows, tally.length, tally.first) == ([], 0, None)


@EACH
def test_what_others_wrote_in_between_is_counted(name: str) -> None:
    format_, variant, log = LOGS[name]
    foreign = b"2026-11-22 21:39:50,900 WARNING nobody knows me\n"
    mixed = foreign + log + foreign
    rows, tally = read(format_, mixed, variant)
    assert rows == read(format_, log, variant)[0]
    assert (tally.length, tally.unparsed_bytes, tally.unparsed_at) == (len(mixed), 2 * len(foreign), 0)


def test_carriage_returns_of_a_windows_server() -> None:
    format_, variant, log = LOGS["stderr"]
    rows, tally = read(format_, log.replace(b"\n", b"\r\n"), variant)
    assert rows == read(format_, log, variant)[0]
    assert tally.unparsed_bytes == 0


@pytest.mark.parametrize(
    ("prefix", "identity"), [(PREFIX, "session"), ("%m [%p] ", "pid"), ("%m ", "none"), ("", "none")]
)
def test_the_prefix_says_what_tells_sessions_apart(prefix: str, identity: str) -> None:
    assert LOGS["stderr"][0].identity(prefix) == identity
    assert LOGS["csvlog"][0].identity(None) == LOGS["jsonlog"][0].identity(None) == "session"
    assert LOGS["syslog"][0].identity("%m ") == "pid"
