"""A scheduled run: every target looked at, compared with the runs before, and told to whoever reads it."""
