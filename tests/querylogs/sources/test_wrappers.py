"""Which wrappers are seen around which logs. A wrapper that is not there must never be seen."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import pytest

from tests.querylogs.sources import logs
from tests.querylogs.sources.logs import INSTANT, PLAIN, before_each
from triage.querylogs.sources import Unwrapper, sampled_head, wrappers_of
from triage.querylogs.sources import wrappers as package
from triage.querylogs.sources.wrappers import WRAPPERS

JOURNAL = b"Jan 31 15:00:00 db1 postgres[123]: "
JOURNAL_ISO = b"2026-01-31T15:00:00+0100 db1 postgres[123]: "


def taken_off(log: bytes) -> tuple[str, bytes]:
    wrappers = wrappers_of(sampled_head(log))
    unwrapper = Unwrapper(wrappers)
    return " over ".join(wrapper.name for wrapper in wrappers), unwrapper.feed(log) + unwrapper.finish()


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_log_has_no_wrapper(name: str) -> None:
    assert taken_off(PLAIN[name]) == ("", PLAIN[name])


def test_nothing_and_a_single_newline_have_no_wrapper() -> None:
    assert taken_off(b"") == ("", b"")
    assert taken_off(b"\n") == ("", b"\n")


def test_hours_of_one_digit_are_times_too() -> None:
    """MariaDB's error log before ten o'clock."""
    log = b"".join(b"2026-11-23  0:02:%02d 0 [Note] InnoDB: started\n" % second for second in range(60))
    assert taken_off(log) == ("", log)
    assert taken_off(before_each(INSTANT + b" ", log)) == ("timestamps", log)


OWN_TIME_MISTAKEN = {"echo-iso", "echo-iso-indented", "echo-levels", "echo-loggers", "echo-pipes"}
"""Single lines without a time of their own: with one before each they look like an application's log that has it."""


@pytest.mark.parametrize("name", sorted(PLAIN.keys() - OWN_TIME_MISTAKEN))
@pytest.mark.parametrize("instant", [INSTANT, b"2026-01-31T15:00:00Z", b"2026-01-31T15:00:00.1+01:00"])
def test_a_time_before_each_line_comes_off(name: str, instant: bytes) -> None:
    assert taken_off(before_each(instant + b" ", PLAIN[name])) == ("timestamps", PLAIN[name])


AROUND_ANY: dict[str, Callable[[bytes], bytes]] = {
    "kubernetes": logs.cri,
    "docker json-file": logs.docker_json,
    "CloudWatch": logs.cloudwatch_lines,
    "journald": logs.journal_json,
    "docker compose": lambda log: before_each(b"db-1  | ", log),
    "kubectl": lambda log: before_each(b"[pod/db-0/postgres] ", log),
    "heroku": lambda log: before_each(b"2026-01-31T15:00:00.123456+00:00 app[web.1]: ", log),
    "CRLF": lambda log: log.replace(b"\n", b"\r\n"),
    "byte order mark": lambda log: b"\xef\xbb\xbf" + log,
}


