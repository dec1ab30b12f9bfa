"""Files, pipes, folders and what cannot be read, from the outside; logs of several programs."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from tests.querylogs.sources import logs
from tests.querylogs.sources.logs import CSV, ECHO, INSTANT, STDERR, before_each, lines_of
from triage.errors import SourceError
from triage.querylogs.sources import opened
from triage.querylogs.sources import spool as spooling

SHOW = (
    "import sys\nfrom triage.errors import SourceError\nfrom triage.querylogs.sources import opened\n"
    "try:\n"
    "    with opened(sys.argv[1]) as files:\n"
    "        for file in files:\n"
    "            print(file.name, file.size, file.path, file.wrapper, file.cut_short, sep='|')\n"
    "            sys.stdout.flush(); sys.stdout.buffer.write(file.path.read_bytes())\n"
    "except SourceError as error:\n    print(error.message, error.hint, sep='|')"
)


def show(name: str, shell: str = '{} -c "$SHOW" {}', *, user: int | None = None) -> tuple[list[str], bytes]:
    command = shell.format(sys.executable, name)
    run = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        check=True,
        env={**os.environ, "SHOW": SHOW},
        user=user,
        timeout=60,
    )
    first, _, rest = run.stdout.partition(b"\n")
    return first.decode().split("|"), rest


def test_a_plain_file_is_used_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(STDERR)
    with opened(str(path)) as (file,):
        assert (file.name, file.path, file.size) == (str(path), path, len(STDERR))
        assert file.wrapper is file.cut_short is None
    assert path.read_bytes() == STDERR
    with opened(f"file://{path}") as (file,):
        assert file.path == path


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    with opened(str(path)) as (file,):
        assert file.size == 0


def test_a_temporary_file_is_private_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(logs.cri(STDERR))
    before = set(Path(tempfile.gettempdir()).glob("triage-log-*"))
    with opened(str(path)) as (file,):
        assert file.wrapper == "kubernetes"
        assert file.path.read_bytes() == STDERR
        assert file.path.stat().st_mode & 0o777 == 0o600
        assert file.size == len(STDERR)
        temporary = file.path
    assert not temporary.exists()
    assert temporary not in before


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0"])
@pytest.mark.parametrize("into", ["cat {} |", "gzip -c {} |", "zstd -qc {} |"])
def test_a_pipe(name: str, into: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(STDERR)
    (title, size, where, *_), data = show(name, into.format(path) + ' {} -c "$SHOW" {}')
    assert title == ("stdin" if name == "-" else name)
    assert (int(size), data) == (len(STDERR), STDERR)
    assert not Path(where).exists()


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_redirected_file_can_be_read_by_other_processes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(STDERR)
    (_, _, where, *_), data = show(name, '{} -c "$SHOW" {} < ' + str(path))
    assert data == STDERR
    assert not where.startswith("/dev")


def test_process_substitution(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(STDERR)
    _, data = show("", f'{{}} -c "$SHOW" <(cat {path})')
    assert data == STDERR


def test_a_closed_stdin() -> None:
    (said, hint), _ = show("-", '{} -c "$SHOW" {} <&-')
    assert said == "stdin is closed"
    assert hint


def test_a_fifo(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(STDERR,))
    writer.start()
    with opened(str(path)) as (file,):
        assert file.path.read_bytes() == STDERR
    writer.join()


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("folder", "is a directory", "/*.log'"),
        ("missing", "No such file", "check the path"),
        ("x" * 300, "too long", "path"),
    ],
)
def test_what_cannot_be_read(name: str, said: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError, match=said) as caught, opened(str(tmp_path / name)):
        pass
    assert hint in caught.value.hint
    assert caught.value.source == str(tmp_path / name)


def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(STDERR)
    path.chmod(0)
    if os.geteuid() == 0:  # nothing is forbidden to root: for a moment we are nobody, who may enter the folders
        for folder in (tmp_path, *tmp_path.parents[:-2]):
            folder.chmod(folder.stat().st_mode | 0o111)
        os.seteuid(65534)
    try:
        with pytest.raises(SourceError, match="Permission denied") as caught, opened(str(path)):
            pass
    finally:
        os.seteuid(os.getuid())
    assert "sudo cat" in caught.value.hint


def test_a_file_that_grows_has_the_size_it_had(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(STDERR)
    with opened(str(path)) as (file,):
        with path.open("ab") as more:
            more.write(STDERR)
        assert file.size == len(STDERR)


def test_programs_in_one_log_are_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "log"
    web, database = lines_of(ECHO), lines_of(STDERR)
    mixed = b"".join(
        b"web-1  | " + INSTANT + b" " + one + b"db-1   | " + INSTANT + b" " + other
        for one, other in zip(web, database, strict=False)
    )
    shared = min(len(web), len(database))
    path.write_bytes(mixed)
    with opened(str(path)) as files:
        assert [file.name for file in files] == [f"{path} (web-1)", f"{path} (db-1)"]
        assert {file.wrapper for file in files} == {"docker compose over timestamps"}
        assert [file.path.read_bytes() for file in files] == [b"".join(web[:shared]), b"".join(database[:shared])]


def test_one_program_keeps_the_log_s_name(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(before_each(b"\x1b[33mdb-1  | \x1b[0m", CSV))
    with opened(str(path)) as (file,):
        assert (file.name, file.wrapper) == (str(path), "colours over docker compose")
        assert file.path.read_bytes() == CSV


def test_programs_beyond_any_number_keep_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    wrapped = before_each(b"db-1  | ", STDERR * 50)
    many = b"".join(b"x%-4d | line %d\n" % (number, number) for number in range(300))
    path.write_bytes(wrapped + many + 3 * wrapped)
    with opened(str(path)) as files:
        assert len(files) == 100
        everything = b"".join(file.path.read_bytes() for file in files)
    for number in range(300):
        assert b"line %d\n" % number in everything
    assert everything.count(b"authors") == 200 * STDERR.count(b"authors")


def test_wrappers_in_a_compressed_log(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(
        subprocess.run(["gzip", "-c"], input=logs.docker_json(STDERR), capture_output=True, check=True).stdout
    )
    with opened(str(path)) as (file,):
        assert (file.wrapper, file.path.read_bytes()) == ("docker json-file", STDERR)


def test_a_long_line_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as out:
        out.write(logs.cri(STDERR * 20) + INSTANT + b" stderr F ")
        for _ in range(100):
            out.write(b"x" * 1_000_000)
        out.write(b"\n" + logs.cri(STDERR * 20))
    script = (
        "import sys\nfrom tests.querylogs.sources.logs import peak_megabytes\n"
        "from triage.querylogs.sources import opened\n"
        "with opened(sys.argv[1]) as (file,):\n    print(file.size, file.wrapper, peak_megabytes())"
    )
    run = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    size, wrapper, megabytes = run.stdout.split()
    assert (int(size), wrapper) == (40 * len(STDERR) + 100_000_001, "kubernetes")
    assert int(megabytes) < 60


def test_the_disk_is_never_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(logs.cri(STDERR))
    room = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(spooling, "_LEFT_FREE", room.total)
    if room.free >= room.total // 20:  # the smaller of the two bounds counts: raise that as well
        monkeypatch.setattr(spooling, "_PART_LEFT_FREE", 1)
    with pytest.raises(SourceError, match="No space left on device") as caught, opened(str(path)):
        pass
    assert "TMPDIR" in caught.value.hint
