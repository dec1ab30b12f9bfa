"""The command as a user calls it: what an argument is, the exit codes, and what is said of what was read."""

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from tests.applogs.build import DUPLICATE, QUEUE_POOL, VALUE_ERROR
from tests.cli.run import triage
from triage.cli.explain import command, is_text
from triage.errors import SourceError, UsageError
from triage.reports.json import schema

LOG = f"2026-01-31 15:00:00,000 ERROR shop [MainThread] failed\n{DUPLICATE}\n"
QUIET = "2026-01-31 15:00:00,000 INFO shop started\n2026-01-31 16:00:00,000 INFO shop ended\n"


def explained(*arguments: str | Path, stdin: str | None = None) -> Result:
    """The command's result; its return value is the exit code."""
    return CliRunner().invoke(command, [*map(str, arguments)], input=stdin, standalone_mode=False, obj=0)


def report(*arguments: str | Path, stdin: str | None = None) -> dict[str, Any]:
    """The JSON report; it is valid by the schema."""
    result = explained(*arguments, "--format", "json", stdin=stdin)
    assert result.exception is None, result.exception
    read: dict[str, Any] = json.loads(result.stdout)
    jsonschema.validate(read, json.loads(schema()))
    return read


def ids(read: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in read["findings"]]


def write(folder: Path, text: str, name: str = "app.log") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_log_without_errors_says_how_much_was_read(tmp_path: Path) -> None:
    path = write(tmp_path, QUIET)
    result = explained(path)
    assert result.return_value == 0
    assert "Nothing wrong was found" in result.stdout
    assert "2 lines, 0 tracebacks" in result.stdout
    (source,) = report(path)["sources"]
    assert source["bytes"] == len(QUIET)
    assert (source["first"], source["last"]) == ("2026-01-31T15:00:00.000Z", "2026-01-31T16:00:00.000Z")


def test_another_programs_traceback_is_counted_and_is_no_finding(tmp_path: Path) -> None:
    read = report(write(tmp_path, QUIET + VALUE_ERROR))
    assert read["findings"] == []
    assert read["sources"][0]["tracebacks"] == 1


def test_a_failure_exits_with_1(tmp_path: Path) -> None:
    result = explained(write(tmp_path, LOG))
    assert result.return_value == 1
    assert "triage runbook show duplicate-keys" in result.stdout
    assert "/srv/shop/orders.py:42" in result.stdout
    assert "alice" not in result.stdout


def test_a_failure_below_the_threshold_exits_with_0(tmp_path: Path) -> None:
    assert explained(write(tmp_path, LOG), "--fail-on", "critical").return_value == 0


def test_the_keys_are_the_same_from_run_to_run_though_lines_have_moved(tmp_path: Path) -> None:
    first = report(write(tmp_path, LOG))
    second = report(write(tmp_path, LOG.replace("line 42, in checkout", "line 57, in checkout")))
    assert first["findings"][0]["key"] == second["findings"][0]["key"]


@pytest.mark.parametrize(
    "name",
    ["app.log.gz", "with a blank.log"],
)
def test_a_file_is_read_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(LOG.encode()) if name.endswith(".gz") else LOG.encode())
    assert ids(report(path)) == ["duplicate-key"]


def test_a_glob_and_copies(tmp_path: Path) -> None:
    write(tmp_path, LOG)
    write(tmp_path, LOG, "copy.log")
    read = report(tmp_path / "*.log")
    assert [finding["details"]["occurrences"] for finding in read["findings"]] == [1]
    assert "counted once" in read["gaps"][0]["reason"]


