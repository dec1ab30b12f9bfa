"""A look at an app is held against exactly what the runbook says."""

from pathlib import Path

import pytest

from triage.demo.looks import Look, looks
from triage.demo.scene import Scene
from triage.errors import ConfigError
from triage.proof import Proof

ECHOING = "import sys\nfrom sqlalchemy import create_engine\nengine = create_engine(sys.argv[1], echo=True)\n"


def scene(folder: Path, script: str, source: str = ECHOING) -> Scene:
    path = folder / script
    path.write_text(source)
    return Scene(script=path, url="sqlite://", printed=[], app_log=folder / "app.log", query_logs=[])


def at_engine(scene: Scene, *ids: str, thresholds: dict[str, dict[str, float]] | None = None) -> Look:
    proof = Proof(app="broken.py", looks={"engine": frozenset(ids)}, thresholds=thresholds or {})
    (look,) = looks(scene, [proof])
    return look


def test_the_findings_have_to_be_exactly_those(tmp_path: Path) -> None:
    broken = scene(tmp_path, "broken.py")
    assert at_engine(broken, "echo-enabled").is_as_expected
    assert not at_engine(broken).is_as_expected
    assert not at_engine(broken, "echo-enabled", "no-pre-ping").is_as_expected
    assert not at_engine(broken, "no-pre-ping").is_as_expected


def test_of_the_fixed_app_nothing_may_be_seen(tmp_path: Path) -> None:
    assert not at_engine(scene(tmp_path, "fixed.py"), "echo-enabled").is_as_expected
    quiet = ECHOING.replace(", echo=True", "")
    assert at_engine(scene(tmp_path, "fixed.py", quiet), "echo-enabled").is_as_expected


def test_nothing_seen_of_what_could_not_be_read_is_not_nothing(tmp_path: Path) -> None:
    look = at_engine(scene(tmp_path, "fixed.py", "engine = create_engine("))
    assert look.found == frozenset()
    assert look.unread
    assert not look.is_as_expected


def test_the_command_is_what_a_user_would_type(tmp_path: Path) -> None:
    look = at_engine(scene(tmp_path, "broken.py"), "echo-enabled", thresholds={"long-query": {"warning_seconds": 1}})
    assert look.command == (
        f"triage check --engine {tmp_path.name}/broken.py  # thresholds: long-query.warning_seconds = 1"
    )


def test_what_the_app_printed_is_explained(tmp_path: Path) -> None:
    broken = scene(tmp_path, "broken.py")
    broken.app_log.write_text(
        "Traceback (most recent call last):\n"
        '  File "/srv/shop.py", line 3, in page\n    author.books\n'
        "sqlalchemy.orm.exc.DetachedInstanceError: Parent instance <Author at 0x7f> is not bound to a Session; lazy load "
        "operation of attribute 'books' cannot proceed (Background on this error at: https://sqlalche.me/e/20/bhk3)\n"
    )
    (look,) = looks(broken, [Proof(app="broken.py", looks={"explain": frozenset({"detached-instance"})})])
    assert look.command == "triage explain app.log"
    assert look.is_as_expected


@pytest.mark.parametrize("thresholds", [{"no-such": {"a": 1}}, {"long-query": {"warning": 1}}])
def test_a_threshold_that_is_not_known_is_an_error(tmp_path: Path, thresholds: dict[str, dict[str, float]]) -> None:
    with pytest.raises(ConfigError, match="is not known") as caught:
        at_engine(scene(tmp_path, "broken.py"), "echo-enabled", thresholds=thresholds)
    assert str(tmp_path / "runbook.md") in caught.value.message
