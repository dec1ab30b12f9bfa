"""The command's exit codes, and what it says of input that is no log."""

import bz2
import gzip
import json
from pathlib import Path

import jsonschema
import pytest
from click import UsageError
from click.testing import CliRunner, Result

from tests.cli.run import check, triage
from tests.querylogs.build import Log
from triage.cli.replay import command
from triage.reports.json import schema


def n_plus_one(secret: str = "17") -> Log:
    log = (
        Log()
        .connect(1)
        .run(1, "BEGIN", f"SELECT authors.id, authors.name FROM authors WHERE authors.name = '{secret}'")
    )
    return log.run(
        1, *(f"SELECT books.id, books.author_id FROM books WHERE {n} = books.author_id" for n in range(9)), "COMMIT"
    ).disconnect(1)


def replayed(*arguments: str) -> Result:
    """The command's result; its return value is the exit code."""
    return CliRunner().invoke(command, [*arguments, "--workers", "1"], standalone_mode=False, obj=0)


def test_a_healthy_log_exits_with_0(tmp_path: Path) -> None:
    path = Log().connect(1).run(1, "BEGIN", "SELECT id FROM books", "COMMIT").write(tmp_path)
    assert replayed(path).return_value == 0


def test_a_finding_exits_with_1_and_holds_no_literal(tmp_path: Path) -> None:
    result = replayed(n_plus_one("secret").write(tmp_path), "--format", "json")
    assert result.return_value == 1
    assert [finding["id"] for finding in json.loads(result.stdout)["findings"]] == ["n-plus-one"]
    assert "secret" not in result.output


def test_a_finding_below_the_threshold_exits_with_0(tmp_path: Path) -> None:
    assert replayed(n_plus_one().write(tmp_path), "--fail-on", "critical").return_value == 0


@pytest.mark.parametrize(
    "content", [b"", b"nothing of the kind\n" * 50, b"\x00\xff" * 100, b"{}\n", b"\x1f\x8b\x08not really"]
)
def test_a_file_that_is_no_log_exits_with_3_and_a_hint(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.log"
    path.write_bytes(content)
    result = replayed(str(path))
    assert result.return_value == 3
    assert result.stderr.startswith("Error: ")
    assert "\nHint: " in result.stderr


def test_a_directory_and_a_missing_file_exit_with_3(tmp_path: Path) -> None:
    assert replayed(str(tmp_path)).return_value == 3
    assert replayed(str(tmp_path / "missing.log")).return_value == 3


def test_what_could_be_read_is_reported_beside_what_could_not(tmp_path: Path) -> None:
    result = replayed(n_plus_one().write(tmp_path), str(tmp_path / "missing.log"), "--format", "json")
    assert result.return_value == 3
    assert len(json.loads(result.stdout)["findings"]) == 1


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress])
def test_compressed_logs_are_read_as_they_are(tmp_path: Path, packed: object) -> None:
    path = Path(n_plus_one().write(tmp_path))
    path.write_bytes(packed(path.read_bytes()))  # type: ignore[operator]
    assert replayed(str(path)).return_value == 1


def test_a_gzip_that_ends_early_reports_what_it_has(tmp_path: Path) -> None:
    path = Path((n_plus_one().run(2, *["SELECT 1"] * 5000)).write(tmp_path))
    path.write_bytes(gzip.compress(path.read_bytes())[:-40])
    result = replayed(str(path), "--format", "json")
    assert result.return_value == 3
    assert len(json.loads(result.stdout)["findings"]) == 1
    assert "ends early" in result.stderr


def test_the_log_is_read_from_stdin(tmp_path: Path) -> None:
    content = Path(n_plus_one().write(tmp_path)).read_bytes()
    result = CliRunner().invoke(command, ["-", "--workers", "1"], input=content, standalone_mode=False, obj=0)
    assert result.return_value == 1


def test_the_choice_of_the_format_is_explained(tmp_path: Path) -> None:
    assert "'%m [%p] '" in replayed(n_plus_one().write(tmp_path), "--explain-format").stderr


def test_a_prefix_that_does_not_fit_exits_with_3(tmp_path: Path) -> None:
    assert replayed(n_plus_one().write(tmp_path), "--prefix", "%c ").return_value == 3


