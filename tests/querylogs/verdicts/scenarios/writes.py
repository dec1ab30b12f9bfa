"""Rows that are written one at a time, and what only looks like it."""

import itertools
import time

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.orm import Session

from tests.querylogs.verdicts.case import Expected, but, finds, not_on, silent
from tests.querylogs.verdicts.library import Counter, Note

WRITES = Expected("write-loop", "query", None, None, 12)
MANY = 400
"""Rows enough for the pace to be the driver's, even where a busy machine stands still for some milliseconds."""
LOW = WRITES._replace(is_low=True)
ONE_EACH = "without RETURNING, MySQL gets one INSERT for each object of a flush"


@but("mysql", WRITES._replace(executions=20, is_low=True, is_optional=True), because=ONE_EACH)
@silent
def add_all(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add_all([Note(topic="add_all", text=f"new {n}") for n in range(20)])


@silent
def executemany(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.execute(insert(Note), [{"topic": "executemany", "text": f"new {n}"} for n in range(MANY)])


@not_on("mysql", because="MySQL has no RETURNING")
@silent
def executemany_of_many_pages(engine: Engine) -> None:
    """SQLAlchemy sends the rows in statements of a thousand each."""
    with Session(engine) as session, session.begin():
        rows = [{"topic": "pages", "text": f"new {n}"} for n in range(6500)]
        assert len(session.scalars(insert(Note).returning(Note.id, sort_by_parameter_order=True), rows).all()) == 6500


@silent
def executemany_by_keys(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.execute(update(Counter), [{"id": 300 + n, "value": 300 + n} for n in range(40)])


@silent
def one_flush_of_changes(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        for counter in session.scalars(select(Counter).where(Counter.id.between(400, 440))).all():
            counter.value += 1


@silent
def update_of_all(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.execute(update(Counter).where(Counter.id.between(500, 520)).values(value=3))
        session.execute(delete(Counter).where(Counter.id == 0))


@but("mysql", LOW, because=ONE_EACH)
@finds(WRITES)
def flush_for_each(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        for n in range(12):
            session.add(Note(topic="flush", text=f"new {n}"))
            session.flush()


@but("mysql", LOW._replace(executions=36, episodes=3), because=ONE_EACH)
@finds(WRITES._replace(executions=36, episodes=3))
def flush_for_each_in_three_transactions(engine: Engine) -> None:
    """On psycopg 3 the statement has a name by then, as an executemany's has."""
    for _ in range(3):
        flush_for_each(engine)


@finds(WRITES)
def savepoint_for_each(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        for n in range(12):
            with session.begin_nested():
                session.add(Note(topic="savepoint", text=f"new {n}"))


@finds(WRITES._replace(episodes=12))
def commit_for_each(engine: Engine) -> None:
    with Session(engine) as session:
        keys = session.scalars(select(Counter.id).where(Counter.id.between(601, 612))).all()
        session.commit()
        for key in keys:
            session.execute(update(Counter).where(Counter.id == key).values(value=key))
            session.commit()


@finds(WRITES._replace(episodes=12))
def commit_for_each_object(engine: Engine) -> None:
    """Each commit expires the next object, so each change begins with a reload: one problem, not two."""
    with Session(engine) as session:
        for counter in session.scalars(select(Counter).where(Counter.id.between(701, 712))).all():
            counter.value += 1
            session.commit()


@finds(WRITES)
def merge_in_a_loop(engine: Engine) -> None:
    """SELECT and UPDATE by turns, because each merge flushes the one before: one problem, not two."""
    with Session(engine) as session, session.begin():
        for n in range(12):
            session.merge(Counter(id=801 + n, value=_another()))


@finds(Expected("loop-lookup", "get", None, None, 40))
def merge_with_one_flush(engine: Engine) -> None:
    with Session(engine) as session, session.begin(), session.no_autoflush:
        for n in range(40):
            session.merge(Counter(id=901 + n, value=_another()))


@silent
def deletes_for_each(engine: Engine) -> None:
    """One flush of many deletes looks the same, because drivers send its rows one by one."""
    with Session(engine) as session:
        for counter in session.scalars(select(Counter).where(Counter.id.between(1001, 1012))).all():
            session.delete(counter)
            session.flush()
        session.rollback()


@finds(WRITES)
def get_or_create(engine: Engine) -> None:
    """SELECT and INSERT by turns."""
    with Session(engine) as session, session.begin():
        for _ in range(12):
            topic = f"topic {_another()}"
            if session.scalars(select(Note).where(Note.topic == topic)).first() is None:
                session.add(Note(topic=topic))
                session.flush()


def _another() -> int:
    """A value that a row does not have yet, so that there is something to write."""
    return next(_numbers)


_numbers = itertools.count(int(time.time()))
