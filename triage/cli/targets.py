"""``--target``: what triage.toml says of a target, for the commands that read logs only."""

import click

from triage.config import Config, Target
from triage.errors import UsageError

target_option = click.option(
    "--target", metavar="NAME", help="A target from triage.toml: its logs, where none is named, and its thresholds."
)


def chosen(settings: Config, target: str | None) -> Target:
    """The target of that name; one that says nothing where none is named."""
    return settings.target(target) if target else Target()


def logs_of(named: tuple[str, ...], target: str | None, known: tuple[str, ...], key: str) -> tuple[str, ...]:
    """The logs that were named, or else those of the target.

    Raises:
        UsageError: neither names any.
    """
    if target and not named and not known:
        raise UsageError(f"the target {target} names no logs", f'write {key} = ["…"] in triage.toml, or name them here')
    return named or known
