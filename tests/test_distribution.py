"""How the tests are shared out: what has to stay together does."""

import os

import pytest

from tests.distribution import ERRORS, TABLE, pytest_xdist_auto_num_workers, scope
from tests.querylogs.verdicts import test_verdicts
from tests.querylogs.verdicts.case import TARGETS
from tests.servers import places
from tests.servers.launcher import ROOT


def test_a_file_is_one_scope() -> None:
    assert scope("tests/test_a.py::test_one") == scope("tests/test_a.py::test_two[a-b-c-d]") == "tests/test_a.py"


def test_the_table_is_shared_out_by_its_targets() -> None:
    assert str(ROOT / TABLE) == test_verdicts.__file__
    ids = [str(pair.id) for pair in test_verdicts.PAIRS]
    scopes = {name: scope(f"{TABLE}::test_it[{name}]") for name in ids}
    assert len(set(scopes.values())) == len(TARGETS)
    for target in TARGETS:
        assert len({scopes[name] for name in ids if name.startswith(f"{target}-")}) == 1


def test_real_errors_are_shared_out_by_their_servers() -> None:
    assert (ROOT / ERRORS).is_file()
    scopes = [
        scope(f"{ERRORS}::test_on[{name}]") for name in ("mysql-a-b", "c-mysql", "a-postgresql18", "postgresql-a", "a")
    ]
    assert scopes[0] == scopes[1]
    assert len(set(scopes)) == 4
    assert scope(f"{ERRORS}::test_of_none") == scopes[-1]


def test_each_core_has_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in places.NAMES:
        monkeypatch.delenv(places.url_variable(name), raising=False)
    assert pytest_xdist_auto_num_workers() > len(os.sched_getaffinity(0))


@pytest.mark.parametrize("name", places.NAMES)
def test_a_given_server_is_used_by_one_process(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.url_variable(name), "postgresql://somebody@somewhere/")
    assert pytest_xdist_auto_num_workers() == 0
