"""Runbooks: what ours have in common, and an organisation's own over them; what a proof may say."""

import re
from pathlib import Path

import pytest

from triage import runbooks
from triage.errors import ConfigError, UsageError
from triage.proof import Proof
from triage.runbooks import SECTIONS, Runbook

SHIPPED = runbooks.load()
EACH = pytest.mark.parametrize("book", SHIPPED.values(), ids=SHIPPED)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name / "runbook.md"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def own(name: str = "our-failure", findings: str = "[idle-in-transaction]") -> str:
    return f"---\nid: {name}\ntitle: our own\nfindings: {findings}\n---\n\n## Symptoms\n\n- It hurts.\n"


# Ours


def test_there_are_runbooks() -> None:
    assert {"session-leak", "blocking-chain", "pool-sizing"} <= set(SHIPPED)


def test_they_are_sorted_by_their_ids() -> None:
    assert list(SHIPPED) == sorted(SHIPPED)


@EACH
def test_its_front_matter_says_what_it_is(book: Runbook) -> None:
    assert book.id == book.folder.name
    assert book.title[0].islower()
    assert not book.title.endswith(".")
    assert len(book.title) <= 90
    assert book.findings
    assert len(set(book.findings)) == len(book.findings)


@EACH
def test_it_has_the_seven_sections_in_order(book: Runbook) -> None:
    assert tuple(book.sections) == SECTIONS
    assert len(SECTIONS) == 7


@EACH
def test_no_section_is_empty(book: Runbook) -> None:
    assert [name for name, text in book.sections.items() if not text] == []


@EACH
def test_it_says_why_it_matters(book: Runbook) -> None:
    assert book.impact
    assert "\n" not in book.impact
    assert not book.impact.startswith("-")


@EACH
def test_it_can_be_read_in_a_terminal(book: Runbook) -> None:
    assert "\t" not in book.text
    assert all(c.isprintable() or c == "\n" for c in book.text)
    assert book.text.count("```") % 2 == 0


@EACH
def test_it_says_how_triage_confirms_it(book: Runbook) -> None:
    assert "\n$ triage " in book.sections["Confirm"]


def test_titles_differ() -> None:
    assert len({book.title for book in SHIPPED.values()}) == len(SHIPPED)


def test_every_folder_is_a_runbook() -> None:
    folders = {path.name for path in runbooks.shipped_folder().iterdir() if path.is_dir()}
    assert folders == set(SHIPPED)


# Others'


def test_an_overlay_adds_a_runbook(tmp_path: Path) -> None:
    write(tmp_path, "our-failure", own())
    books = runbooks.load(tmp_path)
    assert books["our-failure"].title == "our own"
    assert set(books) == {*SHIPPED, "our-failure"}
    assert list(books) == sorted(books)


def test_an_overlay_replaces_the_runbook_of_its_id(tmp_path: Path) -> None:
    write(tmp_path, "whatever-the-folder-is-called", own("session-leak"))
    books = runbooks.load(tmp_path)
    assert books["session-leak"].title == "our own"
    assert set(books) == set(SHIPPED)


def test_an_empty_overlay_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("not a runbook")
    (tmp_path / "drafts").mkdir()
    assert runbooks.load(tmp_path) == SHIPPED


def test_an_overlay_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder of runbooks") as caught:
        runbooks.load(tmp_path / "missing")
    assert "runbook.md" in caught.value.hint


def test_lines_may_end_as_they_do_on_windows(tmp_path: Path) -> None:
    path = write(tmp_path, "our-failure", "")
    path.write_bytes(own().replace("\n", "\r\n").encode())
    assert runbooks.load(tmp_path)["our-failure"].sections == {"Symptoms": "- It hurts."}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no front matter"),
        ("# A title\n", "has no front matter"),
        ("---\nid: a\n", "has no front matter"),
        ("---\n- a\n---\n", "has no front matter"),
        ("---\nid: [\n---\n", "cannot be read"),
        ("---\nid: a\n---\n", "does not say title and findings"),
        ("---\nid: a\ntitle: b\nfindings: []\n---\n", "does not say findings"),
        ("---\nid: ''\ntitle: b\nfindings: [c]\n---\n", "does not say id"),
    ],
)
def test_a_runbook_without_front_matter_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, "our-failure", text)
    with pytest.raises(ConfigError, match=message) as caught:
        runbooks.load(tmp_path)
    assert str(path) in caught.value.message
    assert "---" in caught.value.hint


