"""``triage replay --follow`` beside a writer: what it prints, when, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import jsonschema
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from tests.cli.run import Run, triage
from tests.querylogs.build import Log
from tests.querylogs.sources.logs import before_each
from tests.servers.fixtures import PrivateServer
from triage.cli.replay import command
from triage.errors import UsageError
from triage.reports.json import schema

SCHEMA = json.loads(schema())


@dataclass
class Follower:
    """The command, running."""

    process: "subprocess.Popen[bytes]"
    folder: Path

    @property
    def out(self) -> str:
        return (self.folder / "stdout").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "stderr").read_text()

    def until(self, come: Callable[[], object]) -> None:
        """Wait for something to happen."""
        deadline = time.monotonic() + 60
        while not come():
            assert self.process.poll() is None, self.err
            assert time.monotonic() < deadline, (self.out, self.err)
            time.sleep(0.02)

    def until_it_reads(self) -> None:
        self.until(lambda: "prefix" in self.err)

    def ended(self, number: int | None = signal.SIGINT) -> Run:
        """End it by a signal, or wait for its end."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        assert "Traceback" not in self.err
        return Run(code, self.out, self.err)

    @property
    def reports(self) -> list[dict[str, Any]]:
        reports = [json.loads(line) for line in self.out.splitlines()]
        for report in reports:
            jsonschema.validate(report, SCHEMA)
        return reports


@contextmanager
def following(folder: Path, *arguments: str | Path, stdin: IO[bytes] | int = subprocess.DEVNULL) -> Iterator[Follower]:
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "triage", "replay", "--follow", "--explain-format", *map(str, arguments)],
            stdin=stdin,
            stdout=out,
            stderr=err,
            env=os.environ | {"COLUMNS": "80", "TZ": "UTC"},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a run in the background ignores it
        )
        try:
            yield Follower(process, folder)
        finally:
            process.kill()
            process.wait()
            if process.stdin:
                process.stdin.close()


def lines(log: Log) -> bytes:
    """What the log has, which it then has no more: its clock goes on."""
    content = log.content()
    log.lines.clear()
    return content


def ready(log: Log) -> Log:
    """Enough lines for the format to be found at once."""
    return log.connect(9).run(9, *(f"SELECT 1 AS a_name_that_fills_the_line_{n}" for n in range(60)))


def n_plus_one(log: Log, pid: int, table: str) -> Log:
    """An N+1, and a further record, by which the last one is known to be whole."""
    log.run(pid, "BEGIN", f"SELECT parents.id, parents.name FROM parents WHERE kind = '{table}'")
    log.run(pid, *(f"SELECT id, name FROM {table} WHERE {n} = {table}.parent_id" for n in range(9)))
    return log.run(pid, "COMMIT", "SELECT 1")