def test_rotated_files_are_read_in_the_order_of_time(tmp_path: Path) -> None:
    older = LOG.replace("15:00:00", "14:00:00")
    pending = (
        "2026-01-31 15:00:00,000 ERROR shop [MainThread] failed\npsycopg2.errors.InFailedSqlTransaction: "
        "current transaction is aborted, commands ignored until end of transaction block\n"
    )
    write(tmp_path, pending, "app.log")
    write(tmp_path, older, "app.log.1")
    read = report(tmp_path / "app.log", tmp_path / "app.log.1")
    (finding,) = [each for each in read["findings"] if each["id"] == "pending-rollback"]
    assert finding["details"]["causes"][0]["finding"] == "duplicate-key"


def test_logs_of_one_time_are_not_what_came_before_in_each_other(tmp_path: Path) -> None:
    pending = (
        "2026-01-31 15:00:10,000 ERROR shop [MainThread] failed\npsycopg2.errors.InFailedSqlTransaction: "
        "current transaction is aborted, commands ignored until end of transaction block\n"
    )
    one = write(tmp_path, f"{LOG}2026-01-31 16:00:00,000 INFO shop goes on\n", "one.log")
    read = report(one, write(tmp_path, pending, "other.log"))
    (finding,) = [each for each in read["findings"] if each["id"] == "pending-rollback"]
    assert finding["details"]["causes"] == []


def test_what_came_before_in_a_text_is_its_own_beside_a_log(tmp_path: Path) -> None:
    missing = LOG.replace("UniqueViolation", "UndefinedTable").replace("orders.py", "other.py")
    text = (
        f"{LOG}2026-01-31 15:00:10,000 ERROR shop [MainThread] failed\npsycopg2.errors.InFailedSqlTransaction: "
        "current transaction is aborted, commands ignored until end of transaction block\n"
    )
    read = report(write(tmp_path, missing), text)
    (finding,) = [each for each in read["findings"] if each["id"] == "pending-rollback"]
    assert [cause["finding"] for cause in finding["details"]["causes"]] == ["duplicate-key"]


def test_the_longest_of_sqlalchemys_codes_is_read_as_one() -> None:
    text = (
        "sqlalchemy.exc.DBAPIError: (sqlalchemy.dialects.postgresql.asyncpg.Error) <class 'asyncpg.exceptions.RaiseError'>: "
        "no stock\n(Background on this error at: https://sqlalche.me/e/20/dbapi)"
    )
    (finding,) = report(text)["findings"]
    assert (finding["details"]["code"], finding["details"]["message"]) == ("dbapi", "no stock")


def docker(text: str) -> str:
    """Docker's json-file: an object for each line, a line over 16 KB in parts."""
    objects = []
    for number, line in enumerate(text.splitlines(keepends=True)):
        for at in range(0, len(line), 16_000):
            part = line[at : at + 16_000]
            objects.append({"log": part, "stream": "stderr", "time": f"2026-01-31T15:00:{number % 60:02}.5Z"})
    return "".join(f"{json.dumps(each)}\n" for each in objects)


def cloudwatch(text: str) -> str:
    """CloudWatch's events: an object for each line."""
    return "".join(
        json.dumps({"timestamp": 1769871600000, "message": line, "ingestionTime": 1769871600001}) + "\n"
        for line in text.splitlines()
    )


def journald(text: str) -> str:
    """The journal in JSON."""
    return "".join(
        json.dumps({"MESSAGE": line, "__REALTIME_TIMESTAMP": "1769871600000000", "_PID": "17"}) + "\n"
        for line in text.splitlines()
    )


@pytest.mark.parametrize("wrapped", [docker, cloudwatch, journald])
def test_what_a_platform_puts_around_lines_gives_them_their_time(tmp_path: Path, wrapped: Callable[[str], str]) -> None:
    text = "started\n" * 20 + f"failed\n{DUPLICATE}\n" + "ended\n" * 3
    read = report(write(tmp_path, wrapped(text)))
    (finding,) = read["findings"]
    assert finding["location"]["function"] == "checkout"
    assert finding["details"]["first"].startswith("2026-01-31T15:00:")
    assert read["sources"][0]["wrapper"]


