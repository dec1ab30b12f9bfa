"""Writes of one row that repeat: a flush or a commit for each, and what only looks like it.

One executemany looks alike where the driver sends its rows one by one: psycopg 3 and asyncpg in one pipeline, psycopg2
and PyMySQL, for an UPDATE, in a loop of their own. On a local server these take 20 to 60 µs from one row to the next,
and a loop in Python, which builds each statement, 120 µs and more; over a network the two look alike. So an UPDATE or
DELETE that nothing interrupts has no verdict: it is how one flush of many changes, the most usual one, is sent. A psycopg 3 name from the first row on is a hint only: a statement that the
connection has run before has one too. MySQL without RETURNING gets one INSERT for each object of a single flush.

https://docs.sqlalchemy.org/en/21/orm/persistence_techniques.html#bulk-operations
"""

from datetime import timedelta

from triage.detectors.repetitions import code
from triage.detectors.repetitions.context import Context
from triage.detectors.repetitions.lookups import listed
from triage.detectors.repetitions.reading import read
from triage.detectors.repetitions.verdict import Signal, Verdict
from triage.evidence import EpisodeScope
from triage.findings import Confidence
from triage.sql.lexer import Dialect
from triage.sql.shape import Verb, values

PIPELINED = timedelta(microseconds=100)
"""Less than this from one write to the next is a driver's executemany."""
_PIPELINED_NAMED = timedelta(microseconds=180)
"""The same, for a statement with a name from its first execution on: a loop with psycopg 3 takes 200 µs and more."""
_NAMED_UNTIMED = timedelta(milliseconds=1)
"""The same, where the log does not tell the statements' own time."""
_FEWEST_STEPS = 8
"""A clock of milliseconds cannot tell the pace of fewer."""


def write(context: Context) -> Verdict | None:
    """The verdict on a write that repeats; None for batches and what may be one."""
    stats, shape = context.stats, context.shape
    is_same = not stats.blind and stats.distinct * 3 <= stats.executions and shape.verb is not Verb.INSERT
    if _is_batch(context) or is_same:
        return None
    if stats.scope == EpisodeScope.CHAIN:
        return _chained(context)
    if _is_executemany(context):
        return None
    signals = [*context.manner(), Signal("a write of one row, again and again", 2)]
    parent = listed(context)
    if stats.scope == EpisodeScope.BURST:
        if parent is None:
            return None
        signals.append(Signal("each is a transaction of its own", 2))
    elif stats.interleaved:
        signals.append(Signal("other statements ran in between", 3))
    elif shape.verb is Verb.INSERT and (stats.dialect != Dialect.MYSQL or context.known.has_returning):
        signals.append(Signal("drivers send the rows of one flush together", 3))
    elif shape.verb is Verb.INSERT:
        signals.append(Signal("without RETURNING, one flush of many objects looks the same", -1))
    else:
        return None  # one flush of many changes
    return _verdict(context, signals, Confidence.HIGH)


def _chained(context: Context) -> Verdict | None:
    """The verdict on transactions of one write each: a commit in a loop if a list came before, or just requests."""
    stats = context.stats
    if stats.is_slow or any(read(each, stats.dialect).skip_locked for each in stats.beside):
        return None
    parent = listed(context)
    if parent is None and not (stats.walks or (context.shape.verb is Verb.INSERT and not stats.beside)):
        return None
    signals = [*context.manner(), Signal("a commit for each write", 1), *(parent.signals if parent else ())]
    if parent is None:
        signals.append(Signal("no list of the keys before them: requests in close sequence look the same", -2))
    if stats.walks:
        signals.append(Signal("the keys go steadily up or down, as in a loop over a list", 1))
    return _verdict(context, signals, Confidence.MEDIUM if parent else Confidence.LOW)


def _is_batch(context: Context) -> bool:
    """Say whether one execution writes many rows: VALUES with several, insertmanyvalues, IN, or no key at all."""
    shape = context.shape
    if shape.verb is not Verb.INSERT:
        return shape.in_list or not context.keys
    dialect = Dialect.MYSQL if context.stats.dialect == Dialect.MYSQL else Dialect.POSTGRESQL
    return shape.rows != 1 or any(
        each >= len(values(context.stats.statement, dialect)) for each in context.stats.varying
    )


def _is_executemany(context: Context) -> bool:
    """Say whether the writes follow each other as an executemany's rows do, or the clock cannot tell."""
    stats = context.stats
    if stats.interleaved or stats.scope != EpisodeScope.TRANSACTION:
        return False
    is_insert = context.shape.verb is Verb.INSERT
    if context.pace is None:
        return stats.named or not is_insert
    if stats.executions - stats.episodes < _FEWEST_STEPS - 1:
        return False
    if stats.named and stats.total is None:
        return context.pace < _NAMED_UNTIMED
    pace = context.brisk_pace
    return pace is not None and pace < (_PIPELINED_NAMED if stats.named else PIPELINED)


def _verdict(context: Context, signals: list[Signal], ceiling: Confidence) -> Verdict:
    name = context.known.class_name(context.shape.table)
    keys = context.keys
    one_change = len(keys) == 1 and tuple(context.stats.varying) == (keys[0].position,) and not context.stats.blind
    return Verdict(
        finding="write-loop",
        kind="query",
        fix=code.bulk(context.shape.verb, name, keys[0].column if keys else None, one_change=one_change),
        signals=tuple(signals),
        ceiling=ceiling,
    )
