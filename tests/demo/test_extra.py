"""What ``pip install '.[demo]'`` brings is all that the demo needs."""

import re
import tomllib
from pathlib import Path

import pytest

from triage import runbooks
from triage.cli.demo import BACKEND

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
INSTALLED = {
    re.split(r"[\[<>=;]", requirement)[0]
    for requirement in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["demo"])
}
SCRIPTS = [
    book.folder / name
    for book in runbooks.load().values()
    for app, proofs in book.apps(BACKEND).items()
    for name in (app, proofs[0].partner)
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: f"{script.parent.name}/{script.name}")
def test_the_driver_of_every_app_comes_with_the_extra(script: Path) -> None:
    assert set(re.findall(r"\bpostgresql\+(\w+)", script.read_text())) <= INSTALLED | {"psycopg2"}


def test_some_apps_choose_a_driver_of_their_own() -> None:
    assert any("postgresql+psycopg" in script.read_text() for script in SCRIPTS)
