"""The words by which an error of SQLAlchemy's or of a database driver's is found in a log of any size.

Only what stands around one of them is read, so they decide the speed: each is looked for in every byte. A traceback is
found by its head, and nearly every message of SQLAlchemy's by the link it ends in; the others are for errors that were
logged without either. A test holds them against the texts that detectors know.

https://docs.sqlalchemy.org/en/21/errors.html
"""

SENTENCES = (
    "garbage collector is trying to clean up",
    "QueuePool limit of size",
    "is not bound to a Session",
    "greenlet_spawn has not been called",
    "MySQL server has gone away",
    "Lost connection to MySQL server",
    "server closed the connection unexpectedly",
    "transaction has been rolled back due to a previous exception",
    "another operation is in progress",
    "Packet sequence number wrong",
)
"""Words that are an error wherever they stand, without a class or a code."""

ANCHORS: tuple[bytes, ...] = (
    b"Traceback (most recent call last)",
    b"sqlalche.me/e/",
    b"sqlalchemy.exc.",
    b"sqlalchemy.orm.exc.",
    b'"exc_type"',
    b"psycopg",
    b"pymysql.",
    b"asyncpg",
    b"MySQLdb",
    b"sqlite3.",
    b"mysql.connector",
    b"SAWarning",
    *(sentence.encode() for sentence in SENTENCES),
    b"transaction has been rolled back",
    b"ResultFound",
    b"ResultsFound",
    b"StaleDataError",
    b"NoForeignKeysError",
)


class Hits:
    """Where the anchors are in one block of a log, from the first on."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._next = [at for anchor in ANCHORS if (at := block.find(anchor)) >= 0]
        self._anchors = [anchor for anchor in ANCHORS if anchor in block] if self._next else []

    def after(self, position: int) -> int | None:
        """The first one at a position or behind it; positions must not go back."""
        block, found, anchors = self._block, self._next, self._anchors
        for index, at in enumerate(found):
            if 0 <= at < position:
                found[index] = block.find(anchors[index], position)
        return min((at for at in found if at >= 0), default=None)


def is_anchored(line: bytes) -> bool:
    """Whether one of them is in a line."""
    return any(anchor in line for anchor in ANCHORS)
