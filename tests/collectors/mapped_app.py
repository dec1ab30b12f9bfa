"""Mapped classes with all that makes relationships hard to name from a log."""

from types import SimpleNamespace

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, WriteOnlyMapped, mapped_column, registry, relationship


class Base(DeclarativeBase):
    metadata = MetaData()


memberships = Table(
    "memberships",
    Base.metadata,
    Column("person_id", ForeignKey("app.tbl_person.id"), primary_key=True),
    Column("team_id", ForeignKey("teams.id"), primary_key=True),
)


class Person(Base):
    """A table with a schema and a name that follows no convention."""

    __tablename__ = "tbl_person"
    __table_args__ = {"schema": "app"}  # noqa: RUF012
    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str] = mapped_column("nm", String(80))
    notes: Mapped[str] = mapped_column("txt_notes", String(80), deferred=True)
    sent: Mapped[list["Message"]] = relationship(foreign_keys="Message.sender_id", back_populates="sender")
    received: Mapped[list["Message"]] = relationship(foreign_keys="Message.to_id", back_populates="recipient")
    teams: Mapped[list["Team"]] = relationship(secondary=memberships, back_populates="members")
    badge: Mapped["Badge | None"] = relationship(back_populates="person")
    passport: Mapped["Passport | None"] = relationship(back_populates="person")
    unread: Mapped[list["Message"]] = relationship(
        primaryjoin="and_(Person.id == Message.to_id, Message.is_read == False)", viewonly=True
    )
    reversed: Mapped[list["Message"]] = relationship(primaryjoin="Message.to_id == Person.id", viewonly=True)
    later: WriteOnlyMapped["Message"] = relationship(foreign_keys="Message.to_id", viewonly=True)


class Message(Base):
    """Two foreign keys to one table."""

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_read: Mapped[bool]
    sender_id: Mapped[int] = mapped_column(ForeignKey("app.tbl_person.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("app.tbl_person.id"))
    sender: Mapped[Person] = relationship(foreign_keys=[sender_id], back_populates="sent")
    recipient: Mapped[Person] = relationship(foreign_keys=[to_id], back_populates="received")


class Badge(Base):
    __tablename__ = "badge"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("app.tbl_person.id"), unique=True)
    person: Mapped[Person] = relationship(back_populates="badge")


class Passport(Base):
    """A one-to-one that shares the primary key."""

    __tablename__ = "passports"
    id: Mapped[int] = mapped_column(ForeignKey("app.tbl_person.id"), primary_key=True)
    person: Mapped[Person] = relationship(back_populates="passport")


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    members: Mapped[list[Person]] = relationship(secondary=memberships, back_populates="teams")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    subteams: Mapped[list["Team"]] = relationship(back_populates="above")
    above: Mapped["Team | None"] = relationship(remote_side="Team.id", back_populates="subteams")


class Order(Base):
    """A key of two columns."""

    __tablename__ = "orders"
    shop: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list["Line"]] = relationship()


class Line(Base):
    __tablename__ = "lines"
    __table_args__ = (ForeignKeyConstraint(["shop", "order_number"], ["orders.shop", "orders.number"]),)
    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[int]
    order_number: Mapped[int]


class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    species: Mapped[str] = mapped_column(String(10))
    __mapper_args__ = {"polymorphic_on": "species", "polymorphic_identity": "animal"}  # noqa: RUF012


class Dog(Animal):
    """Joined inheritance."""

    __tablename__ = "dogs"
    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    tricks: Mapped[str] = mapped_column(String(80))
    __mapper_args__ = {"polymorphic_identity": "dog"}  # noqa: RUF012


class Cat(Animal):
    """Single-table inheritance."""

    lives: Mapped[int | None]
    __mapper_args__ = {"polymorphic_identity": "cat"}  # noqa: RUF012


class Empty(DeclarativeBase):
    """Nothing is mapped on it."""


class Wrong(DeclarativeBase):
    """A class of it cannot be configured."""


class Broken(Wrong):
    __tablename__ = "broken"
    id: Mapped[int] = mapped_column(primary_key=True)
    others: Mapped[list["Nowhere"]] = relationship()  # type: ignore[name-defined]  # noqa: F821


older = registry()


@older.mapped
class Old:
    __table__ = Table("old", older.metadata, Column("id", String(10), primary_key=True))


db = SimpleNamespace(Model=Base)
"""What Flask-SQLAlchemy calls so has the base as an attribute."""
nothing = 7
