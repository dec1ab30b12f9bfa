"""The keys of ``triage.toml``: one description of them, by which the file is read and its schema is made."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from triage.config.kinds import ABOVE_ZERO, COUNT, DATE, DURATION, FLAG, TEXT, TEXTS, Kind, one_of

FORMATS = ("text", "json", "markdown", "html", "prometheus", "nagios", "webhook")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table."""

    kind: Kind
    about: str
    """For whoever writes the file in an editor that knows the schema."""
    field: str | None = None
    """The field it fills, where that has another name."""
    is_path: bool = False
    """Whether it names files that are there, meant from the file's folder on."""
    is_written: bool = False
    """Whether it names a file that is yet to be written there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What several keys of a table have to do with each other."""

    is_kept: Callable[[Mapping[str, Any]], bool]
    message: str
    hint: str
    schema: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One kind of table."""

    keys: Mapping[str, Key]
    required: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()


def _required(*names: str) -> dict[str, object]:
    return {"required": list(names)}


def _at_most_one(names: tuple[str, ...], what: str) -> Rule:
    pairs = [_required(one, other) for at, one in enumerate(names) for other in names[at + 1 :]]
    return Rule(
        is_kept=lambda table: sum(name in table for name in names) <= 1,
        message=f"says its {what} more than once",
        hint=f"keep one of {', '.join(names[:-1])} and {names[-1]}",
        schema={"not": {"anyOf": pairs}},
    )


def _at_least_one(names: tuple[str, ...], message: str) -> Rule:
    return Rule(
        is_kept=lambda table: any(name in table for name in names),
        message=message,
        hint=f"add one of {', '.join(names[:-1])} and {names[-1]}",
        schema={"anyOf": [_required(name) for name in names]},
    )


_URLS = ("url", "url_env", "url_file")
_ONE_URL = _at_most_one(_URLS, "URL")
_LIMIT = Key(kind=ABOVE_ZERO, about="The bound on all that is done for one target, logs included; 300 if not given.")
_FOR = Key(
    kind=COUNT,
    field="looks",
    about="How many looks in a row have to see a finding before it is raised; 1 if not given.",
)


def _urls(what: str) -> dict[str, Key]:
    return {
        "url": Key(kind=TEXT, about=f"{what}; it stands in this file with its password."),
        "url_env": Key(kind=TEXT, about=f"The environment variable that holds it: {what}."),
        "url_file": Key(kind=TEXT, about=f"The file that holds it: {what}.", is_path=True),
    }


TARGET = Table(
    keys={
        **_urls("the database's SQLAlchemy URL, whatever its driver"),
        "engine": Key(
            kind=TEXTS,
            is_path=True,
            about="The app's engine config: .toml, .yaml, .json, .ini or .py files, or module:attribute.",
        ),
        "processes": Key(kind=COUNT, about="How many processes build that engine: workers times hosts."),
        "app": Key(kind=TEXTS, about="Count only sessions whose application name, user or database match."),
        "logs": Key(kind=TEXTS, is_path=True, about="Query logs: files, globs or URLs."),
        "app_logs": Key(kind=TEXTS, is_path=True, about="The application's own logs: files, globs or URLs."),
        "models": Key(kind=TEXT, about="The app's declarative base, module:Base (imported)."),
        "all_databases": Key(kind=FLAG, about="Count the sessions of every database of the server as the app's."),
        "timeout_seconds": Key(kind=ABOVE_ZERO, about="The bound on the look; 10 if not given."),
        "tags": Key(kind=TEXTS, about="Words to choose targets by: triage report --tag."),
        "for": _FOR,
        "limit_seconds": _LIMIT,
    },
    rules=(_ONE_URL,),
)
HISTORY = Table(
    keys={
        **_urls("the SQLAlchemy URL of the database that keeps earlier runs"),
        "path": Key(
            kind=TEXT,
            is_written=True,
            about="A SQLite file that keeps earlier runs; triage-history.sqlite if not given.",
        ),
        "keep": Key(kind=DURATION, about="How long a run is kept; 90d if not given."),
    },
    rules=(_at_most_one((*_URLS, "path"), "place"),),
)
REPORT = Table(
    keys={
        "for": _FOR,
        "limit_seconds": _LIMIT,
        "workers": Key(kind=COUNT, about="How many targets are looked at at once; 8 if not given."),
        "lock": Key(
            kind=TEXT,
            is_written=True,
            about="The file that keeps two runs from going on at once; triage.lock if not given.",
        ),
    }
)
_FITTING = ("finding", "key", "application", "user")
IGNORE = Table(
    keys={
        "reason": Key(kind=TEXT, about="Why nobody wants to hear of it; every report repeats it."),
        "finding": Key(kind=TEXT, about="The finding's id."),
        "key": Key(kind=TEXT, about="The finding's key, as the JSON report has it."),
        "application": Key(kind=TEXT, about="The application name of its sessions; * and ? match."),
        "user": Key(kind=TEXT, about="The user of its sessions; * and ? match."),
        "target": Key(kind=TEXT, about="Only in these targets; * and ? match."),
        "until": Key(kind=DATE, about="The last day on which it holds."),
    },
    required=("reason",),
    rules=(_at_least_one(_FITTING, "says nothing that a finding could fit"),),
)
_OF_MESSAGES = (*_URLS, "style", "only", "timeout_seconds", "retries")


def _is_message(table: Mapping[str, Any]) -> bool:
    return table.get("format") == "webhook"


def _forbidding(names: tuple[str, ...]) -> dict[str, object]:
    return {"not": {"anyOf": [_required(name) for name in names]}}


_NO_PLACE = r"\{(?!(date|time|target)\})[A-Za-z_]*\}"
"""What is written like a place in a path and is none: every run would write the same file."""
_MESSAGE = {"properties": {"format": {"const": "webhook"}}}
OUTPUT = Table(
    keys={
        "format": Key(kind=one_of(*FORMATS), about="What is written."),
        "path": Key(
            kind=TEXT,
            is_written=True,
            about="The file; {date}, {time} and {target} stand for those of the run. - is stdout.",
        ),
        "index": Key(kind=TEXT, is_written=True, about="A page that lists the past HTML reports."),
        **_urls("where the message is posted to"),
        "style": Key(kind=one_of("slack", "generic"), about="The body of the message; generic if not given."),
        "only": Key(kind=one_of("new", "all"), about="What the message tells; new if not given."),
        "timeout_seconds": Key(kind=ABOVE_ZERO, about="The bound on one attempt to post it; 10 if not given."),
        "retries": Key(kind=COUNT, about="How often it is tried in all; 3 if not given."),
    },
    required=("format",),
    rules=(
        _ONE_URL,
        Rule(
            is_kept=lambda table: not _is_message(table) or any(name in table for name in _URLS),
            message="is a message and says no URL",
            hint="add url, url_env or url_file",
            schema={"anyOf": [{"not": _MESSAGE}, *(_required(name) for name in _URLS)]},
        ),
        Rule(
            is_kept=lambda table: not _is_message(table) or not {"path", "index"} & table.keys(),
            message="is a message and has no path",
            hint="leave out path and index, or choose another format",
            schema={"anyOf": [{"not": _MESSAGE}, _forbidding(("path", "index"))]},
        ),
        Rule(
            is_kept=lambda table: _is_message(table) or not table.keys() & set(_OF_MESSAGES),
            message="is a file: only a message has a URL, style, only, timeout_seconds or retries",
            hint='leave them out, or write format = "webhook"',
            schema={"anyOf": [_MESSAGE, _forbidding(_OF_MESSAGES)]},
        ),
        Rule(
            is_kept=lambda table: _is_message(table) or "path" in table,
            message="does not say its path",
            hint='add path = "…"; "-" is standard output',
            schema={"anyOf": [_MESSAGE, _required("path")]},
        ),
        Rule(
            is_kept=lambda table: not re.search(_NO_PLACE, str(table.get("path", ""))),
            message="has a path with braces in it that stand for nothing",
            hint="write {date}, {time} or {target}",
            schema={"properties": {"path": {"not": {"type": "string", "pattern": _NO_PLACE}}}},
        ),
        Rule(
            is_kept=lambda table: "index" not in table or table.get("format") == "html",
            message="has an index, but is no HTML",
            hint='leave out index, or write format = "html"',
            schema={"anyOf": [{"properties": {"format": {"const": "html"}}}, _forbidding(("index",))]},
        ),
    ),
)
