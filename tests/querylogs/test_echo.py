"""SQLAlchemy's echo, as a real engine prints it, under several prefixes."""

import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from tests.querylogs.build import found, read
from tests.querylogs.library import Author, fill

PREFIXES = (
    "%(asctime)s %(levelname)s %(name)s %(message)s",
    "%(levelname)s:%(name)s:%(message)s",
    "[%(levelname)s] %(name)s: %(message)s",
    "%(asctime)s | %(levelname)s | %(name)s | %(message)s",
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    fill(engine)
    yield engine
    engine.dispose()


def echoed(engine: Engine, *prefixes: str) -> str:
    """What the engine's logger prints of an N+1, through a handler for each prefix."""
    logger, stream = logging.getLogger("sqlalchemy.engine.Engine"), StringIO()
    handlers = [logging.StreamHandler(stream) for _ in prefixes]
    for handler, prefix in zip(handlers, prefixes, strict=True):
        handler.setFormatter(logging.Formatter(prefix))
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        with Session(engine) as session:
            for author in session.scalars(select(Author)).all():
                assert author.books
    finally:
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
        for handler in handlers:
            logger.removeHandler(handler)
    return stream.getvalue()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_n_plus_one_is_found_under_the_usual_prefixes(engine: Engine, tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "app.log"
    path.write_text(echoed(engine, prefix))
    (finding,) = found(str(path), finding_id="n-plus-one")
    assert (finding.details["relationship"], finding.details["executions"]) == ("Author.books", 12)
    assert finding.summary.startswith("Suspected")  # nothing says which connection it was


def test_what_is_printed_twice_counts_once(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(echoed(engine, *PREFIXES[:2]))
    (finding,) = found(str(path), finding_id="n-plus-one")
    assert finding.details["executions"] == 12


def test_what_the_application_prints_in_between_is_not_parsed(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    own = "2026-01-31 15:00:00,123 INFO shop.orders an order came in\n"
    path.write_text(own * 3 + echoed(engine, PREFIXES[0]) + own * 3)
    facts = read(str(path)).sources[0].facts
    assert facts["unparsed_bytes"] == 6 * len(own)
    assert facts["transactions"] == {"begun": 1, "committed": 0, "rolled_back": 1, "open_at_end": 0}
