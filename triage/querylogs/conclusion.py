"""From what was counted to evidence."""

from datetime import timedelta

from triage.evidence import (
    ConnectStats,
    DeadlockEvent,
    EarlierStatement,
    PauseStats,
    QueryLogs,
    RepetitionStats,
    UnfinishedTransactionEvent,
    WriteStats,
)
from triage.querylogs.instant import moment, seconds
from triage.querylogs.part import Part
from triage.querylogs.totals import DIFFERENT, Tagged, Totals, Unfinished
from triage.sql.lexer import Dialect


def concluded(part: Part, *, confirmed: bool) -> QueryLogs:
    """What a stream of logs showed, read to its end."""
    totals = part.totals
    end = seconds(part.tally.last) if part.tally.last else None
    return QueryLogs(
        repetitions=_repetitions(totals, confirmed=confirmed),
        writes=tuple(
            WriteStats(
                statement=statement,
                committed=writes.committed,
                rolled_back=writes.rolled_back,
                lost=writes.lost,
                tags=_tags(writes.tagged),
                confirmed=confirmed and not (writes.guessed and _guesses(part)),
            )
            for statement, writes in sorted(totals.writes.items())
        ),
        pauses=tuple(
            PauseStats(
                before=key.before,
                after=key.after,
                count=pauses.count,
                longest=timedelta(microseconds=pauses.longest),
                total=timedelta(microseconds=pauses.total),
                estimated=pauses.estimated,
                tags=_tags(pauses.tagged),
                confirmed=confirmed,
            )
            for key, pauses in sorted(totals.pauses.items())
        ),
        unfinished=_unfinished(part, end, confirmed=confirmed),
        unfinished_more=totals.unfinished_more,
        deadlocks=tuple(DeadlockEvent(at=moment(each.time), statements=each.statements) for each in totals.deadlocks),
        connects=_connects(part, end, confirmed=confirmed),
    )


def joined(one: QueryLogs, other: QueryLogs) -> QueryLogs:
    """What two streams showed."""
    return QueryLogs(
        repetitions=one.repetitions + other.repetitions,
        writes=one.writes + other.writes,
        pauses=one.pauses + other.pauses,
        unfinished=one.unfinished + other.unfinished,
        unfinished_more=one.unfinished_more + other.unfinished_more,
        deadlocks=one.deadlocks + other.deadlocks,
        connects=one.connects + other.connects,
    )


def _repetitions(totals: Totals, *, confirmed: bool) -> tuple[RepetitionStats, ...]:
    return tuple(
        RepetitionStats(
            statement=key.statement,
            dialect=key.dialect.value,
            scope=key.scope,
            before=tuple(
                EarlierStatement(statement=each.statement, limit=each.limit if each.limit >= 0 else None)
                for each in key.before
            ),
            previous=key.previous,
            beside=key.beside,
            varying=key.varying,
            named=key.named,
            blind=key.blind,
            interleaved=key.interleaved,
            episodes=found.episodes,
            executions=found.executions,
            distinct=found.distinct,
            fewest=found.fewest,
            worst=found.worst,
            worst_distinct=found.worst_distinct,
            total=timedelta(microseconds=found.microseconds) if found.timed else None,
            lasted=timedelta(microseconds=found.lasted),
            steps=timedelta(microseconds=found.steps),
            walks=found.walks * 2 > found.episodes,
            same_keys=found.episodes > 1 and found.key_set != DIFFERENT and not key.blind,
            tags=_tags(found.tagged),
            confirmed=confirmed,
        )
        for key, found in sorted(totals.repetitions.items(), key=lambda pair: pair[0])
    )


def _guesses(part: Part) -> bool:
    """Say whether a transaction without BEGIN is a guess: MySQL, and no driver in the log switches autocommit off."""
    return part.dialect is Dialect.MYSQL and not part.totals.switches_off


def _unfinished(part: Part, end: float | None, *, confirmed: bool) -> tuple[UnfinishedTransactionEvent, ...]:
    found, totals = [], part.totals
    for each in sorted(totals.unfinished, key=lambda each: (each.opened_at, each.session)):
        opened_at, last_at = seconds(each.opened_at), seconds(each.last_at)
        until = end if each.ended == "open-at-end" else last_at
        found.append(
            UnfinishedTransactionEvent(
                session=each.session,
                opened_at=moment(each.opened_at),
                age=_between(opened_at, until),
                idle=_between(last_at, until),
                last_statement=each.statement,
                statements=each.statements,
                writes=each.writes,
                ended=each.ended,
                at_work=_at_work(each, totals),
                tags=each.tags,
                confirmed=confirmed and not (each.is_guessed and _guesses(part)),
            )
        )
    return tuple(found)


def _at_work(unfinished: Unfinished, totals: Totals) -> bool | None:
    """Say whether its last statement has not ended; None where the log never tells."""
    if not unfinished.is_untimed:
        return False
    return True if totals.timed * 2 > totals.executions else None


def _connects(part: Part, end: float | None, *, confirmed: bool) -> tuple[ConnectStats, ...]:
    start = seconds(part.tally.first) if part.tally.first else None
    period = _between(start, end)
    if not part.totals.connected or period is None:
        return ()
    totals = part.totals
    return (ConnectStats(connections=totals.connected, brief=totals.brief, period=period, confirmed=confirmed),)


def _between(start: float | None, end: float | None) -> timedelta | None:
    return None if start is None or end is None else timedelta(seconds=max(end - start, 0.0))


def _tags(tagged: Tagged | None) -> dict[str, str]:
    return tagged[1] if tagged else {}
