"""``triage config``: whether triage.toml is right, and its schema for editors."""

import json
from pathlib import Path

import click

from triage import config
from triage.cli import OK, USAGE, complain
from triage.detectors import DETECTORS


@click.group(
    epilog="""\b
    Examples:
      triage config check
      triage config schema > triage.schema.json
    """
)
def command() -> None:
    """Check triage.toml, or print its JSON Schema."""


@command.command(
    epilog="""\b
    Examples:
      triage config check
      triage config check /etc/triage/triage.toml
    """
)
@click.argument("path", metavar="[FILE]", type=click.Path(path_type=Path), required=False, envvar="TRIAGE_CONFIG")
def check(path: Path | None) -> int:
    """Say everything that is wrong with a triage.toml.

    Without FILE the one that TRIAGE_CONFIG names is checked, or triage.toml in the working directory.
    Nothing is connected to, and no variable or file that holds a URL is read.

    Exits with 0 when nothing is wrong, and 2 otherwise.
    """
    path = path or Path(config.DEFAULT_FILE)
    found, errors = config.problems_of(path, DETECTORS)
    for error in errors:
        complain(error.message, error.hint)
    if errors:
        return USAGE
    parts = [
        _count(len(found.targets), "target"),
        _count(len(found.thresholds), "detector with other thresholds", "detectors with other thresholds"),
        _count(len(found.ignores), "ignore"),
        _count(len(found.outputs), "output"),
    ]
    click.echo(f"{path} is right: {', '.join(parts)}")
    return OK


@command.command(
    epilog="""\b
    Example:
      triage config schema > triage.schema.json
    """
)
def schema() -> None:
    """Print the JSON Schema of triage.toml, so that an editor completes and checks it."""
    click.echo(json.dumps(config.schema(DETECTORS), indent=2))


def _count(number: int, one: str, several: str | None = None) -> str:
    return f"{number} {one if number == 1 else several or f'{one}s'}"
