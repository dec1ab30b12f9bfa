"""What real servers count of their statements, and what it is suspected to be."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from sqlalchemy import ForeignKey, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from tests.servers.fixtures import PrivateServer
from triage import redact
from triage.check import judge, look
from triage.collectors.question import Question
from triage.detectors.n_plus_one import NPlusOne
from triage.findings import Confidence, Severity


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(back_populates="books")


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)


SERVERS = {
    "postgresql": {"shared_preload_libraries": "pg_stat_statements"},
    "mysql": {},
    "mariadb": {"performance-schema": "on"},
}


@pytest.mark.parametrize(("server", "settings"), SERVERS.items(), ids=SERVERS)
def test_lazy_loads_are_suspected_and_lookups_are_not(
    private_server: PrivateServer, server: str, settings: Mapping[str, str]
) -> None:
    with private_server(server, settings).create_database() as database:
        engine = create_engine(database.url)
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add_all([Author(name=f"a{n}", books=[Book()]) for n in range(12)])
            session.add(Tag(id=1))
            session.commit()
        for _ in range(15):
            with Session(engine) as session:
                assert all(author.books for author in session.scalars(select(Author)))
        for _ in range(300):
            with Session(engine) as session:
                session.get_one(Tag, 1)
        engine.dispose()
        seen = look(Question(collected_at=datetime.now(UTC), url=database.url))
    report = judge(redact.masked(seen), {})
    (finding,) = [each for each in report.findings if each.id == NPlusOne.id]
    assert finding.details["relationship"] == "Author.books"
    assert finding.details["executions"] == 15 * 12
    assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.LOW)