def test_a_log_of_slow_statements_is_a_gap_and_its_findings_are_suspected(tmp_path: Path) -> None:
    log = Log().line(1, "LOG", "duration: 101.0 ms  statement: SELECT authors.id FROM authors")
    for n in range(12):
        log.line(1, "LOG", f"duration: 10{n}.5 ms  statement: SELECT id FROM books WHERE {n} = books.author_id", 0.2)
    result = replayed(log.write(tmp_path), "--format", "json")
    report = json.loads(result.stdout)
    assert "threshold" in report["gaps"][0]["reason"]
    assert [finding["confidence"] for finding in report["findings"]] == ["low"]


@pytest.mark.parametrize("size", [0, 1, 50, 200, 333, 700])
def test_a_log_cut_anywhere_is_no_traceback(tmp_path: Path, size: int) -> None:
    path = Path(n_plus_one().write(tmp_path))
    path.write_bytes(path.read_bytes()[:size])
    assert replayed(str(path)).exception is None


def test_an_unknown_format_is_wrong_usage(tmp_path: Path) -> None:
    assert isinstance(replayed(n_plus_one().write(tmp_path), "--log-format", "oracle").exception, UsageError)


def test_a_report_is_valid_by_the_schema_and_says_what_was_read(tmp_path: Path) -> None:
    run = triage("replay", n_plus_one().write(tmp_path), "--format", "json")
    report = json.loads(run.out)
    jsonschema.validate(report, json.loads(schema()))
    (source,) = report["sources"]
    assert (source["kind"], source["format"], source["backend"]) == ("query-log", "postgresql-stderr", "postgresql")
    assert (source["executions"], source["sessions"], source["unparsed_bytes"]) == (12, 1, 0)
    assert source["transactions"] == {"begun": 1, "committed": 1, "rolled_back": 0, "open_at_end": 0}


def test_check_reads_logs_too(tmp_path: Path) -> None:
    run = check("--log", n_plus_one().write(tmp_path))
    assert (run.code, run.ids) == (1, {"n-plus-one"})
    assert run.found("n-plus-one")["details"]["relationship"] == "Author.books"


def test_check_says_which_log_it_could_not_read(tmp_path: Path) -> None:
    run = check("--log", tmp_path / "missing.log")
    assert run.code == 3
    assert "missing.log" in run.err


def test_a_finding_is_explained_by_its_key(tmp_path: Path) -> None:
    path = n_plus_one().write(tmp_path)
    key = json.loads(triage("replay", path, "--format", "json").out)["findings"][0]["key"]
    run = triage("replay", path, "--explain", key)
    assert run.code == 0
    assert "the value stands on the left of books.author_id" in run.out
    assert "in all: high confidence" in run.out


def test_an_unknown_key_is_wrong_usage_and_the_known_ones_are_named(tmp_path: Path) -> None:
    run = triage("replay", n_plus_one().write(tmp_path), "--explain", "n-plus-one:nothing")
    assert run.code == 2
    assert "Hint: these can be explained: n-plus-one:" in run.err


@pytest.mark.parametrize(
    ("comment", "location"),
    [
        ("/*controller='authors',route='%2Fauthors'*/", {"file": "/authors", "line": None, "function": "authors"}),
        ("/*app:Shop,file:app/api.py,line:12*/", {"file": "app/api.py", "line": 12, "function": None}),
        ("/*app:Shop,line:/srv/app/api.py:12:in index*/", {"file": "/srv/app/api.py", "line": 12, "function": None}),
    ],
)
def test_the_tags_of_a_comment_say_where(tmp_path: Path, comment: str, location: dict[str, object]) -> None:
    log = Log().connect(1).run(1, "BEGIN", "SELECT authors.id FROM authors")
    log.run(
        1,
        *(f"SELECT books.id, books.author_id FROM books WHERE {n} = books.author_id {comment}" for n in range(9)),
        "COMMIT",
    )
    assert check("--log", log.write(tmp_path)).found("n-plus-one")["location"] == location


def test_the_models_name_the_relationship(tmp_path: Path) -> None:
    (tmp_path / "shop_models.py").write_text(
        """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(DeclarativeBase):
    pass

class Writer(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    works: Mapped[list["Work"]] = relationship()

class Work(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
"""
    )
    log = n_plus_one().write(tmp_path)
    run = triage("replay", log, "--models", "shop_models:Base", "--format", "json", cwd=tmp_path)
    details = json.loads(run.out)["findings"][0]["details"]
    assert (details["relationship"], details["relationship_source"]) == ("Writer.works", "models")
    assert "selectinload(Writer.works)" in details["fix"]
    missing = triage("replay", log, "--models", "nowhere:Base", cwd=tmp_path)
    assert missing.code == 3
