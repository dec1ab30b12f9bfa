"""Runbooks: what ours have in common, and an organisation's own over them."""

from pathlib import Path

import pytest

from triage import runbooks
from triage.errors import ConfigError, UsageError
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
    assert "triage check" in book.sections["Confirm"]


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
