"""How the README says triage is run: each file is taken out of it and held against the tool or schema it is for."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.run import triage
from tests.readme import README
from tests.scheduled.place import HEALTHY, Place

SECTION = README.read_text(encoding="utf-8").split("### Scheduled health reports\n")[1].split("\n### ")[0]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)


def program(name: str) -> str:
    """A tool of the tests, from beside Python or from the system."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed (make servers)")
    return found


def passes(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def runs(arguments: list[str], place: Place) -> None:
    """Run what a file says, on a configuration that is there."""
    assert arguments[0] == "report"
    config = arguments.index("--config")
    run = triage(*arguments[:config], "--config", place.config, *arguments[config + 2 :], cwd=place.folder)
    assert (run.code, run.err) == (0, "")
    assert place.history.exists()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path).says(well=HEALTHY)


def test_the_configuration_is_right(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    path = tmp_path / "triage.toml"
    path.write_text(text)
    run = triage("config", "check", path)
    assert (run.code, run.err) == (0, "")
    assert "2 targets" in run.out
    assert {"targets", "report", "history", "ignore", "outputs"} == set(tomllib.loads(text))


def test_the_cron_line(place: Place, tmp_path: Path) -> None:
    (line,) = blocks("cron")
    *when, user, command = line.strip().split(maxsplit=6)
    assert user == "triage"
    assert "%" not in command  # which cron takes for a newline
    tab = tmp_path / "tab"
    tab.write_text(f"{' '.join(when)} {command}\n")
    passes(program("crontab"), "-n", tab)
    tab.write_text(f"61 {' '.join(when[1:])} {command}\n")
    with pytest.raises(AssertionError, match="bad minute"):
        passes(program("crontab"), "-n", tab)
    environment, then = command.split(" && ")
    assert environment == ". /etc/triage/environment"
    runs(shlex.split(then)[1:], place)


def test_the_service_and_the_timer(place: Place, tmp_path: Path) -> None:
    service, timer = blocks("ini")
    found = re.search(r"^ExecStart=(\S+) (.*)$", service, re.MULTILINE)
    assert found
    executable = tmp_path / "triage"
    executable.write_text("#!/bin/sh\n")
    executable.chmod(0o755)
    units = tmp_path / "units"
    units.mkdir()
    (units / "triage-report.service").write_text(service.replace(found[1], str(executable)))
    (units / "triage-report.timer").write_text(timer)
    names = ["triage-report.service", "triage-report.timer"]
    verify = [program("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no"]
    done = subprocess.run(
        [*verify, *(units / name for name in names)], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    (units / names[0]).write_text(service.replace("Type=oneshot", "Type=once"))
    done = subprocess.run([*verify, units / names[0]], capture_output=True, text=True, check=False, timeout=120)
    assert "once" in done.stderr
    calendar = re.search(r"^OnCalendar=(.*)$", timer, re.MULTILINE)
    assert calendar
    passes(program("systemd-analyze"), "calendar", calendar[1])
    runs(shlex.split(found[2]), place)


def cron_job() -> Any:
    (document,) = [yaml.safe_load(text) for text in blocks("yaml") if "CronJob" in text]
    return document


@pytest.mark.parametrize("version", ["1.25", "1.33"])
def test_the_cron_job(version: str) -> None:
    import kubernetes_validate  # noqa: PLC0415 - only this needs it

    kubernetes_validate.validate(cron_job(), version, strict=True)
    wrong = cron_job()
    wrong["spec"]["jobTemplate"]["spec"]["template"]["spec"]["restartpolicy"] = "Never"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)


def test_the_cron_job_mounts_what_it_names_and_its_command_runs(place: Place) -> None:
    pod = cron_job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}
    runs(container["args"], place)


def test_the_workflow(place: Place, tmp_path: Path) -> None:
    (text,) = [text for text in blocks("yaml") if "runs-on" in text]
    path = tmp_path / "triage.yml"
    check = [program("check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
    path.write_text(text)
    passes(*check, path)
    path.write_text(text.replace("runs-on", "runs_on"))
    with pytest.raises(AssertionError, match="runs"):
        passes(*check, path)
    steps = yaml.safe_load(text)["jobs"]["report"]["steps"]
    (step,) = [step for step in steps if step.get("run", "").startswith("triage ")]
    targets = tomllib.loads(blocks("toml")[0])["targets"].values()
    assert {target["url_env"] for target in targets if "url_env" in target} <= set(step["env"])
    runs(shlex.split(step["run"])[1:], place)


def test_the_schema_for_editors_accepts_the_configuration() -> None:
    import jsonschema  # noqa: PLC0415

    schema = json.loads(triage("config", "schema").out)
    said = json.loads(json.dumps(tomllib.loads(blocks("toml")[0]), default=str))
    jsonschema.validate(said, schema)
