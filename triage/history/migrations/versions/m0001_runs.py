"""Runs, findings and measurements."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mariadb_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_collate": "utf8mb4_bin",
    "mysql_engine": "InnoDB",
    "mariadb_engine": "InnoDB",
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "triage_runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("target", sa.String(255), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("looked", sa.Boolean, nullable=False),
        sa.Column("unread", sa.Boolean, nullable=False),
        sa.Column("critical", sa.Integer, nullable=False),
        sa.Column("warning", sa.Integer, nullable=False),
        sa.Column("info", sa.Integer, nullable=False),
        sa.Column("triage_version", sa.String(40), nullable=False),
        **_OPTIONS,
    )
    op.create_index("ix_triage_runs_target", "triage_runs", ["target", "looked", "id"])
    op.create_index("ix_triage_runs_at", "triage_runs", ["at"])
    op.create_table(
        "triage_findings",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("triage_runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("finding", sa.String(100), nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("confidence", sa.Integer, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        **_OPTIONS,
    )
    op.create_table(
        "triage_measurements",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("triage_runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("labels", sa.String(255), primary_key=True),
        sa.Column("value", sa.Float(53), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        **_OPTIONS,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("triage_measurements")
    op.drop_table("triage_findings")
    op.drop_table("triage_runs")
