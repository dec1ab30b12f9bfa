"""`triage history`: what came, stayed and went."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.run import Run, triage
from tests.scheduled.place import FOUND, HEALTHY, LOUD, Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def past(place: Place) -> Place:
    """In shop a finding went; in billing one stayed; in well there was none."""
    place.says(shop=LOUD, billing=LOUD, well=HEALTHY).report()
    place.says(shop=HEALTHY, billing=LOUD, well=HEALTHY).report()
    return place


def history(place: Place, *arguments: str) -> Run:
    return triage("history", "--config", place.config, *arguments)


def test_what_stayed_and_what_went_target_by_target(past: Place) -> None:
    run = history(past)
    assert (run.code, run.err) == (0, "")
    billing, shop, well = run.out.split("\n\n")
    assert billing.startswith("billing: 1 there\n")
    assert f"{FOUND}, " in billing
    assert "2 looks in a row" in " ".join(billing.split())
    assert shop.startswith("shop: 1 gone\n")
    assert "  gone      " in shop
    assert " in a row. It last said: " in " ".join(shop.split())
    assert " until " in " ".join(shop.split())
    assert well.strip() == "well: nothing was found in 7d"


def test_one_target_alone(past: Place) -> None:
    assert history(past, "shop").out.startswith("shop: 1 gone\n")
    assert "billing" not in history(past, "shop").out


def test_as_json(past: Place) -> None:
    said = json.loads(history(past, "--format", "json").out)
    assert [each["name"] for each in said["targets"]] == ["billing", "shop", "well"]
    (finding,) = said["targets"][0]["findings"]
    assert (finding["id"], finding["looks"], finding["is_there"]) == (FOUND, 2, True)
    assert said["targets"][1]["findings"][0]["is_there"] is False
    assert said["targets"][2]["findings"] == []


def test_since_when(past: Place) -> None:
    with closing(sqlite3.connect(past.history)) as connection, connection:
        connection.execute("UPDATE triage_runs SET at = at - 3600 * 1000000")
    assert "no run has seen it in 30m" in history(past, "billing", "--since", "30m").out
    assert "1 there" in history(past, "billing", "--since", "2h").out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--since", "yesterday"), 2, "--since yesterday is no time"),
        (("shopp",), 2, "did you mean shop?"),
        (("--history", "missing.sqlite"), 3, "there is no history in"),
        (("--history", "postgresql://a:s3cr3t@127.0.0.1:1/x"), 3, "cannot be used"),
        (("--history", "nonsense://"), 2, "no driver"),
    ],
)
def test_what_cannot_be_told(past: Place, arguments: tuple[str, ...], code: int, said: str) -> None:
    run = history(past, *arguments)
    assert (run.code, run.out) == (code, "")
    assert said in run.err
    assert run.err.count("\n") == 2
    assert "s3cr3t" not in run.err
    assert not Path("missing.sqlite").exists()


def test_a_database_without_a_history_gets_none(place: Place) -> None:
    place.says(well=HEALTHY)
    with closing(sqlite3.connect(place.history)) as connection, connection:
        connection.execute("CREATE TABLE mine (id)")
    before = place.history.read_bytes()
    run = history(place)
    assert (run.code, "there is no history in" in run.err) == (3, True)
    assert place.history.read_bytes() == before


def test_nothing_is_changed_by_reading(past: Place) -> None:
    past.history.chmod(0o444)
    before = past.history.read_bytes()
    assert history(past).code == 0
    assert past.history.read_bytes() == before


def test_a_target_that_no_run_could_look_at_is_not_one_where_nothing_was_found(place: Place) -> None:
    place.says(unset='url_env = "NOT_SET_AT_ALL"\n', well=HEALTHY).run()
    assert history(place).out.split("\n\n") == [
        "unset: no run has seen it in 7d",
        "well: nothing was found in 7d\n",
    ]
    assert history(place, "unset").out == "unset: no run has seen it in 7d\n"
    assert history(place, "well", "--since", "0s").out == "well: no run has seen it in 0s\n"
