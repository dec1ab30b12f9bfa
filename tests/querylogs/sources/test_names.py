"""From what was typed to the logs, and how they are printed."""

from pathlib import Path

import pytest

from triage.errors import SourceError
from triage.querylogs.sources import expanded, shown


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.log", "a.log", "c[1].log", "deep/er/d.log", "a.log.d/x"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_names_stay_as_they_are_and_in_order() -> None:
    assert expanded(("b.log", "-", "missing.log", "a.log")) == ["b.log", "-", "missing.log", "a.log"]


def test_each_log_is_named_once(folder: Path) -> None:
    names = (str(folder / "b.log"), str(folder / "*.log"), "-", "-", str(folder / "a.log"))
    assert expanded(names) == [*(str(folder / name) for name in ("b.log", "a.log", "c[1].log")), "-"]


def test_a_pattern_reaches_into_folders_and_gives_no_folder(folder: Path) -> None:
    assert expanded((f"{folder}/**/*.log",)) == [
        str(folder / name) for name in ("a.log", "b.log", "c[1].log", "deep/er/d.log")
    ]
    assert expanded((f"{folder}/a.*",)) == [str(folder / "a.log")]


def test_a_name_that_looks_like_a_pattern_is_a_name_if_it_exists(folder: Path) -> None:
    assert expanded((str(folder / "c[1].log"),)) == [str(folder / "c[1].log")]


def test_a_file_url_is_a_path(folder: Path) -> None:
    assert expanded((f"file://{folder}/[ab].log",)) == [str(folder / "a.log"), str(folder / "b.log")]


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_pattern_that_matches_nothing(folder: Path, scheme: str) -> None:
    with pytest.raises(SourceError, match="no file matches") as caught:
        expanded((f"{scheme}{folder}/*.txt",))
    assert "quote it" in caught.value.hint


def test_a_presigned_url_is_no_pattern() -> None:
    url = "https://bucket.s3.amazonaws.com/log.gz?X-Amz-Signature=ab*cd&X-Amz-Expires=[60]"
    assert expanded((url,)) == [url]


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("/var/log/postgresql/postgresql.log", "/var/log/postgresql/postgresql.log"),
        ("s3://bucket/a@b/log.gz", "s3://bucket/a@b/log.gz"),
        ("https://host/log.gz?X-Amz-Signature=abc&x=y", "https://host/log.gz?***"),
        ("https://user:se@cret@host/log", "https://***@host/log"),
        ("https://ghp_token@host/log", "https://***@host/log"),
        ("simplecache::s3://key:secret@bucket/log", "simplecache::s3://***@bucket/log"),
        ("sftp://user:pa/ss@host/log", "sftp://***@host/log"),
        ("abfss://container@account.dfs.core.windows.net/log", "abfss://container@account.dfs.core.windows.net/log"),
        ("https://host:8080/a@b", "https://host:8080/a@b"),
        ("404, url='https://h/l?sig=abc'", "404, url='https://h/l?***'"),
    ],
)
def test_secrets_are_not_printed(name: str, printed: str) -> None:
    assert shown(name) == printed
