"""What SQLAlchemy really sends, judged: with the models and without, held against what SQLAlchemy says it did.

A small application runs on SQLite; its statements become the repetitions that a replay would count. The session's
event ``do_orm_execute`` tells for each load which relationship it was of.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, StaticPool, create_engine, event, select
from sqlalchemy.orm import ORMExecuteState, Session, selectinload

from tests.collectors.mapped_app import Animal, Badge, Base, Cat, Dog, Line, Message, Order, Passport, Person, Team
from tests.detectors.repetitions.logs import found, logs
from triage.collectors.models import read_models
from triage.evidence import EarlierStatement, EpisodeScope, Evidence, RepetitionStats
from triage.sql.fingerprint import fingerprint
from triage.sql.lexer import Dialect
from triage.sql.shape import values

MODELS = read_models("tests.collectors.mapped_app:Base", collected_at=datetime.now(UTC)).models
N = 12
Work = Callable[[Session], object]


@dataclass
class Recorder:
    """The statements of one transaction, and what SQLAlchemy loaded in it lazily."""

    statements: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)

    def statement(self, _connection: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        self.statements.append((sql, tuple(parameters)))

    def load(self, state: ORMExecuteState) -> None:
        if state.lazy_loaded_from is not None and state.loader_strategy_path is not None:
            prop: Any = state.loader_strategy_path.path[-1]
            self.loaded.add(f"{prop.parent.class_.__name__}.{prop.key}")

    def repetitions(self) -> Iterator[RepetitionStats]:
        """What a replay would have counted."""
        groups: dict[str, list[tuple[Any, ...]]] = {}
        for sql, parameters in self.statements:
            groups.setdefault(fingerprint(sql, Dialect.POSTGRESQL), []).append(parameters)
        for at, (name, given) in enumerate(groups.items()):
            if len(given) >= 5:
                yield RepetitionStats(
                    statement=name,
                    dialect=Dialect.POSTGRESQL,
                    scope=EpisodeScope.TRANSACTION,
                    before=tuple(EarlierStatement(statement=each) for each in list(groups)[:at]),
                    varying=tuple(i for i, column in enumerate(zip(*given, strict=True)) if len(set(column)) > 1),
                    executions=len(given),
                    distinct=len(set(given)),
                    worst=len(given),
                    worst_distinct=len(set(given)),
                )
        assert all(values(name, Dialect.POSTGRESQL) is not None for name in groups)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("ATTACH DATABASE ':memory:' AS app")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for n in range(N):
            person = Person(full_name=f"p{n}", notes="", badge=Badge(), passport=Passport())
            session.add_all([person, Team(members=[person], subteams=[Team()])])
            session.flush()
            other = Person(full_name=f"o{n}", notes="")
            session.add(Message(is_read=False, sender=person, recipient=other))
            session.add(Order(shop=1 + n % 2, number=n, lines=[Line(), Line()]))
            session.add_all([Dog(tricks="sit"), Cat(lives=9)])
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def replayed(engine: Engine) -> Callable[[Work], tuple[Evidence, Recorder]]:
    def run(work: Work) -> tuple[Evidence, Recorder]:
        recorder = Recorder()
        event.listen(engine, "before_cursor_execute", recorder.statement)
        try:
            with Session(engine) as session:
                event.listen(session, "do_orm_execute", recorder.load)
                work(session)
        finally:
            event.remove(engine, "before_cursor_execute", recorder.statement)
        return logs(*recorder.repetitions()), recorder

    return run


def each(kind: type[Any], attribute: str) -> Work:
    return lambda session: [getattr(one, attribute) for one in session.scalars(select(kind)).all()]


CASES: dict[str, tuple[Work, tuple[object, ...]]] = {
    "collection": (each(Person, "sent"), ("one-to-many", "Person.sent", "selectinload")),
    "collection-by-query": (
        lambda session: [one.sent for one in session.query(Person)],
        ("one-to-many", "Person.sent", "selectinload"),
    ),
    "the-other-collection-of-the-same-table": (
        each(Person, "received"),
        ("one-to-many", "Person.later or Person.received", "selectinload"),
    ),
    "scalar": (each(Message, "sender"), ("many-to-one", "Message.recipient or Message.sender", "joinedload")),
    "secondary": (each(Person, "teams"), ("many-to-many", "Person.teams", "selectinload")),
    "one-to-one": (each(Person, "badge"), ("one-to-one", "Person.badge", "joinedload")),
    "one-to-one-with-the-same-key": (each(Person, "passport"), ("one-to-one", "Person.passport", "joinedload")),
    "self-referential": (each(Team, "subteams"), ("one-to-many", "Team.subteams", "selectinload")),
    "composite": (each(Order, "lines"), ("one-to-many", "Order.lines", "selectinload")),
    "filtered": (each(Person, "unread"), ("one-to-many", "Person.unread", "selectinload")),
    "reversed": (each(Person, "reversed"), ("one-to-many", "Person.reversed", "selectinload")),
    "deferred": (each(Person, "notes"), ("deferred-column", "Person.notes", "undefer")),
    "write-only": (
        lambda session: [session.scalars(one.later.select()).all() for one in session.scalars(select(Person)).all()],
        ("one-to-many", "Person.later or Person.received", "selectinload"),
    ),
    "joined-inheritance": (
        lambda session: [getattr(one, "tricks", None) for one in session.scalars(select(Animal)).all()],
        ("inheritance", None, "selectin_polymorphic"),
    ),
    "single-table-inheritance": (
        lambda session: [getattr(one, "lives", None) for one in session.scalars(select(Animal)).all()],
        ("inheritance", None, "selectin_polymorphic"),
    ),
}
GUESSED = {"Team.children"}
"""What a table that refers to itself by ``parent_id`` has as a rule, and the application calls otherwise."""


@pytest.mark.parametrize(("work", "expected"), CASES.values(), ids=CASES)
def test_with_the_models(
    replayed: Callable[[Work], tuple[Evidence, Recorder]], work: Work, expected: tuple[object, ...]
) -> None:
    evidence, recorder = replayed(work)
    (finding,) = found(logs(*(evidence.query_logs.repetitions if evidence.query_logs else ()), models=MODELS))
    kind, relationship, loader = expected
    assert finding.id == "n-plus-one"
    assert (finding.details["kind"], finding.details["loader"]) == (kind, loader)
    named = set(str(finding.details["relationship"]).split(" or "))
    assert relationship is None or str(relationship) in {finding.details["relationship"], *named}
    assert recorder.loaded <= named or kind in {"deferred-column", "inheritance"}
    if relationship:
        assert finding.details["relationship_source"] == "models"


@pytest.mark.parametrize(("work", "expected"), CASES.values(), ids=CASES)
def test_without_the_models_no_name_is_wrong(
    replayed: Callable[[Work], tuple[Evidence, Recorder]], work: Work, expected: tuple[object, ...]
) -> None:
    evidence, _ = replayed(work)
    for finding in found(evidence):
        assert finding.details["relationship"] in {None, *GUESSED, *str(expected[1]).split(" or ")}


@pytest.mark.parametrize(
    "work",
    [
        lambda session: [one.sent for one in session.scalars(select(Person).options(selectinload(Person.sent)))],
        lambda session: [session.scalars(select(Person).where(Person.id.in_([n, n + 1]))).all() for n in range(N)],
        each(Message, "is_read"),
    ],
    ids=["selectinload", "batches", "columns"],
)
def test_healthy_work_is_silent(replayed: Callable[[Work], tuple[Evidence, Recorder]], work: Work) -> None:
    evidence, _ = replayed(work)
    assert found(evidence) == []
    assert found(logs(*(evidence.query_logs.repetitions if evidence.query_logs else ()), models=MODELS)) == []
