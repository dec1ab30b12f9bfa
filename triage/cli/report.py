"""``triage report``: the scheduled run over all targets of triage.toml."""

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from triage import config, runbooks
from triage.cli import complain, logs
from triage.cli.delivery import exit_code, history_option, printed, report_options, write
from triage.cli.left_alone import stdout_apart, terminable
from triage.config import Config, Target
from triage.detectors import DETECTORS
from triage.errors import UsageError
from triage.reports import HEALTH_REPORTS
from triage.scheduled.delivering import delivered
from triage.scheduled.lock import alone
from triage.scheduled.run import Order, run

LOCK = "triage.lock"


@click.command(
    epilog="""\b
    Examples:
      triage report
      triage report --config /etc/triage/triage.toml --quiet
      triage report --target bookstore --target billing --format markdown
      triage report --tag prod --history postgresql://triage@db/triage
    """
)
@click.option("--config", "config_path", type=click.Path(path_type=Path), metavar="FILE", help="Another triage.toml.")
@click.option("--target", "names", multiple=True, metavar="NAME", help="Only this target. Repeatable.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only targets with this tag. Repeatable.")
@history_option
@click.option("--no-history", is_flag=True, help="Neither compare with earlier runs nor remember this one.")
@click.option(
    "--quiet", is_flag=True, help="Print no report, only what could not be done; outputs are written all the same."
)
@report_options
@click.pass_obj
def command(
    verbose: int,
    *,
    config_path: Path | None,
    names: tuple[str, ...],
    tags: tuple[str, ...],
    place: str | None,
    no_history: bool,
    quiet: bool,
    format_: str,
    output: Path | None,
    fail_on: str,
    overlay: Path | None,
) -> int:
    """Look at every target of triage.toml; say what is new, worse, the same and gone.

    Made for cron, systemd and Kubernetes: it keeps a history, writes the [[outputs]] of the file, posts
    its messages, and holds a lock, so that two runs do not collide.

    Exits with 0 when nothing is at or above --fail-on, 1 when something is, 2 when the command or
    triage.toml is wrong, 3 when a target, the history or a file failed, or another run is going on. A
    message that was not delivered is told, and changes no exit code.
    """
    logs.configure(verbose)
    gc.enable()  # many looks in one process, unlike a single one
    if place and no_history:
        raise UsageError("both --history and --no-history were given", "leave out one of the two")
    settings = config.load(config_path, DETECTORS)
    targets = _chosen(settings, names, tags)
    books = runbooks.load(overlay)
    folder = settings.path.parent if settings.path else Path()
    order = Order(
        config=settings,
        targets=targets,
        history=None if no_history else settings.history.moved(place) if place else settings.history,
        folder=folder,
    )
    with terminable(), stdout_apart() as put, alone(Path(settings.scheduled.lock or folder / LOCK)):
        tell = partial(printed, put=put)
        with _telling(len(targets)) as done:
            looked = run(order, done)
        health = delivered(looked, settings.outputs, books, tell)
        if output is not None:
            write(HEALTH_REPORTS[format_](health, books), output)
        elif not quiet:
            tell(HEALTH_REPORTS[format_](health, books))
    for gap in health.gaps[len(looked.gaps) :]:
        if not gap.unread:  # a message: it fails nobody, but whoever started us should know
            complain(gap.reason, gap.hint)
    return exit_code(health, format_=format_, fail_on=fail_on)


def _chosen(settings: Config, names: tuple[str, ...], tags: tuple[str, ...]) -> Mapping[str, Target]:
    targets = {name: settings.target(name) for name in names} if names else settings.targets
    for tag in tags:
        if not any(tag in target.tags for target in settings.targets.values()):
            known = {each for target in settings.targets.values() for each in target.tags}
            raise UsageError(f"no target has the tag {tag}", config.nearest(tag, known, "tag"))
    chosen = {name: target for name, target in targets.items() if not tags or set(tags) & set(target.tags)}
    if not chosen and targets:
        raise UsageError(
            f"no target named with --target has the tag {' or '.join(tags)}", "leave out --target or --tag"
        )
    if not chosen:
        raise UsageError(
            f"{settings.path or config.DEFAULT_FILE} names no target to look at",
            "write [targets.<name>] with its url_env there, or pass --config",
        )
    return chosen


@contextmanager
def _telling(number: int) -> Iterator[Callable[[str], None]]:
    """Show on stderr how far it has come, where a person is watching."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=number, label="Looking", file=sys.stderr, item_show_func=_printable) as bar:
        yield lambda name: bar.update(1, name)


def _printable(name: str | None) -> str | None:
    """A target's name without what would move the cursor."""
    return name and "".join(each if each.isprintable() else "?" for each in name)
