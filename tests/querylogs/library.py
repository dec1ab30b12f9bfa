"""A library on SQLAlchemy's ORM: the schema that all scenarios run on, and what is in it."""

from sqlalchemy import Column, Engine, ForeignKey, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

AUTHORS = 12
BOOKS_EACH = 3


class Base(DeclarativeBase):
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
    profile: Mapped["Profile | None"] = relationship(back_populates="author")


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
    reviews: Mapped[list["Review"]] = relationship(back_populates="book")
    tags: Mapped[list["Tag"]] = relationship(secondary=book_tags)


class Review(Base):
    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"))
    stars: Mapped[int]
    book: Mapped[Book] = relationship(back_populates="reviews")


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(80))


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


def fill(engine: Engine) -> None:
    """Make the tables, and rows enough for every scenario."""
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        tags = [Tag(label=f"tag {n}") for n in range(4)]
        for a in range(AUTHORS):
            books = [
                Book(title=f"book {a}.{b}", tags=tags[: 1 + b], reviews=[Review(stars=1 + b), Review(stars=3)])
                for b in range(BOOKS_EACH)
            ]
            session.add(Author(name=f"author {a}", books=books, profile=Profile(site=f"https://a{a}.example.com")))
        session.add_all([Node(name=f"root {n}", children=[Node(name="leaf"), Node(name="leaf")]) for n in range(8)])
        session.add_all([Engineer(language="Python") for _ in range(9)])
        session.commit()
