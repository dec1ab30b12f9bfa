"""--target: what triage.toml says of a target is what is looked at."""

import json
from pathlib import Path

import pytest

from tests.cli.run import triage

LINE = "2026-01-31 15:00:{second:02}.{number:03} UTC [77] app@shop LOG:  duration: 0.100 ms  statement: {sql}\n"
APP_LOG = """2026-01-31 15:00:00,000 ERROR shop: request failed
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 12, in order
    session.scalar(select(Order))
  File "/srv/venv/lib/python3.12/site-packages/sqlalchemy/pool/impl.py", line 177, in _do_get
    raise exc.TimeoutError(
sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00 (Background on this error at: https://sqlalche.me/e/20/3o7r)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A triage.toml with a target that has logs and an engine config, and no database."""
    (tmp_path / "engine.toml").write_text('url = "postgresql://app@db/shop"\necho = true\npool_pre_ping = true\n')
    statements = [
        "BEGIN",
        "SELECT authors.id FROM authors",
        *(f"SELECT books.id FROM books WHERE {author} = books.author_id" for author in range(20)),
        "COMMIT",
    ]
    lines = [LINE.format(second=number // 100, number=number, sql=sql) for number, sql in enumerate(statements)]
    (tmp_path / "postgresql.log").write_text("".join(lines))
    (tmp_path / "app.log").write_text(APP_LOG)
    path = tmp_path / "triage.toml"
    path.write_text(
        """
        [targets.shop]
        engine = "engine.toml"
        logs = "postgresql.log"
        app_logs = "app.log"

        [targets.shop.thresholds.n-plus-one]
        with_parent = 21
        """
    )
    return path


def ids(*arguments: str) -> set[str]:
    run = triage(*arguments, "--format", "json")
    assert run.code in {0, 1}, run.err
    return {finding["id"] for finding in json.loads(run.out)["findings"]}


def test_check_looks_at_all_that_it_names_with_its_thresholds(shop: Path) -> None:
    assert ids("check", "--target", "shop", "--config", str(shop)) == {"echo-enabled", "pool-timeout"}


def test_options_take_the_place_of_what_it_says(shop: Path) -> None:
    other = shop.with_name("plain.toml")
    other.write_text('url = "postgresql://app@db/shop"\npool_pre_ping = true\n')
    assert ids("check", "--target", "shop", "--config", str(shop), "--engine", str(other)) == {"pool-timeout"}


def test_replay_reads_its_logs_with_its_thresholds(shop: Path) -> None:
    assert ids("replay", "--target", "shop", "--config", str(shop)) == set()
    assert ids("replay", str(shop.with_name("postgresql.log")), "--config", str(shop)) == {"n-plus-one"}


def test_explain_reads_its_application_logs(shop: Path) -> None:
    assert ids("explain", "--target", "shop", "--config", str(shop)) == {"pool-timeout"}
    assert ids("explain", "--target", "shop", "--config", str(shop), "40P01") == {"deadlock"}


@pytest.mark.parametrize(("command", "key"), [("replay", "logs"), ("explain", "app_logs")])
def test_a_target_without_logs_is_told_what_to_write(tmp_path: Path, command: str, key: str) -> None:
    path = tmp_path / "triage.toml"
    path.write_text("[targets.shop]\nurl = 'mysql://app@db/shop'\n")
    run = triage(command, "--target", "shop", "--config", str(path))
    assert run.code == 2
    assert run.err.splitlines() == [
        "Error: the target shop names no logs",
        f'Hint: write {key} = ["…"] in triage.toml, or name them here',
    ]


def test_replay_without_a_log_says_so() -> None:
    run = triage("replay")
    assert run.code == 2
    assert run.err.startswith("Error: there is no log to read\n")
