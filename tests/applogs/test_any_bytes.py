"""Whatever a log holds, and however it is cut, reading it ends well and always gives the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.applogs.build import DUPLICATE, QUEUE_POOL, VALUE_ERROR, in_json, only, prefixed, read
from triage.applogs.anchors import ANCHORS

PIECES = st.sampled_from(
    [
        DUPLICATE,
        QUEUE_POOL,
        VALUE_ERROR,
        "2026-01-31 15:00:00,000 ERROR shop [MainThread] failed",
        "INFO ok",
        "",
        "  ",
        '{"message": "failed", "exc_info": 7}',
        '{"exc_type": ["x"], "frames": null}',
        in_json(message="failed", exc_info=DUPLICATE).strip(),
        in_json(exception=[{"exc_type": "NoResultFound", "exc_value": None, "frames": [{"lineno": "x"}, 3]}]).strip(),
        prefixed("Jan 31 15:00:00 web1 shop[17]: ", DUPLICATE).strip(),
        "During handling of the above exception, another exception occurred:",
        "  + Exception Group Traceback (most recent call last):",
        "    +---------------- 1 ----------------",
        "ready",
        "\0\0",
        "x" * 3000,
    ]
) | st.sampled_from([anchor.decode() for anchor in ANCHORS])
LOGS = st.lists(PIECES, max_size=12).map("\n".join)


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
def test_any_bytes_are_read(data: bytes) -> None:
    read(data)


@given(st.sampled_from(ANCHORS), st.binary(max_size=200), st.binary(max_size=200))
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
def test_any_bytes_around_an_anchor_are_read(anchor: bytes, before: bytes, after: bytes) -> None:
    read(before + anchor + after)


@given(LOGS, st.integers(min_value=1, max_value=97))
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
def test_what_is_read_does_not_depend_on_how_the_log_comes(log: str, chunk: int) -> None:
    assert read(log, chunk=chunk) == read(log)


@given(st.integers(min_value=0, max_value=len(DUPLICATE)))
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
def test_a_log_that_is_cut_shows_no_other_failure(at: int) -> None:
    """As far as the error's own line is there, it is the same; before, there is none or only the driver's."""
    failures = read(DUPLICATE[:at]).failures
    assert len(failures) <= 1
    for failure in failures:
        assert failure.count == 1
        assert any(name.startswith(("sqlalchemy", "psycopg2")) for name in failure.clue.classes)


def test_a_traceback_whose_beginning_is_missing_has_its_frame() -> None:
    at = DUPLICATE.rindex("Traceback")
    (failure,) = read(DUPLICATE[at:].partition("\n")[2]).failures
    assert failure.frame
    assert failure.frame.function == "checkout"


def test_a_line_of_any_length_takes_no_more_memory_than_its_beginning() -> None:
    log = b"y" * (5 << 20) + b"sqlalche.me/e/20/3o7r\n" + f"ERROR {QUEUE_POOL}\n".encode()
    (failure,) = read(log).failures
    assert failure.count == 1


def test_bytes_that_are_no_text_do_not_hide_an_error() -> None:
    (failure,) = read(
        b"\xff\xfe\0\0 ERROR failed\n" + DUPLICATE.encode().replace(b"alice", b"al\xffce") + b"\n\xff"
    ).failures
    assert failure.clue.sqlstate == "23505"


@pytest.mark.parametrize(
    "repeated", ["[SQL: x ", "Decimal('1.5'), ", "sqlalchemy.exc.Foo.", "Instance <A at 0x ", "(a "]
)
@pytest.mark.parametrize(
    "head", ["2026-01-31 15:00:00 ERROR ", 'Traceback (most recent call last):\n  File "a.py", line 1, in a\n']
)
def test_a_message_of_any_length_is_read_by_its_ends(head: str, repeated: str) -> None:
    """Its middle would take minutes, as most patterns begin anew at each of these."""
    found = only(
        f"{head}psycopg2.errors.UniqueViolation: duplicate key [SQL: {repeated * 30_000}] "
        "(Background on this error at: https://sqlalche.me/e/20/gkpj)\n"
    )
    assert (found.clue.sqlstate, found.clue.code, found.clue.message) == ("23505", "gkpj", "duplicate key")
