"""Migrations of the history, run by Alembic."""
