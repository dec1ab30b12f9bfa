"""How blocks are found in a runbook, and how its examples become what is really there."""

from pathlib import Path

import pytest

from tests.runbooks.blocks import commands, statements, with_real
from triage.demo.scene import Scene
from triage.runbooks import Runbook

SCENE = Scene(
    script=Path("/books/a/broken.py"),
    url="postgresql+psycopg2://app@localhost/app",
    printed=[],
    app_log=Path("/run/app.log"),
    query_logs=[Path("/run/slow.log"), Path("/run/error.log")],
)


def book(text: str) -> Runbook:
    return Runbook(id="a", title="b", findings=("c",), text=text, folder=Path())


def test_sql_is_taken_by_its_backend_and_split() -> None:
    text = "```sql postgresql\nSELECT 1;\n\nSELECT ';';\n```\n\n- in a list:\n\n  ```sql mysql mariadb\n  SELECT 2;\n  ```\n"
    assert statements(book(text), "postgresql") == ["SELECT 1", "SELECT ';'"]
    assert statements(book(text), "mysql") == statements(book(text), "mariadb") == ["SELECT 2"]


def test_only_commands_of_triage_are_typed_and_only_ours() -> None:
    text = "```console\n$ triage check \\\n  --app 'my shop' | less\n$ psql -c 'SELECT 1'\n1 critical\n$ triage replay a.log  # all\n```\n"
    assert commands(book(text)) == [["triage", "check", "--app", "my shop"], ["triage", "replay", "a.log"]]


@pytest.mark.parametrize(
    ("example", "real"),
    [
        ("triage check --app shop", "triage check --app shop"),
        (
            "triage check postgresql://app@db/shop?application_name=x --engine app/db.py --processes 12",
            "triage check postgresql+psycopg2://app@localhost/app --engine /books/a/broken.py --processes 12",
        ),
        ("triage check --log /var/log/mysql/slow.log", "triage check --log /run/slow.log"),
        ("triage check --app-log app.log", "triage check --app-log /run/app.log"),
        ("triage replay /var/log/mysql/slow.log*", "triage replay /run/slow.log /run/error.log"),
        ("triage replay 'pg/*.csv.gz' --workers 2", "triage replay /run/slow.log /run/error.log --workers 2"),
        ("triage explain /var/log/app.log.1", "triage explain /run/app.log"),
        ("triage runbook show deadlock", "triage runbook show deadlock"),
    ],
)
def test_examples_become_what_is_there(example: str, real: str) -> None:
    words = [word.strip("'") for word in example.split()]
    assert with_real(words, SCENE) == real.split()


def test_a_text_to_explain_stays_as_it_is() -> None:
    words = ["triage", "explain", "QueuePool limit of size 5 overflow 10 reached, see app.log"]
    assert with_real(words, SCENE) == words