def identities(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    return sorted((each["key"], each["severity"], each["confidence"]) for each in report["findings"])


def same_as_replay(follower: Follower, content: bytes, folder: Path) -> None:
    """Everything that was printed, each once, is what a replay of the same content finds."""
    path = folder / "whole.log"
    path.write_bytes(content)
    replayed = json.loads(triage("replay", path, "--format", "json").out)
    assert len(replayed["findings"]) > 0
    printed = [each for report in follower.reports for each in identities(report)]
    assert sorted(printed) == identities(replayed)


def test_a_finding_is_printed_once_while_the_log_goes_on(tmp_path: Path) -> None:
    path, log = tmp_path / "log", ready(Log())
    path.write_bytes(lines(n_plus_one(log, 1, "books")))
    with following(tmp_path, path) as follower, path.open("ab") as file:
        follower.until(lambda: "n-plus-one" in follower.out)
        file.write(lines(n_plus_one(log, 1, "books")))
        file.flush()
        run = follower.ended()
    assert run.code == 1
    assert run.out.count("WARNING  n-plus-one  (confidence high)") == 1
    assert run.out.startswith("20")
    assert "\n  Do now  " in run.out
    assert run.err.splitlines()[-1] == f"Followed {path}: 86 executions, 2 transactions, 1 finding"


def test_each_line_of_json_is_a_report_of_what_is_new(tmp_path: Path) -> None:
    path, log = tmp_path / "log", ready(Log())
    content = lines(n_plus_one(log, 1, "books"))
    path.write_bytes(content)
    with following(tmp_path, path, "--format", "json") as follower, path.open("ab") as file:
        follower.until(lambda: follower.out.count("\n") == 1)
        more = lines(n_plus_one(log, 1, "tags"))
        file.write(more)
        file.flush()
        follower.until(lambda: follower.out.count("\n") == 2)
        last = lines(
            n_plus_one(log, 2, "pages").connect(3).run(3, "BEGIN", "INSERT INTO tags VALUES (1)").disconnect(3)
        )
        file.write(last)
        file.flush()
        assert follower.ended(signal.SIGTERM).code == 1
        assert len(follower.reports) == 3
        assert [len(each["findings"]) for each in follower.reports[:2]] == [1, 1]
        same_as_replay(follower, content + more + last, tmp_path)


def test_it_reads_on_through_renaming_and_truncation(tmp_path: Path) -> None:
    """The transaction that begins in one file and ends in the next is one."""
    path, log = tmp_path / "log", ready(Log())
    content = [lines(log)]
    path.write_bytes(content[0])
    with following(tmp_path, path, "--format", "json") as follower:
        follower.until_it_reads()
        n_plus_one(log, 1, "books")
        middle = len(log.lines) // 2
        head, tail = Log(), Log()
        head.lines, tail.lines = log.lines[:middle], log.lines[middle:]
        content += [head.content(), tail.content()]
        path.rename(tmp_path / "log.1")
        with (tmp_path / "log.1").open("ab") as file:
            file.write(content[1])
        path.write_bytes(content[2])
        follower.until(lambda: follower.out)
        log.lines.clear()
        content.append(lines(n_plus_one(log, 1, "tags")))
        os.truncate(path, 0)
        with path.open("ab") as file:
            file.write(content[3])
        assert follower.ended().code == 1
        same_as_replay(follower, b"".join(content), tmp_path)
        assert follower.reports[-1]["sources"][0]["unparsed_bytes"] == 0
        assert follower.reports[-1]["sources"][0]["bytes"] == sum(map(len, content))


def test_it_waits_for_a_file_that_is_not_there_and_then_empty(tmp_path: Path) -> None:
    path, log = tmp_path / "log", ready(Log())
    with following(tmp_path, path, "--format", "json") as follower:
        follower.until(lambda: "does not exist yet" in follower.err)
        path.touch()
        follower.until(lambda: "is empty yet" in follower.err)
        content = lines(n_plus_one(log, 1, "books"))
        path.write_bytes(content)
        follower.until(lambda: follower.out)
        assert follower.ended().code == 1
        assert follower.err.count("does not exist yet") == follower.err.count("is empty yet") == 1
        same_as_replay(follower, content, tmp_path)


def test_a_log_that_never_came_exits_with_3(tmp_path: Path) -> None:
    with following(tmp_path, tmp_path / "missing.log") as follower:
        follower.until(lambda: "Waiting: " in follower.err)
        run = follower.ended()
    assert run.code == 3
    assert "Error: nothing came from" in run.err
    assert "\nHint: " in run.err


def test_a_pipe_is_read_byte_by_byte_and_ends_with_its_writer(tmp_path: Path) -> None:
    log = n_plus_one(ready(Log()), 1, "books")
    content = before_each(b"2026-01-31T15:00:00.123456789Z stderr F ", log.content())
    with following(tmp_path, "-", "--format", "json", stdin=subprocess.PIPE) as follower:
        pipe = follower.process.stdin
        assert pipe
        pipe.write(content[:-200])
        for at in range(len(content) - 200, len(content)):
            pipe.write(content[at : at + 1])
            pipe.flush()
        pipe.close()
        assert follower.ended(None).code == 1
        same_as_replay(follower, content, tmp_path)
        assert follower.reports[-1]["sources"][0]["wrapper"] == "kubernetes"
        assert "prefix '%m [%p] '" in follower.err


def test_a_line_that_is_half_written_is_not_read_when_it_is_stopped(tmp_path: Path) -> None:
    path, log = tmp_path / "log", n_plus_one(ready(Log()), 1, "books")
    content = log.content()
    path.write_bytes(content + Log().run(1, "SELECT id FROM a_table").content()[:-3])
    with following(tmp_path, path, "--format", "json") as follower:
        follower.until_it_reads()
        follower.ended()
        same_as_replay(follower, content, tmp_path)
        assert follower.reports[-1]["sources"][0]["bytes"] == len(content)


def test_the_exit_code_follows_fail_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(n_plus_one(ready(Log()), 1, "books").content())
    with following(tmp_path, path, "--fail-on", "critical") as follower:
        follower.until_it_reads()
        run = follower.ended()
    assert run.code == 0
    assert "n-plus-one" in run.out


def test_a_healthy_log_prints_nothing_and_exits_with_0(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(ready(Log()).content())
    with following(tmp_path, path, "--format", "json") as follower:
        follower.until_it_reads()
        run = follower.ended()
    assert (run.code, run.out) == (0, "")


def test_findings_are_appended_to_a_file(tmp_path: Path) -> None:
    path, output = tmp_path / "log", tmp_path / "findings.jsonl"
    path.write_bytes(n_plus_one(ready(Log()), 1, "books").content())
    output.write_text("{}\n")
    with following(tmp_path, path, "--format", "json", "--output", output) as follower:
        follower.until_it_reads()
        assert follower.ended().out == ""
    first, second = output.read_text().splitlines()
    assert first == "{}"
    assert [each["id"] for each in json.loads(second)["findings"]] == ["n-plus-one"]


def test_it_ends_quietly_when_nobody_reads_any_more(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(ready(Log()).content())
    reads, writes = os.pipe()
    with (tmp_path / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "triage", "replay", "--follow", "--explain-format", path], stdout=writes, stderr=err
        )
    os.close(writes)
    Follower(process, tmp_path).until_it_reads()
    os.close(reads)
    assert process.wait(timeout=60) == 128 + signal.SIGPIPE
    assert "Error" not in (tmp_path / "stderr").read_text()


@pytest.mark.parametrize("arguments", [("--workers", "2"), ("--explain", "n-plus-one:0")])
def test_what_cannot_be_combined_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(command, ["--follow", "a.log", *arguments], standalone_mode=False, obj=0)
    assert isinstance(result.exception, UsageError)


def test_a_leak_on_a_real_server_is_told_while_its_log_is_silent(private_server: PrivateServer, tmp_path: Path) -> None:
    """The server's log is in local time, with a zone's name that no reader can know."""
    server = private_server("postgresql", {"log_statement": "all", "log_timezone": "Europe/Berlin"})
    assert server.log_path
    engine = create_engine(make_url(server.admin_url))
    with Session(engine) as session:
        session.execute(text("CREATE TABLE books (id int PRIMARY KEY, author_id int)"))
        for number in range(60):
            session.execute(text(f"SELECT 1 AS a_name_that_fills_the_line_{number}"))
        session.commit()
    settings = tmp_path / "triage.toml"
    settings.write_text("[thresholds.unfinished-transaction]\nwarning_seconds = 1\ncritical_seconds = 4\n")
    with following(tmp_path, server.log_path, "--config", settings, "--format", "json") as follower:
        follower.until_it_reads()
        leaked = Session(engine)
        leaked.execute(text("SELECT id FROM books WHERE id = 1"))
        follower.until(lambda: "critical" in follower.out)
        findings = [each for report in follower.reports for each in report["findings"]]
        # a machine that is very slow looks for the first time when it is critical already
        assert [each["severity"] for each in findings] in (["warning", "critical"], ["critical"])
        assert {each["id"] for each in findings} == {"unfinished-transaction"}
        assert len({each["key"] for each in findings}) == 1
        assert findings[0]["details"]["last_statement"] == "SELECT id FROM books WHERE id = ?"
        leaked.close()
        assert follower.ended().code == 1
        ids = [each["id"] for report in follower.reports for each in report["findings"]]
        assert ids.count("unfinished-transaction") == len(findings)
    engine.dispose()
