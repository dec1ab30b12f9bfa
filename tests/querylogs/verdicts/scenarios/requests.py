"""Work in many transactions of one connection, none of which is a loop: requests, tasks, polling, queues, retries."""

import random
import time

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.querylogs.verdicts.case import silent
from tests.querylogs.verdicts.library import Author, Book, Counter, Job, Node, Note, Reader

SHUFFLED = (7, 3, 11, 1, 9, 5, 12, 2, 8, 10, 4, 6)


@silent
def requests_of_one_lookup(engine: Engine) -> None:
    """Requests that look one row up each, in any order: the main trap."""
    for key in SHUFFLED:
        with Session(engine) as session:
            session.get(Author, key)
        time.sleep(0.01)


@silent
def requests_in_quick_succession(engine: Engine) -> None:
    """The same without a pause, as a busy service's one pooled connection has them."""
    for key in SHUFFLED * 3:
        with Session(engine) as session:
            assert session.get(Author, key)


@silent
def requests_of_several_endpoints(engine: Engine) -> None:
    chance = random.Random(1)
    for _ in range(60):
        key = chance.randrange(1, 13)
        with Session(engine) as session:
            if chance.random() < 0.4:
                author = session.get(Author, key)
                assert author
                assert author.books
            elif chance.random() < 0.5:
                assert session.get(Reader, key)
            else:
                assert session.scalars(select(Node).where(Node.parent_id.is_(None)).limit(3)).all()


@silent
def requests_of_one_author_and_their_books(engine: Engine) -> None:
    for key in SHUFFLED:
        with Session(engine) as session:
            author = session.get(Author, key)
            assert author
            assert author.books


@silent
def requests_that_write_a_note(engine: Engine) -> None:
    """Each reads something of its own and writes a row."""
    for key in SHUFFLED:
        with Session(engine) as session, session.begin():
            author = session.get(Author, key)
            assert author
            session.add(Note(topic=author.name, text=f"read {key}"))


@silent
def polling(engine: Engine) -> None:
    for _ in range(12):
        with Session(engine) as session:
            session.scalars(select(Note).where(Note.topic == "news")).all()
        time.sleep(0.02)


@silent
def queue_worker(engine: Engine) -> None:
    for _ in range(12):
        with Session(engine) as session, session.begin():
            job = session.scalars(
                select(Job)
                .where(Job.queue == "quick", Job.state == "new")
                .order_by(Job.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            assert job
            job.state = "done"


@silent
def tasks(engine: Engine) -> None:
    """A worker that is handed one key after the other, in the order in which users happened to ask."""
    for key in SHUFFLED * 2:
        with Session(engine) as session, session.begin():
            counter = session.get(Counter, 100 + key)
            assert counter
            counter.value += 1


@silent
def retries_after_errors(engine: Engine) -> None:
    for _ in range(12):
        try:
            with Session(engine) as session, session.begin():
                session.execute(text("INSERT INTO tags (id, label) VALUES (1, 'there already')"))
        except DBAPIError:
            continue


@silent
def retries_of_a_transaction(engine: Engine) -> None:
    """A read and a write that fails, again and again, as after serialization failures."""
    for _ in range(12):
        try:
            with Session(engine) as session, session.begin():
                assert session.get(Counter, 200)
                session.execute(text("INSERT INTO tags (id, label) VALUES (1, 'there already')"))
        except DBAPIError:
            continue


@silent
def a_dashboard(engine: Engine) -> None:
    """Some queries of one shape, on one page, each time the same: fewer than would hurt."""
    for _ in range(3):
        with Session(engine) as session:
            for stock in range(4):
                session.scalars(select(Book).where(Book.stock == stock)).all()