def test_a_long_line_that_docker_cut_is_whole_again(tmp_path: Path) -> None:
    line = json.dumps({"message": "failed", "padding": "x" * 40_000, "exc_info": DUPLICATE}) + "\n"
    read = report(write(tmp_path, docker("started\n" * 20 + line)))
    assert ids(read) == ["duplicate-key"]


def test_stdin_with_a_dash_and_without() -> None:
    assert ids(report("-", stdin=LOG)) == ["duplicate-key"]
    assert ids(report(stdin=LOG)) == ["duplicate-key"]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30", "pool-timeout"),
        (QUEUE_POOL, "pool-timeout"),
        ("3o7r", "pool-timeout"),
        ("https://sqlalche.me/e/14/bhk3", "detached-instance"),
        ("40P01", "deadlock"),
        ("1213", "deadlock"),
        ("PendingRollbackError", "pending-rollback"),
        ("UniqueViolation", "duplicate-key"),
        (DUPLICATE, "duplicate-key"),
        ("deadlock detected", "deadlock"),
        ("FATAL:  sorry, too many clients already", "too-many-connections"),
        ("(pymysql.err.OperationalError) (2006, 'MySQL server has gone away')", "stale-connection"),
        ("(sqlite3.OperationalError) no such table: books", "missing-table"),
        ("ValueError: greenlet_spawn has not been called; can't call await_only() here.", "missing-greenlet"),
        ("LockNotAvailable", "lock-timeout"),
        ("InFailedSqlTransaction", "pending-rollback"),
        ("QueryCanceledError", "unknown-database-error"),
        ("isce", "concurrent-session-use"),
        ("dbapi", "unknown-database-error"),
        ("(psycopg2.errors.CheckViolation) new row violates check constraint", "unknown-database-error"),
        ("User app already has more than 'max_user_connections' active connections", "too-many-connections"),
        (
            "(1226, \"User 'app' has exceeded the 'max_user_connections' resource (current value: 5)\")",
            "too-many-connections",
        ),
    ],
)
def test_an_error_as_text(text: str, finding: str) -> None:
    assert ids(report(text)) == [finding]


def test_text_that_is_no_error_says_so_first() -> None:
    read = report("hello world")
    assert read["findings"] == []
    assert "names no error that triage knows" in read["gaps"][0]["reason"]
    assert (read["sources"], read["skipped"]) == ([], [])
    shown = explained("hello world").stdout
    assert "Nothing wrong was found" not in shown
    assert 'Nothing was looked at: "hello world" names no error' in shown


def test_text_that_is_no_error_says_so_beside_others_that_are() -> None:
    read = report("hello world", "3o7r")
    assert ids(read) == ["pool-timeout"]
    assert '"hello world" names no error that triage knows' in read["gaps"][0]["reason"]


def test_what_an_unknown_code_stands_for_is_not_guessed() -> None:
    (finding,) = report("zz9z")["findings"]
    assert finding["id"] == "unknown-database-error"
    assert "an error of the database" not in finding["summary"]
    assert "triage does not know" in finding["summary"]


@pytest.mark.parametrize("stdin", ["", None])
def test_an_empty_log_is_not_taken_for_a_quiet_one(tmp_path: Path, stdin: str | None) -> None:
    name = "-" if stdin is not None else write(tmp_path, "")
    result = explained(name, stdin=stdin)
    assert result.return_value == 0
    assert " ".join(result.stdout.split()).startswith(
        f"Nothing wrong was found, but {name if stdin is None else 'stdin'} is empty "
    )
    assert next(gap["source"] for gap in report(name, stdin=stdin)["gaps"]) == (str(name) if stdin is None else "stdin")


def test_a_log_that_was_just_rotated_is_empty_beside_its_older_part(tmp_path: Path) -> None:
    write(tmp_path, LOG, "app.log.1")
    write(tmp_path, "")
    result = explained(tmp_path / "app.log*")
    assert result.return_value == 1
    assert result.stdout.startswith("1 warning: duplicate-key")


