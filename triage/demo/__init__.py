"""A broken app on an embedded PostgreSQL, for people who want to see triage at work."""
