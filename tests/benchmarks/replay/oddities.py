"""Logs that break readers: a million sessions, a line of 100 MB, a file without a newline."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

LINE = "2026-01-31 {hour:02}:{minute:02}:{second:02}.{ms:03} UTC [{pid}] app@shop LOG:  duration: 0.1 ms  statement: {sql}\n"


def million_sessions(path: Path) -> None:
    """Sessions that never say goodbye, one in a thousand of them in a transaction that nobody ended."""
    with path.open("w") as file:
        for pid in range(1, 1_000_001):
            statements = ["BEGIN", f"SELECT books.id, books.title FROM books WHERE books.id = {pid}", "COMMIT"]
            for sql in islice(statements, 2 if pid % 1000 == 0 else 3):
                file.write(_line(pid // 50, pid, sql))


def long_line(path: Path) -> None:
    """A bulk insert of 100 MB, all in one line, among others."""
    with path.open("w") as file:
        for number in range(2000):
            for sql in ("BEGIN", f"SELECT books.id, books.title FROM books WHERE books.id = {number}", "COMMIT"):
                file.write(_line(number, 7, sql))
            if number == 1000:
                values = ", ".join(f"({n}, 'It''s book {n}')" for n in range(3_300_000))
                file.write(_line(number, 7, f"INSERT INTO books (id, title) VALUES {values}"))


def no_newline(path: Path) -> None:
    """Records without an end."""
    with path.open("w") as file:
        for number in range(1_500_000):
            file.write(_line(number, 7, f"SELECT books.id, books.title FROM books WHERE books.id = {number}")[:-1])


def _line(ms: int, pid: int, sql: str) -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return LINE.format(hour=hour, minute=minute, second=second, ms=ms, pid=pid, sql=sql)


CASES: Mapping[str, Callable[[Path], None]] = {
    "a million sessions": million_sessions,
    "a line of 100 MB": long_line,
    "no newline": no_newline,
}
