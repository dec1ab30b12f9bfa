"""From a region of a log to the failures in it, each with its time and worker."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.applogs import names, structured, tracebacks
from triage.applogs.anchors import SENTENCES, is_anchored
from triage.applogs.clues import bounded
from triage.applogs.failures import Failure, of_chains, of_text
from triage.applogs.heads import time_of, worker_of
from triage.applogs.regions import Region
from triage.evidence import ErrorClue

_VAGUE = frozenset("dbapi gkpj e3q8 f405 2j85 rvf5 4xp6 9h9h tw8g".split())
"""The codes of the DBAPI's own classes: alone they are the end of a message whose beginning is another record."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A failure, when it was and whose."""

    failure: Failure
    time: datetime | None
    worker: str | None


def seen(region: Region, now: datetime, *, is_text: bool = False) -> Iterator[Seen]:
    """The failures in a region; ``is_text``: somebody gave it as an error, so it is one."""
    if (record := structured.read(region.lines[0], now)) is not None and len(region.lines) == 1:
        for failure in _of_record(record):
            yield Seen(failure, record.time, record.worker)
        return
    time = time_of(region.head, now)
    worker = worker_of(region.head)
    lines = region.lines
    if tracebacks.ESCAPED.search(lines[0]):
        lines = list(_unescaped(lines[0]))
    chains = tracebacks.chains([*region.before, *lines])
    for failure in of_chains(chains):
        yield Seen(failure, time, worker)
    if not chains:  # nor one that cannot be read
        said, frames = tracebacks.message_and_frames(list(lines))
        text = _whole(region, bounded("\n".join(said)))
        told = of_text(text, frames)
        if is_text or _is_error(told.clue, text):
            yield Seen(told, time, worker)


def count_of(region: Region) -> int:
    """How many tracebacks there are, for the report."""
    return sum(line.count(tracebacks.HEAD) for line in region.lines)


def _of_record(record: structured.Structured) -> Iterator[Failure]:
    found = list(of_chains(record.chains))
    for text in record.tracebacks if not found else ():
        found += of_chains(tracebacks.chains(_unescaped(text)))
    yield from found
    if found or record.tracebacks or record.chains:
        return
    for text in record.texts:
        if is_anchored(text.encode()) and _is_error((failure := of_text(bounded(text))).clue, text):
            yield failure
            return


def _unescaped(text: str) -> Sequence[str]:
    if tracebacks.ESCAPED.search(text):
        text = re.sub(r"\\{1,2}n", "\n", text).replace('\\\\"', '"').replace('\\"', '"')
    return text.split("\n")


def _is_error(clue: ErrorClue, text: str) -> bool:
    """Whether a text without a traceback tells of an error rather than of a module, an option or a handler."""
    if names.raised(text) or names.IN_PARENTHESES.search(text):
        return True
    if names.is_anothers(text) or (_WARNING.search(text) and "SAWarning" not in text):
        return False
    has_code = clue.code is not None and clue.code not in _VAGUE
    has_state = clue.sqlstate is not None and not clue.classes  # otherwise it may be the class that stands for it
    return (
        has_code
        or has_state
        or clue.errno is not None
        or any(words in said for said in (clue.message, text) for words in _SENTENCES)
    )


_WARNING = re.compile(r"\b[A-Z]\w+Warning: ")
_SENTENCES = (*SENTENCES, "conflicts with persistent instance")


def _whole(region: Region, text: str) -> str:
    """The message from its beginning, which may stand in lines before the anchor."""
    if names.CLASS.search(text) or names.IN_PARENTHESES.search(text) or not region.before:
        return text
    return "\n".join([*region.before, text])
