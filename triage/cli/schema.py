"""``triage schema``: the JSON Schema of the JSON reports."""

import click

from triage.reports.json import health_schema, schema


@click.command(
    epilog="""\b
    Examples:
      triage schema > report.schema.json
      triage schema --scheduled > health.schema.json
    """
)
@click.option("--scheduled", is_flag=True, help="Of what triage report prints.")
def command(*, scheduled: bool) -> None:
    """Print the JSON Schema of the JSON report."""
    click.echo(health_schema() if scheduled else schema(), nl=False)
