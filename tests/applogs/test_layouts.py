"""The layouts that loggers, servers and platforms give an application's log: the same failure in each."""

import json
from datetime import datetime

import pytest

from tests.applogs.build import AT, DUPLICATE, QUEUE_POOL, VALUE_ERROR, in_json, only, prefixed, read
from triage.evidence import FailureStats

NOISE = "2026-01-31 14:59:59,000 INFO shop order 7 processed\n"
HEAD_OF_STRUCTLOG = "2026-01-31T15:00:00.000000Z [error    ] request failed                 [shop.web] request_id=r-17"
LAYOUTS = {
    "logging": f"2026-01-31 15:00:00,000 ERROR shop [MainThread] request failed\n{DUPLICATE}\n",
    "logging, level first": f"ERROR:shop:request failed\n{DUPLICATE}\n",
    "gunicorn": f"[2026-01-31 15:00:00 +0000] [17] [ERROR] Error handling request /orders\n{DUPLICATE}\n",
    "uvicorn": f"ERROR:    Exception in ASGI application\n{DUPLICATE}\n",
    "celery": (
        "[2026-01-31 15:00:00,000: ERROR/ForkPoolWorker-3] Task shop.charge[0b5a2e0c-1d0e-4a55-9a3e-0d1f5a1c0001] raised "
        "unexpected: IntegrityError('(psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint')\n"
        f"{DUPLICATE}\n"
    ),
    "structlog's console": f"{HEAD_OF_STRUCTLOG}\n{DUPLICATE}\n",
    "logfmt": f"time=2026-01-31T15:00:00Z level=error pid=17 msg=failed exc={json.dumps(DUPLICATE)}\n",
    "syslog": prefixed("Jan 31 15:00:00 web1 shop[17]: ", f"request failed\n{DUPLICATE}"),
    "a container's name": prefixed("web-1  | ", f"2026-01-31 15:00:00,000 ERROR shop failed\n{DUPLICATE}"),
    "kubernetes": prefixed("2026-01-31T15:00:00.123456789Z stderr F ", f"failed\n{DUPLICATE}"),
    "heroku": prefixed("2026-01-31T15:00:00.123456+00:00 app[web.1]: ", f"failed\n{DUPLICATE}"),
    "json, exc_info": in_json(asctime="2026-01-31 15:00:00,000", message="failed", process=17, exc_info=DUPLICATE),
    "json, exception": in_json(timestamp="2026-01-31T15:00:00Z", event="failed", exception=DUPLICATE),
    "json, traceback in lines": in_json(time=AT.timestamp(), msg="failed", traceback=DUPLICATE.split("\n")),
    "json, Elastic's": in_json(
        **{"@timestamp": AT.isoformat(), "error": {"type": "IntegrityError", "stack_trace": DUPLICATE}}
    ),
    "json, in the message": in_json(ts=int(AT.timestamp() * 1000), message=f"failed\n{DUPLICATE}"),
    "json, loguru's": in_json(
        text=f"2026-01-31 15:00:00 | ERROR | shop\n{DUPLICATE}",
        record={"time": {"timestamp": AT.timestamp()}, "process": {"id": 17, "name": "MainProcess"}},
    ),
    "json behind syslog's head": "Jan 31 15:00:00 web1 shop[17]: " + in_json(message="failed", exc_info=DUPLICATE),
    "print": f"{DUPLICATE}\n",
    "windows": f"2026-01-31 15:00:00,000 ERROR shop failed\n{DUPLICATE}\n".replace("\n", "\r\n"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_failure_is_found_in_it(layout: str) -> None:
    failure = only(NOISE + LAYOUTS[layout] + NOISE)
    is_duplicate(failure)
    if layout not in {"print", "logging, level first", "uvicorn", "json, loguru's"}:
        assert failure.first
        assert failure.first.replace(microsecond=0) == AT


def is_duplicate(failure: FailureStats) -> None:
    assert failure.clue.classes == ("sqlalchemy.exc.IntegrityError", "psycopg2.errors.UniqueViolation")
    assert (failure.clue.code, failure.clue.sqlstate) == ("gkpj", "23505")
    assert "alice" not in repr(failure)
    assert failure.statement == "INSERT INTO authors (email) VALUES (?) RETURNING authors.id"
    assert failure.frame
    assert (failure.frame.file, failure.frame.line, failure.frame.function) == ("/srv/shop/orders.py", 42, "checkout")
    assert failure.count == 1


@pytest.mark.parametrize(
    ("layout", "worker"),
    [
        ("logging", "MainThread"),
        ("gunicorn", "pid 17"),
        ("celery", "ForkPoolWorker-3"),
        ("structlog's console", "request r-17"),
        ("syslog", "pid 17"),
        ("json, exc_info", "pid 17"),
        ("logfmt", "pid 17"),
    ],
)
def test_the_worker_is_known(layout: str, worker: str) -> None:
    assert only(LAYOUTS[layout]).workers == (worker,)


def test_structlogs_dictionaries() -> None:
    driver = {"exc_type": "UniqueViolation", "exc_value": "duplicate key value", "is_cause": True, "frames": []}
    outer = {
        "exc_type": "IntegrityError",
        "exc_value": "(psycopg2.errors.UniqueViolation) duplicate key value\n(Background on this error at: https://sqlalche.me/e/20/gkpj)",
        "is_cause": False,
        "frames": [
            {"filename": "/srv/shop/orders.py", "lineno": 42, "name": "checkout"},
            {"filename": "/venv/lib/python3.12/site-packages/sqlalchemy/orm/session.py", "lineno": 1, "name": "commit"},
        ],
    }
    failure = only(in_json(event="failed", timestamp=AT.isoformat(), exception=[outer, driver]))
    assert failure.clue.sqlstate == "23505"
    assert failure.frame
    assert failure.frame.function == "checkout"


def test_richs_boxes() -> None:
    box = "\n".join(
        [
            "╭───────────────────── Traceback (most recent call last) ──────────────────────╮",
            "│ /srv/shop/orders.py:42 in checkout                                           │",
            "│                                                                              │",
            "│ ❱ 42 │   session.commit()                                                    │",
            "│                                                                              │",
            "│ /venv/lib/python3.12/site-packages/sqlalchemy/orm/session.py:2030 in commit  │",
            "╰──────────────────────────────────────────────────────────────────────────────╯",
            "NoResultFound: No row was found when one was required",
        ]
    )
    failure = only(f"{NOISE}{box}\n{NOISE}")
    assert failure.clue.classes == ("NoResultFound",)
    assert failure.frame
    assert failure.frame.function == "checkout"


@pytest.mark.parametrize(
    "line",
    [
        f"2026-01-31 15:00:00,000 ERROR shop checkout failed: {QUEUE_POOL}\n",
        f"sqlalchemy.exc.TimeoutError: {QUEUE_POOL}\n",
        f"ERROR TimeoutError('{QUEUE_POOL}')\n",
        in_json(message=f"failed: {QUEUE_POOL}", time=AT.isoformat()),
        f"ERROR shop {QUEUE_POOL.partition(' (Back')[0]}\n",
    ],
)
def test_an_error_without_a_traceback(line: str) -> None:
    failure = only(NOISE + line + NOISE)
    assert "QueuePool limit of size 5 overflow 10 reached" in failure.clue.message
    assert failure.frame is None


def test_a_connection_that_was_garbage_collected() -> None:
    """Its name looks like a class of the driver's, and the warning says the same once more."""
    said = (
        "The garbage collector is trying to clean up non-checked-in connection <AdaptedConnection "
        "<asyncpg.connection.Connection object at 0x7f60b0b1d2a0>>, which will be terminated.  Please ensure that SQLAlchemy "
        "pooled connections are returned to the pool explicitly."
    )
    failure = only(
        f"2026-01-31 15:00:00,000 ERROR sqlalchemy.pool.impl.AsyncAdaptedQueuePool {said}\n"
        f"/srv/shop/orders.py:42: SAWarning: {said}\n  gc.collect()\n"
    )
    assert failure.count == 1
    assert failure.clue.classes == ()
    assert "garbage collector is trying to clean up" in failure.clue.message


def test_an_error_that_is_logged_by_its_message_and_its_traceback_is_one() -> None:
    head = "2026-01-31 15:00:00,000 ERROR shop [MainThread]"
    last = DUPLICATE[DUPLICATE.rindex("(psycopg2") :]
    assert only(f"{head} failed: {last}\n{head} request failed\n{DUPLICATE}\n").count == 1
    assert only(f"{head} request failed\n{DUPLICATE}\n{head} failed: {last}\n").count == 1


def test_an_exception_group_has_a_failure_for_each_of_its_own() -> None:
    group = "\n".join(
        [
            "  + Exception Group Traceback (most recent call last):",
            '  |   File "/srv/shop/batch.py", line 9, in main',
            "  |     async with asyncio.TaskGroup() as group:",
            "  | ExceptionGroup: unhandled errors in a TaskGroup (3 sub-exceptions)",
            "  +-+---------------- 1 ----------------",
            *(f"    | {line}" for line in DUPLICATE.split("\n")),
            "    +---------------- 2 ----------------",
            *(f"    | {line}" for line in VALUE_ERROR.split("\n")),
            "    +---------------- 3 ----------------",
            *(f"    | {line}" for line in DUPLICATE.split("\n")),
            "    +------------------------------------",
        ]
    )
    assert only(f"{NOISE}ERROR failed\n{group}\n{NOISE}").count == 2


def test_processes_that_write_at_once_are_told_apart() -> None:
    """Lines of two containers in turn, each with the platform's prefix: one of the two is whole, and none is mixed."""
    ours = prefixed("Jan 31 15:00:00 web1 shop[17]: ", DUPLICATE).splitlines(keepends=True)
    others = prefixed("Jan 31 15:00:00 web1 shop[18]: ", VALUE_ERROR).splitlines(keepends=True)
    mixed = [line for pair in zip(ours, [*others, *[""] * len(ours)], strict=False) for line in pair]
    is_duplicate(only("".join(mixed)))


def test_a_cause_that_was_never_raised_has_no_traceback_of_its_own() -> None:
    """So asyncpg gives the server's last words."""
    chain = "\n\nThe above exception was the direct cause of the following exception:\n\n"
    lost = (
        "asyncpg.exceptions.ConnectionDoesNotExistError: connection was closed in the middle of operation: "
        "terminating connection due to idle-in-transaction timeout"
    )
    broken_pipe = VALUE_ERROR.replace(
        "ValueError: invalid literal for int() with base 10: 'x'", "BrokenPipeError: [Errno 32]"
    )
    server = "asyncpg.exceptions.IdleInTransactionSessionTimeoutError: terminating connection due to idle-in-transaction timeout"
    traced = VALUE_ERROR.rpartition("\n")[0]
    log = (
        f"2026-01-31 15:00:00,000 ERROR shop failed\n{chain.join([broken_pipe, server, f'{traced}{chr(10)}{lost}'])}\n"
    )
    failure = only(NOISE + log + NOISE)
    assert failure.clue.sqlstate == "25P03"
    assert failure.first == AT


def test_two_tracebacks_without_anything_between_are_two() -> None:
    assert only(f"{DUPLICATE}\n{DUPLICATE}\n").count == 2


def test_times_make_buckets() -> None:
    log = "".join(f"2026-01-31 15:{minute:02}:30,000 ERROR shop failed\n{DUPLICATE}\n" for minute in (0, 0, 7))
    failure = only(log)
    assert [(at.minute, number) for at, number in failure.counts] == [(0, 2), (7, 1)]
    assert failure.bucket
    assert failure.bucket.total_seconds() == 60
    assert (failure.first, failure.last) == (
        datetime.fromisoformat("2026-01-31T15:00:30Z"),
        datetime.fromisoformat("2026-01-31T15:07:30Z"),
    )


UNRELATED = {
    "nginx": '10.0.0.5 - - [31/Jan/2026:15:00:00 +0000] "GET /sqlalchemy.exc.html HTTP/1.1" 200 17 "-" "psycopg-checker"\n',
    "Django": f"Internal Server Error: /orders/\n{VALUE_ERROR}\n",
    "Java": (
        "15:00:00 ERROR o.h.engine - failed\norg.hibernate.TimeoutError: pool exhausted\n"
        "\tat org.postgresql.Driver.connect(Driver.java:1)\nCaused by: org.postgresql.util.PSQLException: deadlock detected\n"
    ),
    "an import": "2026-01-31 15:00:00 INFO loading psycopg2 and sqlalchemy.exc.py, asyncpg 0.31\n",
    "an echo": "2026-01-31 15:00:00,000 INFO sqlalchemy.engine.Engine SELECT authors.id FROM authors\n",
    "asyncio": f"{VALUE_ERROR.replace('ValueError', 'asyncio.exceptions.TimeoutError')}\n",
    "a timeout of another's": 'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\n    x()\nTimeoutError: timed out\n',
}


@pytest.mark.parametrize("program", UNRELATED)
def test_another_programs_log_has_no_failure(program: str) -> None:
    assert read(UNRELATED[program] * 3).failures == ()