def test_findings_are_a_list(tmp_path: Path) -> None:
    """One name without brackets is easily written, and is not a list of letters."""
    write(tmp_path, "our-failure", own(findings="idle-in-transaction"))
    with pytest.raises(ConfigError, match="findings"):
        runbooks.load(tmp_path)


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "our-failure", "").write_bytes(b"---\nid: \xff\n---\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        runbooks.load(tmp_path)


# Proof


def proved(folder: Path, entries: str) -> Runbook:
    """A runbook of somebody's own with that under proof."""
    text = own().replace("\n---\n\n", f"\nproof: {entries}\n---\n\n")
    write(folder, "our-failure", text)
    return runbooks.load(folder)["our-failure"]


def test_ones_own_runbook_needs_no_proof(tmp_path: Path) -> None:
    assert proved(tmp_path, "[]").proof == ()


def test_a_proof_says_what_each_look_at_an_app_finds(tmp_path: Path) -> None:
    book = proved(
        tmp_path,
        "[{app: broken.py, check: [a, b], engine: []}, {app: broken_on_retry.py, replay: [c], explain: [d], "
        "backends: [postgresql], thresholds: {a: {warning_seconds: 1.5}}, processes: 4}]",
    )
    first, second = book.proof
    assert first == Proof(app="broken.py", looks={"check": frozenset("ab"), "engine": frozenset()})
    assert first.backends == ("postgresql", "mysql", "mariadb")
    assert (first.partner, second.partner) == ("fixed.py", "fixed_on_retry.py")
    assert (first.findings, second.findings) == (frozenset("ab"), frozenset("cd"))
    assert second.thresholds == {"a": {"warning_seconds": 1.5}}
    assert second.processes == 4


def test_the_proofs_of_an_app_belong_together_on_the_backends_they_are_for(tmp_path: Path) -> None:
    book = proved(
        tmp_path,
        "[{app: broken.py, check: [a]}, {app: broken_x.py, check: [b], backends: [mysql]}, "
        "{app: broken.py, check: [c], backends: [mysql]}]",
    )
    first, second, third = book.proof
    assert book.apps("mysql") == {"broken.py": (first, third), "broken_x.py": (second,)}
    assert book.apps("postgresql") == {"broken.py": (first,)}


@pytest.mark.parametrize(
    ("entries", "message", "hint"),
    [
        ("broken.py", "the proof in .* is no list", "write a list"),
        ("[broken.py]", "proof 1 is no mapping", "app: broken.py"),
        ("[{check: [a]}]", "proof 1 does not say its app", "app: broken.py"),
        ("[{app: fixed.py, check: [a]}]", "does not say its app", "broken_<variant>.py"),
        ("[{app: ../broken.py, check: [a]}]", "does not say its app", "broken_<variant>.py"),
        ("[{app: [broken.py], check: [a]}]", "does not say its app", "broken_<variant>.py"),
        ("[{app: broken.py}]", "proof 1 says no look", "check, replay, explain or engine"),
        ("[{app: broken.py, check: [a]}, {app: broken.py, chek: [a]}]", "proof 2 says chek", "did you mean check?"),
        ("[{app: broken.py, 7: [a]}]", "says 7", "known keys"),
        ("[{app: broken.py, check: a}]", "check is no list of names", r"write check: \[a\]"),
        ("[{app: broken.py, check: }]", "check is no list of names", r"write check: \[\]"),
        ("[{app: broken.py, check: [1]}]", "check is no list of names", "write check"),
        ("[{app: broken.py, check: [], backends: [postgres]}]", "postgres is not a backend", "did you mean postgresql"),
        ("[{app: broken.py, check: [], backends: []}]", "has no backends", "leave the key out"),
        ("[{app: broken.py, check: [], processes: 0}]", "processes must be an int, 1 or more", "it is 0"),
        ("[{app: broken.py, check: [], processes: true}]", "processes must be an int", "it is True"),
        ("[{app: broken.py, check: [], thresholds: [a]}]", "thresholds must be a mapping of mappings", "warning_sec"),
        (
            "[{app: broken.py, check: [], thresholds: {a: 1}}]",
            "thresholds must be a mapping of mappings",
            "warning_sec",
        ),
    ],
)
def test_a_proof_that_cannot_be_understood_is_an_error(tmp_path: Path, entries: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        proved(tmp_path, entries)
    assert str(tmp_path / "our-failure" / "runbook.md") in caught.value.message
    assert re.search(hint, caught.value.hint)


# Parts


def book(text: str) -> Runbook:
    return Runbook(id="a", title="b", findings=("c",), text=text, folder=Path())


def test_sections_are_by_their_headings() -> None:
    assert book("intro\n\n## Symptoms\n\na\n\n### more\n\nb\n\n## Impact\n\nc\n").sections == {
        "Symptoms": "a\n\n### more\n\nb",
        "Impact": "c",
    }


def test_a_comment_in_code_is_no_heading() -> None:
    assert set(book("## Fix\n\n```python\n## not a heading\n```\n").sections) == {"Fix"}


def test_the_impact_is_its_first_paragraph_as_running_text() -> None:
    assert book("## Impact\n\n- One, and\n  more of it.\n- Two.\n\nThree.\n").impact == "One, and more of it. Two."


def test_a_runbook_without_an_impact_has_none() -> None:
    assert book("## Symptoms\n\na\n").impact == ""
