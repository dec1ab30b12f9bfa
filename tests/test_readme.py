"""The README is true."""

import re

from tests.readme import README, generated, help_of
from triage import runbooks
from triage.cli import COMMANDS

TEXT = README.read_text(encoding="utf-8")


def test_the_help_texts_are_the_programs_own() -> None:
    assert generated(TEXT) == TEXT, "run make docs"


def test_every_command_is_shown() -> None:
    assert {f"triage {name}" for name in COMMANDS} <= set(re.findall(r"<!-- help: ([a-z ]+) -->", TEXT))


def test_every_help_has_an_example_that_names_the_command() -> None:
    for name in COMMANDS:
        assert re.search(rf"^ +(TRIAGE_URL=\S+ )?triage {name}", help_of(f"triage {name}"), re.MULTILINE)


def test_every_runbook_is_listed() -> None:
    assert set(runbooks.load()) <= set(re.findall(r"`([a-z-]+)`", TEXT))
