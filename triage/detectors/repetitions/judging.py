"""What a repetition is. What is healthy, or cannot be told from something healthy, has no verdict.

Batches have none (``IN (…)``, pages, keyset pagination), nor has a queue (SKIP LOCKED), polling, the server's own
tables, or a statement whose text the log has cut off: what is missing may hold more keys.
"""

from dataclasses import replace

from triage.detectors.repetitions import lazy_collections, lazy_rows, lookups, loop_writes, subclasses
from triage.detectors.repetitions.context import Context, Known
from triage.detectors.repetitions.reading import WRITES, is_plumbing
from triage.detectors.repetitions.verdict import Verdict
from triage.evidence import EpisodeScope, RepetitionStats
from triage.findings import Confidence
from triage.sql.shape import Side, Verb

FEW_KEYS = 5
"""Below this many keys, asked for again and again, the repetition is of the same query rather than of a lookup."""


def verdict_of(stats: RepetitionStats, known: Known) -> Verdict | None:
    """What the repetition is; None for what is healthy."""
    context = Context(stats=stats, known=known)
    shape = context.shape
    if shape.skip_locked or shape.truncated or is_plumbing(shape):
        return None
    if shape.verb in WRITES:
        found = loop_writes.write(context)
    elif shape.verb is Verb.SELECT and not _is_batched(context):
        found = _read(context)
    else:
        found = None
    return _capped(found, stats) if found else None


def _read(context: Context) -> Verdict | None:
    stats = context.stats
    if not stats.blind and stats.distinct * 3 <= stats.executions and stats.worst_distinct < FEW_KEYS:
        return lookups.duplicate(context)
    pages = context.shape.offset is not None and len(stats.varying) > len(context.keys)
    if not context.keys or pages or (stats.blind and context.shape.offset is not None):
        return None
    if context.is_chain:
        return lookups.chained(context)
    found = _by_key(context)
    needs_parent = stats.blind or stats.scope == EpisodeScope.BURST
    return None if found and needs_parent and found.parent is None and found.kind != "expired" else found


def _by_key(context: Context) -> Verdict | None:
    key, shape = context.keys[0], context.shape
    if shape.aggregate:
        return lookups.count(context)
    is_left = key.side is Side.LEFT
    is_collection = lazy_collections.is_through_secondary(context, key)
    if is_left and shape.projection and not is_collection and lazy_collections.is_of_subclass(context, key):
        return subclasses.subclass(context, key)
    if lookups.is_by_primary_key(context, key) and not is_left:
        return lazy_rows.row(context, key) or lookups.lookup(context)
    return lazy_collections.collection(context) or lookups.lookup(context)


def _is_batched(context: Context) -> bool:
    """Say whether one execution asks for many keys; a list that stays the same is a discriminator, and no batch."""
    shape, stats = context.shape, context.stats
    if not shape.in_list:
        return False
    positions = {each.position for each in shape.equality}
    return stats.blind or not stats.varying or not positions.issuperset(stats.varying)


def _capped(verdict: Verdict, stats: RepetitionStats) -> Verdict:
    """Nothing is sure in a log that does not show everything, and little that reaches across transactions."""
    if not stats.confirmed or stats.blind:
        return replace(verdict, ceiling=Confidence.LOW)
    if stats.scope != EpisodeScope.TRANSACTION:
        return replace(verdict, ceiling=min(verdict.ceiling, Confidence.MEDIUM))
    return verdict
