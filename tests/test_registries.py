"""Each registry against its folder, and the names that have to match."""

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import click
import pytest

import triage.cli
import triage.collectors
import triage.detectors
import triage.querylogs.formats
import triage.reports
from triage import runbooks
from triage.cli import COMMANDS, group
from triage.collectors import COLLECTORS
from triage.config.keys import FORMATS as FORMATS_OF_OUTPUTS
from triage.detectors import DETECTORS
from triage.detectors.detector import Detector
from triage.evidence import Evidence
from triage.querylogs.formats import BY_NAME, FORMATS
from triage.reports import HEALTH_REPORTS, REPORTS

BOOKS = runbooks.load()
EACH = pytest.mark.parametrize("kind", DETECTORS, ids=lambda kind: str(kind.id))


def modules(package: ModuleType) -> dict[str, ModuleType]:
    """What a package's folder lists, by name."""
    return {one.name: import_module(f"{package.__name__}.{one.name}") for one in iter_modules(package.__path__)}


def leaves(command: click.Command, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and all below it, each with the words that call it."""
    yield names, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from leaves(below, *names, name)


LEAVES = dict(leaves(group, "triage"))


# Log formats


def test_every_log_format_of_the_folder_is_registered() -> None:
    """A module is a format's if it can say whether a log is of it; the others help them."""
    found = [module for module in modules(triage.querylogs.formats).values() if hasattr(module, "sniff")]
    assert found == list(FORMATS)


def test_the_names_of_log_formats_are_ids() -> None:
    assert len(BY_NAME) == len(FORMATS)
    for name in BY_NAME:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)


# Detectors


def test_every_detector_of_the_folder_is_registered() -> None:
    """A module is a detector's if it defines a class with an id of its own; the others help them."""
    found = {
        one
        for name, module in modules(triage.detectors).items()
        for _, one in getmembers(module, isclass)
        if one.__module__ == module.__name__ and "id" in vars(one) and one is not Detector
    }
    assert found == set(DETECTORS)


def test_the_registry_of_detectors_is_sorted_and_has_no_id_twice() -> None:
    ids = [kind.id for kind in DETECTORS]
    assert ids == sorted(set(ids))


@EACH
def test_its_id_its_module_its_class_and_its_test_share_their_words(kind: type[Detector]) -> None:
    words = kind.id.split("-")
    assert kind.__module__ == f"triage.detectors.{'_'.join(words)}"
    assert kind.__name__ == "".join(word.capitalize() for word in words)
    assert (Path(__file__).parent / "detectors" / f"test_{'_'.join(words)}.py").is_file()


@EACH
def test_its_module_says_what_it_is_about_and_links_the_manual(kind: type[Detector]) -> None:
    about = import_module(kind.__module__).__doc__ or ""
    assert re.search(r"^Sources?: https://", about, re.MULTILINE)
    assert kind.__doc__
    assert kind.detect.__doc__


@EACH
def test_it_can_be_made_without_thresholds(kind: type[Detector]) -> None:
    assert kind() == kind()


@EACH
def test_it_needs_what_evidence_has(kind: type[Detector]) -> None:
    assert kind.needs
    assert {name for need in kind.needs for name in need.split("|")} <= set(Evidence.__dataclass_fields__)


# Runbooks


@EACH
def test_every_runbook_it_names_is_there_and_serves_it(kind: type[Detector]) -> None:
    assert kind.runbooks
    for name in kind.runbooks:
        assert name in BOOKS
        assert kind.id in BOOKS[name].findings


@pytest.mark.parametrize("name", BOOKS)
def test_every_finding_of_a_runbook_exists_and_names_it(name: str) -> None:
    by_id = {kind.id: kind for kind in DETECTORS}
    for finding in BOOKS[name].findings:
        assert finding in by_id
        assert name in by_id[finding].runbooks


# Collectors and reports


def test_every_collector_of_the_folder_is_registered() -> None:
    """A module is a collector's if it can be asked whether it is asked for, and can collect."""
    found = {
        (module.asked, module.collect)
        for module in modules(triage.collectors).values()
        if hasattr(module, "asked") and hasattr(module, "collect")
    }
    assert found == {(collector.asked, collector.collect) for collector in COLLECTORS}


def test_a_collector_is_called_as_its_module_is() -> None:
    assert [c.name for c in COLLECTORS] == [c.collect.__module__.rpartition(".")[2] for c in COLLECTORS]


def test_every_report_of_the_folder_is_registered() -> None:
    found = {name: module.render for name, module in modules(triage.reports).items() if hasattr(module, "render")}
    assert found == dict(REPORTS)


def test_every_report_of_a_scheduled_run_is_registered_under_the_same_names() -> None:
    found = {m.render_health for m in modules(triage.reports).values() if hasattr(m, "render_health")}
    assert found == set(HEALTH_REPORTS.values())
    assert set(HEALTH_REPORTS) == dict(REPORTS).keys()
    assert {*HEALTH_REPORTS, "webhook"} == set(FORMATS_OF_OUTPUTS)


def test_the_formats_of_check_are_the_registered_ones() -> None:
    (option,) = [p for p in LEAVES["triage", "check"].params if p.name == "format_"]
    assert isinstance(option.type, click.Choice)
    assert list(option.type.choices) == [name for name, _ in REPORTS]


# Commands


def test_every_command_of_the_folder_is_registered() -> None:
    found = {name for name, module in modules(triage.cli).items() if hasattr(module, "command")}
    assert found == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_short_help_is_a_sentence(name: str) -> None:
    assert COMMANDS[name][0].isupper()
    assert COMMANDS[name].endswith(".")


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_has_a_help_text(path: tuple[str, ...]) -> None:
    command = LEAVES[path]
    assert command.help
    assert command.help.strip()[0].isupper()


@pytest.mark.parametrize("path", [path for path in LEAVES if len(path) > 1], ids=" ".join)
def test_every_option_has_a_help_text(path: tuple[str, ...]) -> None:
    options = [p for p in LEAVES[path].params if isinstance(p, click.Option) and not isinstance(p.type, click.Choice)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("path", [path for path in LEAVES if len(path) > 1], ids=" ".join)
def test_every_command_has_an_example_in_its_epilog_that_can_be_run(path: tuple[str, ...]) -> None:
    examples = [line.strip() for line in (LEAVES[path].epilog or "").splitlines() if "triage " in line]
    assert examples
    for example in examples:
        called = parsed(example)
        assert called[: len(path)] == path
    if isinstance(LEAVES[path], click.Group):
        return
    assert any(parsed(example) == path for example in examples)


def parsed(example: str) -> tuple[str, ...]:
    """The words that call a command, once the command has read the rest as its arguments and options."""
    words = shlex.split(next(part for part in re.split(r"[|>]", example) if "triage " in part))
    while "=" in words[0]:
        words.pop(0)
    called: tuple[str, ...] = (words.pop(0),)
    assert called == ("triage",)
    command: click.Command = group
    while isinstance(command, click.Group):
        below = command.get_command(click.Context(command), words[0])
        assert below is not None, words[0]
        called = (*called, words.pop(0))
        command = below
    command.make_context(called[-1], words)
    return called