@pytest.mark.parametrize("name", ["program", "journal"])
def test_what_is_no_text_is_not_taken_for_a_quiet_log(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(
        Path(sys.executable).read_bytes()[:200_000] if name == "program" else random.Random(1).randbytes(50_000)
    )
    result = explained(path)
    assert result.return_value == 3
    assert "is no text" in " ".join(result.stdout.split())
    assert "journalctl" in result.stderr


@pytest.mark.parametrize(
    "quiet",
    [
        QUIET.encode(),
        QUIET.encode("utf-16"),
        "2026-01-31 15:00:00,000 INFO Bücher für Łódź, 本\n".encode() * 100,
        "2026-01-31 15:00:00,000 INFO Bücher\n".encode("latin-1") * 100,
        bytes(100_000) + QUIET.encode(),  # cut to nothing while its writer went on where it was
        b"\x1b[32mINFO\x1b[0m \x1b[1mstarted\x1b[0m\r\n" * 100,
    ],
    ids=["plain", "utf-16", "utf-8", "latin-1", "truncated", "coloured"],
)
def test_a_quiet_log_in_any_encoding_is_text(tmp_path: Path, quiet: bytes) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(quiet)
    assert explained(path).return_value == 0
    assert [gap for gap in report(path)["gaps"] if "no text" in gap["reason"]] == []


@pytest.mark.parametrize(
    "name",
    ["/var/log/app.log", "app.log", "my app.log", "logs/*.log", "-", "s3://bucket/app.log", "prod", "serialization"],
)
def test_a_name_is_no_text(name: str) -> None:
    assert not is_text(name)


def test_a_missing_file_is_an_error_with_a_hint(tmp_path: Path) -> None:
    result = explained(tmp_path / "missing.log")
    assert result.return_value == 3
    assert "missing.log could not be read: No such file or directory" in result.output
    with pytest.raises(SourceError, match="there is no file missing") as caught:
        CliRunner().invoke(command, ["missing"], standalone_mode=False, obj=0, catch_exceptions=False)
    assert 'triage explain "' in caught.value.hint


def test_a_directory_is_an_error(tmp_path: Path) -> None:
    result = explained(tmp_path)
    assert result.return_value == 3
    assert "is a directory" in result.output


def test_what_could_be_read_is_reported_beside_what_could_not(tmp_path: Path) -> None:
    result = explained(write(tmp_path, LOG), tmp_path / "missing.log")
    assert result.return_value == 3
    assert "duplicate-key" in result.stdout


def test_a_compressed_log_that_ends_early_is_read_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "app.log.gz"
    path.write_bytes(gzip.compress(LOG.encode() + bytes(range(256)) * 400)[:-300])
    result = explained(path, "--format", "json")
    assert result.return_value == 3
    assert ids(json.loads(result.stdout)) == ["duplicate-key"]


def test_nothing_at_all_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageError, match="nothing to explain"):
        command.main([], standalone_mode=False, obj=0)


def test_the_hint_names_this_command(tmp_path: Path) -> None:
    path = tmp_path / "app.zip"
    path.write_bytes(b"PK\x03\x04" + b"\0" * 600)
    assert "triage explain -" in explained(path).output


def test_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "triage", "explain"], input=LOG, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stdout.startswith("1 warning: duplicate-key, checkout in orders.py")


def test_check_reads_application_logs_too(tmp_path: Path) -> None:
    run = triage("check", "--app-log", str(write(tmp_path, LOG)), "--format", "json")
    assert run.code == 1, run.err
    assert ids(json.loads(run.out)) == ["duplicate-key"]


def test_stdin_is_one_log_only() -> None:
    run = triage("check", "--app-log", "-", "--log", "-")
    assert run.code == 2
    assert "stdin" in run.err