@pytest.mark.parametrize("log", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("wrapper", AROUND_ANY)
def test_what_cannot_be_mistaken_comes_off_any_log(wrapper: str, log: bytes) -> None:
    assert taken_off(AROUND_ANY[wrapper](log)) == (wrapper, log)


@pytest.mark.parametrize("name", [b"web_1  | ", b"web.1.k3v9x0abc@node-1.local    | ", b"web  | "])
def test_names_of_compose_s_older_versions_and_of_services_come_off(name: bytes) -> None:
    assert taken_off(before_each(name, logs.STDERR)) == ("docker compose", logs.STDERR)


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("log", [logs.STDERR, logs.JSONLOG], ids=["stderr", "jsonlog"])
def test_a_cloudwatch_document_comes_off(log: bytes, indent: int | None) -> None:
    assert taken_off(logs.cloudwatch(log, indent=indent)) == ("CloudWatch", log)


def test_a_subscription_s_documents_with_nothing_between_come_off() -> None:
    one = b'{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":[{"id":"1","timestamp":1,"message":"SELECT \\"a\\"\\n"}]}'
    assert taken_off(one * 3) == ("CloudWatch", b'SELECT "a"\n' * 3)


@pytest.mark.parametrize(
    "log", [logs.STDERR, logs.CSV, logs.ECHO, logs.GENERAL_MARIADB], ids=["stderr", "csv", "echo", "general"]
)
@pytest.mark.parametrize("prefix", [JOURNAL, JOURNAL_ISO])
def test_the_journal_comes_off_a_log_with_times_of_its_own(prefix: bytes, log: bytes) -> None:
    assert taken_off(before_each(prefix, log)) == ("journald", log)


@pytest.mark.parametrize("log", [logs.BARE, logs.ECHO_BASIC], ids=["bare", "echo-basic"])
def test_the_journal_stays_where_it_has_the_only_time(log: bytes) -> None:
    wrapped = before_each(JOURNAL_ISO, log)
    assert taken_off(wrapped) == ("", wrapped)


@pytest.mark.parametrize(
    ("wrapped", "name"),
    [
        (before_each(b"db-1  | " + INSTANT + b" ", logs.STDERR), "docker compose over timestamps"),
        (
            before_each(b"\x1b[36mdb-1  | \x1b[0m" + INSTANT + b" ", logs.STDERR),
            "colours over docker compose over timestamps",
        ),
        (logs.docker_json(before_each(JOURNAL, logs.STDERR)), "docker json-file over journald"),
        (logs.cloudwatch(logs.cri(logs.STDERR)), "CloudWatch over kubernetes"),
        (logs.cri(logs.STDERR).replace(b"\n", b"\r\n"), "CRLF over kubernetes"),
        (
            logs.cri(logs.STDERR).replace(b"\n", b"\r\n").decode().encode("utf-16"),
            "byte order mark over CRLF over kubernetes",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrappers_are_stacked(wrapped: bytes, name: str) -> None:
    assert taken_off(wrapped) == (name, logs.STDERR)


def test_colours_of_an_application_s_log_go_and_a_stray_one_in_a_statement_stays() -> None:
    coloured = logs.ECHO.replace(b"INFO", b"\x1b[32mINFO\x1b[0m")
    assert taken_off(coloured) == ("colours", logs.ECHO)
    stray = logs.STDERR + b"2026-01-31 15:01:00.123 UTC [123] app@shop LOG:  statement: SELECT '\x1b[0m'\n"
    assert taken_off(stray) == ("", stray)


def test_lines_without_the_wrapper_stay_if_they_are_few() -> None:
    wrapped = before_each(INSTANT + b" stderr F ", logs.STDERR)
    odd = b"a line of the shell\n"
    assert taken_off(odd + wrapped + odd) == ("kubernetes", odd + logs.STDERR + odd)


def test_more_than_a_few_lines_without_it_mean_that_it_is_none() -> None:
    mixed = before_each(INSTANT + b" stderr F ", logs.STDERR) + logs.STDERR[: len(logs.STDERR) // 5]
    assert taken_off(mixed) == ("", mixed)


def test_cloudwatch_s_export_has_a_time_before_each_event_only() -> None:
    exported = logs.STDERR.replace(b"2026-01-31 15", INSTANT + b" 2026-01-31 15")
    assert taken_off(exported) == ("timestamps", logs.STDERR)
    tailed = logs.STDERR.replace(b"2026-01-31 15", INSTANT + b" shop-db.0 2026-01-31 15")
    assert taken_off(tailed) == ("aws logs tail", logs.STDERR)


def test_a_line_that_kubernetes_cut_is_joined_with_its_own_stream() -> None:
    wrapped = (
        INSTANT
        + b" stderr P one \n"
        + INSTANT
        + b" stdout F out\n"
        + INSTANT
        + b" stderr P two \n"
        + INSTANT
        + b" stderr F three\n"
    )
    assert taken_off(wrapped) == ("kubernetes", b"one two three\nout\n")


def test_a_line_that_docker_cut_is_joined_with_its_own_stream() -> None:
    assert taken_off(logs.docker_json(logs.STDERR, part=50)) == ("docker json-file", logs.STDERR)
    wrapped = (
        b'{"log":"one ","stream":"stderr","time":"t"}\n{"log":"out\\n","stream":"stdout","time":"t"}\n'
        b'{"log":"two\\n","stream":"stderr","time":"t"}\n'
    )
    assert taken_off(wrapped) == ("docker json-file", b"one two\nout\n")


def test_broken_objects_stay_as_they_are() -> None:
    wrapped = logs.docker_json(logs.STDERR)
    odd = b'{"log":"cut of\n[1\n2]\n{"log": 1}\n"x"\n\xff{"log"\n'
    assert taken_off(wrapped + odd) == ("docker json-file", logs.STDERR + odd)


def test_a_journal_entry_of_bytes_is_read() -> None:
    wrapped = logs.journal_json(logs.STDERR) + b'{"__REALTIME_TIMESTAMP":"1","MESSAGE":[83,69,76,69,67,84]}\n'
    assert taken_off(wrapped) == ("journald", logs.STDERR + b"SELECT\n")


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_document_that_ends_early_gives_what_it_has(cut: int) -> None:
    wrapped = b'{"events":[{"message":"SELECT 1"},{"message":"a \\u00e9\\n\\"b\\" '[:-cut]
    whole = b'SELECT 1\na \xc3\xa9\n"b" \n'
    _, text = taken_off(wrapped)
    assert whole.startswith(text.removesuffix(b"\n"))


def test_every_wrapper_of_the_folder_is_registered_once() -> None:
    found = []
    for entry in iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{entry.name}")
        kinds = {
            kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__
        }
        kinds = {kind for kind in kinds if hasattr(kind, "carried") and entry.name != "base"}
        constants = [value for value in vars(module).values() if type(value) in kinds]
        found += constants or [kind() for kind in kinds]
    assert sorted(map(repr, WRAPPERS)) == sorted(map(repr, found))
