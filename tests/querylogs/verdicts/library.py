"""A library on SQLAlchemy's ORM: the schema that all scenarios run on, and what is in it.

Scenarios share the rows, so none changes those of another: what writes has tables of its own (notes, counters, jobs),
or rolls back.
"""

import uuid
from typing import Any

from sqlalchemy import Column, Engine, ForeignKey, ForeignKeyConstraint, String, Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    WriteOnlyMapped,
    mapped_column,
    object_session,
    relationship,
)
from sqlalchemy.sql import FromClause

AUTHORS = 12
BOOKS = 3 * AUTHORS
REVIEWS = 2 * BOOKS
READERS = 1200
ARCHIVE = "verdicts_archive"
"""A schema besides the default one; on MySQL that is another database."""


class Base(AsyncAttrs, DeclarativeBase):
    pass


book_tags = Table(
    "book_tags",
    Base.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    biography: Mapped[str] = mapped_column(String(200), default="", deferred=True)
    books: Mapped[list["Book"]] = relationship(back_populates="author", order_by="Book.id")
    books_in_stock: Mapped[list["Book"]] = relationship(
        primaryjoin="and_(Author.id == Book.author_id, Book.stock > 0)", viewonly=True
    )
    books_out_of_stock: Mapped[list["Book"]] = relationship(
        primaryjoin="and_(Book.author_id == Author.id, Book.stock == 0)", viewonly=True
    )
    profile: Mapped["Profile | None"] = relationship(back_populates="author")

    @property
    def number_of_books(self) -> int:
        session = object_session(self)
        assert session
        return session.scalar(select(func.count()).select_from(Book).where(Book.author_id == self.id)) or 0


class Profile(Base):
    __tablename__ = "profiles"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), unique=True)
    site: Mapped[str] = mapped_column(String(80))
    author: Mapped[Author] = relationship(back_populates="profile")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    stock: Mapped[int] = mapped_column(default=0)
    author: Mapped[Author] = relationship(back_populates="books")
    reviews: Mapped[list["Review"]] = relationship(back_populates="book", order_by="Review.id")
    tags: Mapped[list["Tag"]] = relationship(secondary=book_tags)


class Review(Base):
    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id"))
    stars: Mapped[int]
    book: Mapped[Book] = relationship(back_populates="reviews")
    reader: Mapped["Reader"] = relationship()


class Reader(Base):
    __tablename__ = "readers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    loans: Mapped[list["Loan"]] = relationship()


class Loan(Base):
    __tablename__ = "loans"
    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id"))


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(80))


class Loaned(Base):
    """An association with columns of its own; its relationships are compared by hand."""

    __tablename__ = "loaned_books"
    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id"), primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"), primary_key=True)
    is_late: Mapped[bool]
    book: Mapped[Book] = relationship()


class Node(Base):
    __tablename__ = "nodes"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"))
    children: Mapped[list["Node"]] = relationship()


class Employee(Base):
    __tablename__ = "employees"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "employee"}  # noqa: RUF012


class Engineer(Employee):
    __tablename__ = "engineers"
    id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(80))
    __mapper_args__ = {"polymorphic_identity": "engineer"}  # noqa: RUF012


class Vehicle(Base):
    """Single-table inheritance."""

    __tablename__ = "vehicles"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    wheels: Mapped[list["Wheel"]] = relationship(back_populates="vehicle")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "vehicle"}  # noqa: RUF012


class Truck(Vehicle):
    load: Mapped[int | None]
    __mapper_args__ = {"polymorphic_identity": "truck"}  # noqa: RUF012


class Wheel(Base):
    __tablename__ = "wheels"
    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"))
    is_flat: Mapped[bool]
    vehicle: Mapped[Vehicle] = relationship(back_populates="wheels")


class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(String(80))


class Order(Base):
    """Two foreign keys to one table."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    billing_address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    shipping_address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    billing_address: Mapped[Address] = relationship(foreign_keys=[billing_address_id])
    shipping_address: Mapped[Address] = relationship(foreign_keys=[shipping_address_id])


class Shelf(Base):
    """A primary key of two columns."""

    __tablename__ = "shelves"
    room: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slots: Mapped[list["Slot"]] = relationship()


class Slot(Base):
    __tablename__ = "slots"
    __table_args__ = (ForeignKeyConstraint(["shelf_room", "shelf_number"], ["shelves.room", "shelves.number"]),)
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_room: Mapped[int]
    shelf_number: Mapped[int]


class Device(Base):
    __tablename__ = "devices"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    readings: Mapped[list["Reading"]] = relationship(back_populates="device")


class Reading(Base):
    __tablename__ = "readings"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("devices.id"))
    device: Mapped[Device] = relationship(back_populates="readings")


class Folder(Base):
    __tablename__ = "folders"
    __table_args__ = {"schema": ARCHIVE}  # noqa: RUF012
    id: Mapped[int] = mapped_column(primary_key=True)
    papers: Mapped[list["Paper"]] = relationship(back_populates="folder")


class Paper(Base):
    __tablename__ = "papers"
    __table_args__ = {"schema": ARCHIVE}  # noqa: RUF012
    id: Mapped[int] = mapped_column(primary_key=True)
    folder_id: Mapped[int] = mapped_column(ForeignKey(f"{ARCHIVE}.folders.id"))
    folder: Mapped[Folder] = relationship(back_populates="papers")


class Journal(Base):
    __tablename__ = "journals"
    id: Mapped[int] = mapped_column(primary_key=True)
    entries: WriteOnlyMapped["Entry"] = relationship()
    editions: DynamicMapped["Edition"] = relationship()


class Entry(Base):
    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journals.id"))


class Edition(Base):
    __tablename__ = "editions"
    id: Mapped[int] = mapped_column(primary_key=True)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journals.id"))


class Basket(Base):
    __tablename__ = "baskets"
    id: Mapped[int] = mapped_column(primary_key=True)
    items: Mapped[list["Item"]] = relationship(cascade="all, delete-orphan")


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    basket_id: Mapped[int] = mapped_column(ForeignKey("baskets.id"))


class Note(Base):
    """Only written to; who reads notes has a topic of their own."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(80), default="")


