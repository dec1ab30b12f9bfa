"""A bookstore that went live with the engine of the laptop it was written on.

Run it with the database's URL. It registers two customers, and what it prints is its log: every statement, and every
value in it, the password's hash included. Then it waits, so that somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(sys.argv[1], pool_pre_ping=True, echo=True)


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(100))


def register(email: str, password_hash: str) -> None:
    with Session(engine) as session, session.begin():
        session.add(Customer(email=email, password_hash=password_hash))


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    register("ada@example.com", "scrypt:32768:8:1$Yk2v")
    register("bob@example.com", "scrypt:32768:8:1$Qm7x")
    print("2 customers registered", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
