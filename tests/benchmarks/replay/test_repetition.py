"""A repeated log is new traffic: later, of other sessions, and otherwise the same."""

from itertools import islice
from pathlib import Path

import pytest

from tests.benchmarks.replay.layout import LAYOUTS
from tests.benchmarks.replay.repetition import Repetition, cut, repeated

STATEMENT = "SELECT a\nFROM b\nWHERE b.at = '2026-01-31 23:59:58' AND b.pid = 41"
"""Nothing in here may move."""

LOGS = {
    "stderr": (
        (
            f"2026-01-31 23:59:58.123 UTC [41] app@shop LOG:  duration: 0.1 ms  statement: {STATEMENT}\n"
            f"2026-01-31 23:59:59.456 UTC [43] app@shop LOG:  duration: 0.1 ms  statement: {STATEMENT}\n"
        ),
        (
            f"2026-02-01 00:00:00.123 UTC [44] app@shop LOG:  duration: 0.1 ms  statement: {STATEMENT}\n"
            f"2026-02-01 00:00:01.456 UTC [46] app@shop LOG:  duration: 0.1 ms  statement: {STATEMENT}\n"
        ),
    ),
    "csvlog": (
        (
            '2026-01-31 23:59:58.123 UTC,"app","shop",41,"127.0.0.1:5",697e977e.29,1,"idle",2026-01-31 23:59:58 UTC,3/1,0,'
            f'LOG,00000,"duration: 0.1 ms  statement: {STATEMENT}",,,\n'
        ),
        (
            '2026-01-31 23:59:59.123 UTC,"app","shop",42,"127.0.0.1:5",697e977f.2a,1,"idle",2026-01-31 23:59:59 UTC,3/1,0,'
            f'LOG,00000,"duration: 0.1 ms  statement: {STATEMENT}",,,\n'
        ),
    ),
    "jsonlog": (
        (
            '{"timestamp":"2026-01-31 23:59:58.123 UTC","user":"app","dbname":"shop","pid":41,"remote_host":"::1",'
            '"remote_port":5,"session_id":"697e977e.29","line_num":1,"ps":"idle","session_start":"2026-01-31 23:59:58 UTC",'
            '"message":"duration: 0.1 ms  statement: SELECT \'2026-01-31 23:59:58 UTC\'"}\n'
        ),
        (
            '{"timestamp":"2026-01-31 23:59:59.123 UTC","user":"app","dbname":"shop","pid":42,"remote_host":"::1",'
            '"remote_port":5,"session_id":"697e977f.2a","line_num":1,"ps":"idle","session_start":"2026-01-31 23:59:59 UTC",'
            '"message":"duration: 0.1 ms  statement: SELECT \'2026-01-31 23:59:58 UTC\'"}\n'
        ),
    ),
    "general": (
        f"260131  9:59:58\t    41 Query\t{STATEMENT}\n\t\t    42 Query\tCOMMIT\n",
        f"260131 09:59:59\t    43 Query\t{STATEMENT}\n\t\t    44 Query\tCOMMIT\n",
    ),
    "slow": (
        (
            "# Time: 260131 23:59:58\n# User@Host: a[a] @ b [1]\n# Thread_id: 41  Schema: shop  QC_hit: No\n"
            f"# Query_time: 0.000014  Lock_time: 0.000000\nSET timestamp=1769903998;\n{STATEMENT};\n"
        ),
        (
            "# Time: 260131 23:59:59\n# User@Host: a[a] @ b [1]\n# Thread_id: 42  Schema: shop  QC_hit: No\n"
            f"# Query_time: 0.000014  Lock_time: 0.000000\nSET timestamp=1769903999;\n{STATEMENT};\n"
        ),
    ),
    "echo": (
        (
            f"2026-01-31 23:59:58,123 INFO sqlalchemy.engine.Engine {STATEMENT}\n"
            "2026-01-31 23:59:58,124 INFO sqlalchemy.engine.Engine [cached since 2s ago] {'pid': 41}\n"
            "2026-01-31 23:59:58,124 INFO sqlalchemy.engine.Engine COMMIT\n"
        ),
        (
            f"2026-01-31 23:59:59,123 INFO sqlalchemy.engine.Engine {STATEMENT}\n"
            "2026-01-31 23:59:59,124 INFO sqlalchemy.engine.Engine [cached since 2s ago] {'pid': 41}\n"
            "2026-01-31 23:59:59,124 INFO sqlalchemy.engine.Engine COMMIT\n"
        ),
    ),
    "echo-json": (
        (
            '{"asctime": "2026-01-31 23:59:58,123", "name": "sqlalchemy.engine.Engine", "message": "SELECT 1"}\n'
            '{"asctime": "2026-01-31 23:59:58,124", "name": "sqlalchemy.engine.Engine", '
            "\"message\": \"[raw sql] {'at': '2026-01-31 23:59:58'}\"}\n"
            '{"asctime": "2026-01-31 23:59:58,124", "name": "sqlalchemy.engine.Engine", "message": "COMMIT"}\n'
        ),
        (
            '{"asctime": "2026-01-31 23:59:59,123", "name": "sqlalchemy.engine.Engine", "message": "SELECT 1"}\n'
            '{"asctime": "2026-01-31 23:59:59,124", "name": "sqlalchemy.engine.Engine", '
            "\"message\": \"[raw sql] {'at': '2026-01-31 23:59:58'}\"}\n"
            '{"asctime": "2026-01-31 23:59:59,124", "name": "sqlalchemy.engine.Engine", "message": "COMMIT"}\n'
        ),
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_times_and_ids_move_and_nothing_else(name: str) -> None:
    log, moved = LOGS[name]
    first, second = islice(Repetition(log.encode(), LAYOUTS[name]), 2)
    assert second.decode() == moved
    assert first.decode() == log.replace("260131  9", "260131 09")  # MariaDB writes both


@pytest.mark.parametrize("name", LAYOUTS)
def test_executions_are_counted_once(name: str) -> None:
    log, _ = LOGS[name]
    executions = 1 if name in {"csvlog", "jsonlog", "slow"} else 2
    assert len(LAYOUTS[name].execution.findall(log.encode())) == executions


def test_a_banner_is_not_repeated(tmp_path: Path) -> None:
    source, into = tmp_path / "general", tmp_path / "long"
    banner = "mariadbd, Version: 10.11. started with:\nTcp port: 1\nTime\t\t    Id Command\tArgument\n"
    source.write_text(banner + LOGS["general"][0])
    assert repeated(source, LAYOUTS["general"], 1000, into) > 3
    assert into.stat().st_size >= 1000
    assert into.read_text().count("Version") == 1


def test_a_cut_leaves_whole_records(tmp_path: Path) -> None:
    source, into = tmp_path / "stderr", tmp_path / "part"
    source.write_text("".join(LOGS["stderr"]))
    cut(source, LAYOUTS["stderr"], len(LOGS["stderr"][0]) + 50, into)
    assert into.read_text() == LOGS["stderr"][0]
    cut(source, LAYOUTS["stderr"], 1 << 20, into)
    assert into.read_bytes() == source.read_bytes()
