"""What applications do a second apart: in such a rhythm nothing is a loop.

Each takes as long as it has turns, so all of them run at the same time.
"""

import time
from collections.abc import Callable

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from tests.querylogs.verdicts.library import Author, Counter, Job, Note, Reader

TURNS = 11
PAUSE = 1.05
"""Longer than what lies between two links of a chain."""


def requests_of_one_lookup(engine: Engine) -> None:
    for key in range(1, TURNS + 1):
        with Session(engine) as session:
            assert session.get(Author, key)
        time.sleep(PAUSE)


def requests_behind_a_list(engine: Engine) -> None:
    """Somebody looks at one item of a list after the other."""
    with Session(engine) as session:
        keys = session.scalars(select(Reader.id).limit(TURNS)).all()
    for key in keys:
        with Session(engine) as session:
            assert session.get(Reader, key)
        time.sleep(PAUSE)


def requests_that_write(engine: Engine) -> None:
    for key in range(1201, 1201 + TURNS):
        with Session(engine) as session, session.begin():
            session.execute(update(Counter).where(Counter.id == key).values(value=key))
            session.execute(insert(Note).values(topic="seconds", text=f"changed {key}"))
        time.sleep(PAUSE)


def polling(engine: Engine) -> None:
    for _ in range(TURNS):
        with Session(engine) as session:
            session.scalars(select(Note).where(Note.topic == "news")).all()
        time.sleep(PAUSE)


def polling_in_one_transaction(engine: Engine) -> None:
    with Session(engine) as session:
        for _ in range(TURNS):
            session.scalars(select(Note).where(Note.topic == "news")).all()
            time.sleep(PAUSE)


def queue_worker(engine: Engine) -> None:
    for _ in range(TURNS):
        with Session(engine) as session, session.begin():
            job = session.scalars(
                select(Job)
                .where(Job.queue == "slow", Job.state == "new")
                .order_by(Job.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            assert job
            job.state = "done"
        time.sleep(PAUSE)


APPS: tuple[Callable[[Engine], None], ...] = (
    requests_of_one_lookup,
    requests_behind_a_list,
    requests_that_write,
    polling,
    polling_in_one_transaction,
    queue_worker,
)
