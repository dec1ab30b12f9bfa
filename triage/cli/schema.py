"""``triage schema``: the JSON Schema of the JSON report."""

import click

from triage.reports.json import schema


@click.command(
    epilog="""\b
    Example:
      triage schema > report.schema.json
    """
)
def command() -> None:
    """Print the JSON Schema of the JSON report."""
    click.echo(schema(), nl=False)
