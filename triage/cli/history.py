"""``triage history``: what came, stayed and went, in the terminal."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import click

from triage import config, history
from triage.cli import OK, logs
from triage.cli.delivery import history_option
from triage.config.kinds import DURATION
from triage.detectors import DETECTORS
from triage.errors import UsageError
from triage.history import Told
from triage.reports.health_text import when
from triage.reports.json import instant
from triage.reports.text import wrapped


@click.command(
    epilog="""\b
    Examples:
      triage history
      triage history bookstore --since 30d
      triage history --history postgresql://triage@db/triage --format json
    """
)
@click.argument("target", required=False)
@click.option("--since", default="7d", show_default=True, metavar="TIME", help="How far back: 90m, 12h, 7d, 4w.")
@history_option
@click.option("--config", "config_path", type=click.Path(path_type=Path), metavar="FILE", help="Another triage.toml.")
@click.option("--format", "format_", type=click.Choice(["json", "text"]), default="text", show_default=True)
@click.pass_obj
def command(
    verbose: int, *, target: str | None, since: str, place: str | None, config_path: Path | None, format_: str
) -> int:
    """Say which findings came, stayed and went, as `triage report` has seen them.

    Exits with 0, with 2 when the command is wrong, and with 3 when the history cannot be read.
    """
    logs.configure(verbose)
    if not DURATION.fits(since):
        raise UsageError(f"--since {since} is no time", f"write {DURATION.expected}")
    settings = config.load(config_path, DETECTORS)
    now = datetime.now(UTC)
    folder = settings.path.parent if settings.path else Path()
    with history.existing(settings.history.moved(place) if place else settings.history, folder) as store:
        known = store.targets()
        if target is not None and target not in known:
            raise UsageError(
                f"the history {store.name} has no target {target}", config.nearest(target, known, "target")
            )
        start = now - DURATION.read(since)
        told, seen = store.told(start, target), store.seen(start)

    def nothing(name: str) -> str:
        return f"nothing was found in {since}" if name in seen else f"no run has seen it in {since}"

    shown = [target] if target else known
    if format_ == "json":
        click.echo(json.dumps({"targets": [_document(name, told) for name in shown]}, indent=2, ensure_ascii=False))
    else:
        click.echo(
            "\n\n".join("\n".join(_lines(name, told, nothing(name), now)) for name in shown)
            or "no run is remembered yet"
        )
    return OK


def _of(name: str, told: Sequence[Told]) -> list[Told]:
    return [each for each in told if each.target == name]


def _lines(name: str, told: Sequence[Told], nothing: str, now: datetime) -> Iterator[str]:
    mine = _of(name, told)
    there, gone = sum(each.is_there for each in mine), sum(not each.is_there for each in mine)
    counts = [f"{there} there" if there else "", f"{gone} gone" if gone else ""]
    yield from wrapped(f"{name}: {', '.join(filter(None, counts)) or nothing}")
    for is_there, group in groupby(sorted(mine, key=lambda each: not each.is_there), key=lambda each: each.is_there):
        for each in group:
            label = str(each.severity).upper() if is_there else "gone"
            period = f"since {when(each.since, now)}" + ("" if is_there else f" until {when(each.last_seen, now)}")
            looks = f"{each.looks} {'look' if each.looks == 1 else 'looks'}"
            last = "" if is_there else "It last said: "  # a summary tells what was, as if it were
            line = f"{label:<10}{each.id}, {each.subject}: {period}, {looks} in a row. {last}{each.summary}"
            yield from wrapped(line, first="  ", indent="    ")


def _document(name: str, told: Sequence[Told]) -> dict[str, object]:
    return {
        "name": name,
        "findings": [
            {
                "id": each.id,
                "key": each.key,
                "severity": str(each.severity),
                "subject": each.subject,
                "summary": each.summary,
                "since": instant(each.since),
                "last_seen": instant(each.last_seen),
                "looks": each.looks,
                "is_there": each.is_there,
            }
            for each in _of(name, told)
        ],
    }
