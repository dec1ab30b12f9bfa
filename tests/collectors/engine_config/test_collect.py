import pytest

from tests.collectors.engine_config.conftest import NOW, Read, by_name, only
from triage.evidence import SourceKind


def test_the_evidence_names_its_source(read: Read) -> None:
    evidence = read("db.toml", "[engine]\nurl = 'postgresql://db/shop'\n")
    [source] = evidence.sources
    assert (source.kind, source.name, source.backend) == (SourceKind.ENGINE, "db.toml", "postgresql")
    assert source.collected_at == evidence.collected_at == NOW


@pytest.mark.parametrize(("name", "text"), [("db.toml", "pool_size = 1"), ("app.py", "SQLALCHEMY_POOL_SIZE = 1\n")])
def test_processes_are_unknown_where_nobody_says(read: Read, name: str, text: str) -> None:
    assert only(read(name, text)).processes is None
    assert only(read(name, text, processes=12)).processes == 12


def test_processes_count_for_every_engine(read: Read) -> None:
    text = "from sqlalchemy import create_engine\na = create_engine(u)\nb = create_engine(u)\n"
    assert {e.processes for e in by_name(read("db.py", text, processes=3)).values()} == {3}


def test_engines_of_one_name_are_numbered_where_nothing_else_tells_them_apart(read: Read) -> None:
    text = (
        "from sqlalchemy import create_engine\ndef f(): engine = create_engine(u)\ndef g(): engine = create_engine(u)\n"
    )
    evidence = read("db.py", text)
    assert list(by_name(evidence)) == ["engine", "engine (2)"]
    assert [engine.function for engine in evidence.engines or ()] == ["f", "g"]
    assert not evidence.gaps


SECRETS = {
    "db.toml": "[engine]\nurl = 'postgresql://app:hunter2@db/shop?password=hunter2'\npool_sise = 'hunter2'\n"
    "[engine.connect_args]\npassword = 'hunter2'\noptions = '-c app.secret=hunter2'\n",
    "db.yaml": "engine:\n  url: 'mysql://app:hunter2@db/shop'\n  pool_size: {password: hunter2}\n",
    "db.json": '{"SQLALCHEMY_DATABASE_URI": "mysql://app:hunter2@db/shop", "SECRET_KEY": "hunter2"}',
    "db.ini": "[app]\nsqlalchemy.url = postgresql://app:hunter2@db/shop\nsecret = hunter2\n",
    "db.py": "from sqlalchemy import create_engine\nPASSWORD = 'hunter2'\n"
    "engine = create_engine(f'postgresql://app:{PASSWORD}@db/shop', pool_size=size('hunter2'))\n",
}


@pytest.mark.parametrize(("name", "text"), SECRETS.items())
def test_no_secret_is_kept(read: Read, name: str, text: str) -> None:
    evidence = read(name, text)
    assert only(evidence).backend is not None
    assert "hunter2" not in repr(evidence)
