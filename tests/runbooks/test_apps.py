"""The apps of the runbooks, as they stand: each has its partner, alike but for the fix, and its entry in the proof."""

import ast
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from triage import config, runbooks
from triage.detectors import DETECTORS
from triage.runbooks import Runbook

BOOKS = runbooks.load()
APPS = sorted(path for book in BOOKS.values() for path in book.folder.glob("*.py"))
EACH_BOOK = pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
EACH_BROKEN = pytest.mark.parametrize(
    "broken",
    [path for path in APPS if path.name.startswith("broken")],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)


@EACH_BOOK
def test_every_finding_it_serves_is_proved(book: Runbook) -> None:
    proved = frozenset().union(*(proof.findings for proof in book.proof))
    assert proved == frozenset(book.findings)


@EACH_BOOK
def test_its_proof_is_of_the_apps_that_are_there(book: Runbook) -> None:
    assert book.proof
    assert {proof.app for proof in book.proof} == {path.name for path in book.folder.glob("broken*.py")}
    assert {proof.partner for proof in book.proof} == {path.name for path in book.folder.glob("fixed*.py")}


@EACH_BOOK
def test_its_thresholds_are_known(book: Runbook) -> None:
    for proof in book.proof:
        assert set(config.thresholds(book.folder / "runbook.md", proof.thresholds, DETECTORS)) == set(proof.thresholds)


@EACH_BROKEN
def test_the_fixed_app_is_the_broken_one_but_for_the_fix(broken: Path) -> None:
    before, after = (path.read_text(encoding="utf-8") for path in (broken, partner(broken)))
    alike = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False).ratio()
    assert code(before) != code(after)
    assert alike >= 0.75


@pytest.mark.parametrize("app", APPS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_it_says_what_it_is_and_can_be_run(app: Path) -> None:
    source = app.read_text(encoding="utf-8")
    compile(source, app, "exec")
    assert ast.get_docstring(ast.parse(source))


def partner(broken: Path) -> Path:
    return broken.with_name(broken.name.replace("broken", "fixed", 1))


def code(source: str) -> str:
    """What is run, without comments and the module's docstring."""
    return ast.unparse(ast.parse(source).body[1:])  # type: ignore[arg-type]
