"""`triage replay` beside pgBadger and pt-query-digest, on logs that a real SQLAlchemy app made on real servers."""
