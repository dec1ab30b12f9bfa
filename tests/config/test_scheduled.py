"""What triage.toml says of scheduled runs: history, ignores, outputs; and every mistake with its line."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from triage import config
from triage.config import Config, History, Ignore, Output, Scheduled, Target
from triage.detectors import DETECTORS
from triage.errors import ConfigError

WHOLE = """
[history]
path = "past.sqlite"
keep = "4w"

[report]
for = 2
workers = 3

[targets.shop]
url_env = "SHOP_URL"
logs = "shop.log"
app_logs = ["a.log", "b.log"]
models = "shop.models:Base"
tags = ["prod"]
for = 3

[targets.shop.thresholds.idle-in-transaction]
warning_seconds = 30

[thresholds.idle-in-transaction]
warning_seconds = 120
critical_seconds = 600

[[ignore]]
finding = "idle-in-transaction"
application = "batch-*"
reason = "the import holds one for an hour on purpose"
until = 2026-12-31

[[outputs]]
format = "html"
path = "reports/{date}.html"
index = "reports/index.html"

[[outputs]]
format = "webhook"
url_env = "HOOK"
style = "slack"
"""


def read(folder: Path, text: str) -> tuple[Config, list[str]]:
    path = folder / "triage.toml"
    path.write_text(text, encoding="utf-8")
    found, errors = config.problems_of(path, DETECTORS)
    return found, [error.message.replace(str(path), "triage.toml") for error in errors]


def test_all_of_it(tmp_path: Path) -> None:
    found, errors = read(tmp_path, WHOLE)
    assert errors == []
    assert found.history == History(path=str(tmp_path / "past.sqlite"), keep=timedelta(weeks=4))
    assert found.scheduled == Scheduled(looks=2, workers=3)
    shop = found.target("shop")
    assert (shop.logs, shop.app_logs, shop.tags) == (("shop.log",), ("a.log", "b.log"), ("prod",))
    assert (shop.models, shop.looks) == ("shop.models:Base", 3)
    assert found.ignores == (
        Ignore(
            finding="idle-in-transaction",
            application="batch-*",
            reason="the import holds one for an hour on purpose",
            until=date(2026, 12, 31),
        ),
    )
    assert found.outputs == (
        Output(
            format="html",
            path=str(tmp_path / "reports/{date}.html"),
            index=str(tmp_path / "reports/index.html"),
        ),
        Output(format="webhook", url_env="HOOK", style="slack"),
    )


def test_a_targets_thresholds_come_before_those_for_all(tmp_path: Path) -> None:
    found, _ = read(tmp_path, WHOLE)
    assert found.thresholds_of(found.target("shop")) == {
        "idle-in-transaction": {"warning": timedelta(seconds=30), "critical": timedelta(seconds=600)}
    }


def test_what_is_written_is_meant_from_the_files_folder_on_also_where_it_is_not_there(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "[report]\nlock = 'run/lock'\n[[outputs]]\nformat = 'text'\npath = '-'\n")
    assert found.scheduled.lock == str(tmp_path / "run/lock")
    assert found.outputs[0].path == "-"


@pytest.mark.parametrize("given", ["sqlite:///elsewhere.sqlite", "elsewhere.sqlite"])
def test_a_history_elsewhere_is_kept_for_as_long(given: str, tmp_path: Path) -> None:
    found, _ = read(tmp_path, "[history]\nurl_env = 'PAST'\nkeep = '365d'\n")
    moved = found.history.moved(given)
    assert moved.keep == timedelta(days=365)
    assert given in {moved.url, moved.path}
    assert moved.url_env is None


@pytest.mark.parametrize(("name", "why"), [("empty", "is empty"), ("a\0b", "cannot be read: embedded null byte")])
def test_a_url_file_that_holds_none_is_said(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ConfigError) as error:
        Target(url_file=str(tmp_path / name)).resolved_url()
    assert error.value.message == f"the url_file {tmp_path / name} {why}"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("[history]\nkeep = '90'\n", ["line 2: history.keep must be a duration"]),
        ("[history]\nkeep = '999999d'\n", ["line 2: history.keep must be a duration"]),
        ("[history]\nurl = 'a'\npath = 'b'\n", ["line 1: history says its place more than once"]),
        ("[report]\nfor = 0\n", ["line 2: report.for must be int, 1 or more"]),
        ("[report]\nfor = 1.5\n", ["line 2: report.for must be int, 1 or more"]),
        ("[ignore]\nreason = 'x'\n", ["line 1: ignore must be a list of tables"]),
        ("[[ignore]]\nkey = 'x'\n", ["line 1: ignore[1] does not say its reason"]),
        ("[[ignore]]\nreason = 'x'\n", ["line 1: ignore[1] says nothing that a finding could fit"]),
        (
            "[[ignore]]\nreason = 'x'\nfinding = 'n-plus-two'\n",
            ["line 3: ignore[1].finding is no finding: n-plus-two"],
        ),
        ("[[ignore]]\nreason = 'x'\nkey = 'y'\nuntil = 'z'\n", ["line 4: ignore[1].until must be a date"]),
        ("[[outputs]]\npath = 'x'\n", ["line 1: outputs[1] does not say its format"]),
        ("[[outputs]]\nformat = 'pdf'\npath = 'x'\n", ["line 2: outputs[1].format must be one of text, json"]),
        ("[[outputs]]\nformat = 'html'\n", ["line 1: outputs[1] does not say its path"]),
        ("[[outputs]]\nformat = 'webhook'\n", ["line 1: outputs[1] is a message and says no URL"]),
        (
            "[[outputs]]\nformat = 'webhook'\nurl = 'x'\npath = 'y'\n",
            ["line 1: outputs[1] is a message and has no path"],
        ),
        ("[[outputs]]\nformat = 'json'\npath = 'x'\nretries = 3\n", ["line 1: outputs[1] is a file"]),
        ("[[outputs]]\nformat = 'json'\npath = 'x'\nindex = 'y'\n", ["line 1: outputs[1] has an index"]),
        (
            "[[outputs]]\nformat = 'html'\npath = '{dat}.html'\n",
            ["line 1: outputs[1] has a path with braces in it that stand for nothing"],
        ),
        (
            "[targets.shop]\nproceses = 8\n\n[targets.shop.thresholds.n-plus-one]\nfewest = -1\n[hist]\n",
            ["line 2: targets.shop.proceses is not known", "line 5: ", "line 6: hist is not known"],
        ),
    ],
)
def test_every_mistake_is_named_with_its_line(tmp_path: Path, text: str, messages: list[str]) -> None:
    _, errors = read(tmp_path, text)
    assert len(errors) == len(messages)
    for error, message in zip(errors, messages, strict=True):
        assert error.startswith(f"triage.toml, {message}")