class Counter(Base):
    """Rows to change; every scenario has its own hundred of ids."""

    __tablename__ = "counters"
    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))


QUEUES = ("quick", "slow")


def fill(engine: Engine) -> None:
    """Make the tables, and rows enough for every scenario."""
    Base.metadata.create_all(engine)
    a, b = range(1, AUTHORS + 1), range(1, BOOKS + 1)
    with engine.begin() as connection:

        def add(mapped: type[Base] | FromClause, rows: list[dict[str, Any]]) -> None:
            connection.execute(insert(mapped), rows)  # type: ignore[arg-type]

        add(Author, [{"id": n, "name": f"author {n}", "biography": f"born in {1900 + n}"} for n in a])
        add(Profile, [{"id": 100 + n, "author_id": n, "site": f"https://a{n}.example.com"} for n in a])
        add(Book, [{"id": n, "title": f"book {n}", "author_id": 1 + n % AUTHORS, "stock": n % 5} for n in b])
        add(Tag, [{"id": n, "label": f"tag {n}"} for n in range(1, 5)])
        add(book_tags, [{"book_id": n, "tag_id": t} for n in b for t in range(1, 2 + n % 3)])
        add(Reader, [{"id": n, "name": f"reader {n}"} for n in range(1, READERS + 1)])
        add(Loan, [{"id": n, "reader_id": n} for n in range(1, READERS + 1)])
        add(
            Review,
            [
                {"id": n, "book_id": 1 + n % BOOKS, "reader_id": 1 + n % 24, "stars": n % 5}
                for n in range(1, REVIEWS + 1)
            ],
        )
        add(Node, [{"id": n, "name": f"root {n}", "parent_id": None} for n in range(1, 9)])
        add(Node, [{"id": 8 + n, "name": f"leaf {n}", "parent_id": 1 + n % 8} for n in range(1, 17)])
        add(Employee, [{"id": n, "kind": "engineer"} for n in range(1, 10)])
        add(Engineer.__table__, [{"id": n, "language": "Python"} for n in range(1, 10)])
        add(Loaned, [{"reader_id": n, "book_id": 1 + n % BOOKS, "is_late": n % 7 == 0} for n in range(1, 21)])
        add(Truck, [{"id": n, "kind": "truck", "load": n} for n in range(1, 14)])
        add(Wheel, [{"id": n, "vehicle_id": 1 + n % 13, "is_flat": False} for n in range(1, 53)])
        add(Address, [{"id": n, "city": f"city {n}"} for n in range(1, 31)])
        add(Order, [{"id": n, "billing_address_id": n, "shipping_address_id": 15 + n} for n in range(1, 16)])
        add(Shelf, [{"room": r, "number": n} for r in range(1, 4) for n in range(1, 5)])
        add(Slot, [{"id": 10 * r + n, "shelf_room": r, "shelf_number": n} for r in range(1, 4) for n in range(1, 5)])
        devices = [uuid.uuid5(uuid.NAMESPACE_DNS, f"device {n}") for n in range(11)]
        add(Device, [{"id": each} for each in devices])
        add(Reading, [{"id": uuid.uuid4(), "device_id": each} for each in devices * 2])
        add(Folder, [{"id": n} for n in range(1, 12)])
        add(Paper, [{"id": n, "folder_id": 1 + n % 11} for n in range(1, 23)])
        add(Journal, [{"id": n} for n in range(1, 12)])
        add(Entry, [{"id": n, "journal_id": 1 + n % 11} for n in range(1, 23)])
        add(Edition, [{"id": n, "journal_id": 1 + n % 11} for n in range(1, 23)])
        add(Basket, [{"id": n} for n in range(1, 12)])
        add(Item, [{"id": n, "basket_id": 1 + n % 11} for n in range(1, 23)])
        add(Counter, [{"id": n, "value": 0} for n in range(1, 1300)])
        add(Job, [{"id": n, "queue": QUEUES[n % 2], "state": "new"} for n in range(1, 400)])
