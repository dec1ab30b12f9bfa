"""An exception's name in a log that tells of no error, and the same sentence in the log of another language."""

import pytest

from tests.applogs.build import read


@pytest.mark.parametrize(
    "line",
    [
        "- mend `sqlalchemy.exc.MissingGreenlet` in the report view (#88)",
        "* orders: no more sqlalchemy.orm.exc.DetachedInstanceError after checkout (#91)",
        "2026-01-31 15:00:00,000 INFO shop.retry will retry on psycopg2.OperationalError, three times",
        "2026-01-31 15:00:00,000 DEBUG shop registered a handler for sqlalchemy.exc.IntegrityError",
        "    except sqlalchemy.exc.IntegrityError:",
        "-    except (pymysql.err.OperationalError, sqlalchemy.orm.exc.StaleDataError):",
        "from sqlalchemy.exc import NoResultFound",
        "        raise sqlalchemy.exc.InvalidRequestError(",
        "This is raised by the driver; see sqlalchemy.exc.DBAPIError.",
        "/srv/shop/models.py:4: MovedIn20Warning: The function moved (Background on SQLAlchemy 2.0 at: https://sqlalche.me/e/b8d9)",
    ],
)
def test_a_name_that_is_only_mentioned_is_no_failure(line: str) -> None:
    assert read(f"{line}\n").failures == ()


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-31 15:00:00,000 ERROR shop request failed: sqlalchemy.orm.exc.StaleDataError",
        "level=error error_type=sqlalchemy.orm.exc.StaleDataError path=/orders",
        '{"level": "error", "exception.type": "sqlalchemy.orm.exc.StaleDataError"}',
        "sqlalchemy.orm.exc.StaleDataError",
        "sqlalchemy.orm.exc.StaleDataError: no row",
        "task failed: <class 'sqlalchemy.orm.exc.StaleDataError'>",
        "StaleDataError: no row",
        "shop.tasks.report raised unexpected: StaleDataError('no row')",
    ],
)
def test_a_name_in_an_errors_place_is_one(line: str) -> None:
    (failure,) = read(f"{line}\n").failures
    assert failure.clue.classes[0].endswith("StaleDataError")


@pytest.mark.parametrize(
    "line",
    [
        "PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000]: General error: 2006 MySQL server has gone away in /srv/shop/Db.php:3",
        "shop.ERROR: SQLSTATE[08006] [7] server closed the connection unexpectedly",
        "Mysql2::Error::ConnectionError: MySQL server has gone away",
        "PG::ConnectionBad: PQconsumeInput() server closed the connection unexpectedly",
        "pg_dump: error: query failed: server closed the connection unexpectedly",
        "mysqldump: Error 2013: Lost connection to MySQL server during query when dumping table `orders` at row: 7",
    ],
)
def test_another_programs_words_are_no_failure(line: str) -> None:
    assert read(f"{line}\n").failures == ()


@pytest.mark.parametrize(
    "line",
    [
        "ERROR:shop:server closed the connection unexpectedly",
        "ERROR:shop:(2006, 'MySQL server has gone away')",
        "ERROR:shop:2055: Lost connection to MySQL server at 'db:3306', system error: 32 Broken pipe",
    ],
)
def test_the_same_words_in_an_apps_log_are_one(line: str) -> None:
    assert len(read(f"{line}\n").failures) == 1
