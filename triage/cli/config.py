"""``triage config``: whether triage.toml is right, and its schema for editors."""

import json
from pathlib import Path

import click

from triage import config
from triage.cli import OK, USAGE, complain
from triage.detectors import DETECTORS


@click.group(
    no_args_is_help=False,
    epilog="""\b
    Examples:
      triage config check
      triage config schema > triage.schema.json
    """,
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
    idle = [] if errors else [name for name, target in found.targets.items() if not _says_where(target)]
    for name in idle:  # no mistake for triage check, which may be told the rest
        complain(
            f"{path}: targets.{name} says nothing to look at",
            "give it a url, url_env, url_file, engine, logs or app_logs",
        )
    if errors or idle:
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


def _says_where(target: config.Target) -> bool:
    urls = (target.url, target.url_env, target.url_file)
    return any(urls) or bool(target.engine or target.logs or target.app_logs)


def _count(number: int, one: str, several: str | None = None) -> str:
    return f"{number} {one if number == 1 else several or f'{one}s'}"
