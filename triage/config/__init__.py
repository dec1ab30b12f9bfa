"""``triage.toml``: the databases a team owns, thresholds that differ from ours, and what a scheduled run does.

    [targets.bookstore]
    url_env = "BOOKSTORE_DATABASE_URL"
    engine = "config/engine.toml"
    processes = 8

    [thresholds.idle-in-transaction]
    warning_seconds = 120

Thresholds are the fields of the detectors; a duration's name ends in ``_seconds``. A name that is
not known is an error that suggests the nearest one, because a threshold that is silently ignored is
a leak that is missed.
"""

from triage.config.model import DEFAULT_FILE, Config, History, Ignore, Output, Scheduled, Target, Url
from triage.config.problems import nearest
from triage.config.reading import load, problems_of, thresholds
from triage.config.schema import schema

__all__ = [
    "DEFAULT_FILE",
    "Config",
    "History",
    "Ignore",
    "Output",
    "Scheduled",
    "Target",
    "Url",
    "load",
    "nearest",
    "problems_of",
    "schema",
    "thresholds",
]
