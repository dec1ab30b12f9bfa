"""Files that the real compressors wrote: whole, of several members, cut, damaged, foreign."""

import os
import random
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.querylogs.sources.logs import GENERAL, STDERR
from triage.errors import SourceError
from triage.querylogs.sources import opened

COMPRESSORS = {"gzip": "gz", "bzip2": "bz2", "xz": "xz", "zstd": "zst"}
LONG = b"".join(
    b"%064x statement: SELECT %d\n" % (random.Random(7).getrandbits(256) * number, number) for number in range(8000)
)


def compressed(tool: str, data: bytes, *options: str) -> bytes:
    return subprocess.run([tool, "-c", "-1", *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def read(path: Path) -> tuple[bytes, str | None]:
    with opened(str(path)) as (file,):
        assert file.size == file.path.stat().st_size
        return file.path.read_bytes(), file.cut_short


@pytest.fixture(params=COMPRESSORS)
def tool(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_whole_file_is_read_whatever_its_name(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "postgresql.log"
    path.write_bytes(compressed(tool, LONG))
    assert read(path) == (LONG, None)


def test_an_empty_log_is_empty(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(compressed(tool, b""))
    assert read(path) == (b"", None)


def test_members_follow_each_other(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(compressed(tool, LONG) + compressed(tool, b"") + compressed(tool, GENERAL))
    assert read(path) == (LONG + GENERAL, None)


def test_padding_is_no_damage(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(compressed(tool, LONG) + bytes(1 << 14) + compressed(tool, GENERAL) + bytes(512))
    assert read(path) == (LONG + GENERAL, None)


def test_what_was_compressed_twice_is_plain(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(compressed("gzip", compressed(tool, STDERR)))
    assert read(path) == (STDERR, None)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.999])
def test_a_file_that_ends_early_gives_as_much_as_the_tool_itself_does(tool: str, part: float, tmp_path: Path) -> None:
    path = tmp_path / "log"
    whole = compressed(tool, LONG * 3)
    path.write_bytes(whole[: int(len(whole) * part)])
    tools_own = subprocess.run([tool, "-dc"], input=path.read_bytes(), capture_output=True, check=False).stdout
    data, why = read(path)
    assert why == f"{tool}: the compressed data ends early"
    assert (LONG * 3).startswith(data)
    assert data
    assert len(data) >= len(tools_own)


def test_a_file_that_ends_before_it_gives_anything_cannot_be_read(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(compressed(tool, STDERR)[:12])
    with pytest.raises(SourceError, match="ends early") as caught:
        read(path)
    assert caught.value.hint


def test_a_damaged_file_gives_what_comes_before(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    whole = bytearray(compressed(tool, LONG))
    at = len(whole) * 3 // 4
    whole[at : at + 64] = bytes(64)
    path.write_bytes(whole)
    data, why = read(path)
    assert why is not None
    assert why.startswith(f"{tool}: it is damaged")
    # A checksum comes after its data, so what follows the damage may have been given out wrong.
    assert len(data) > len(LONG) // 2
    assert data[: len(LONG) // 2] == LONG[: len(LONG) // 2]


def test_what_follows_the_members_is_told(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(compressed(tool, LONG) + b"this is no member, but text " * 10)
    data, why = read(path)
    assert data == LONG
    assert why is not None
    assert "something else" in why


def test_zstd_s_own_kinds_of_frames_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    skippable = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"abcd"
    path.write_bytes(skippable + compressed("zstd", LONG, "--long=27", "-19") + skippable)
    assert read(path) == (LONG, None)


def test_without_the_library_zstd_says_what_to_install(tmp_path: Path) -> None:
    path = tmp_path / "log.zst"
    path.write_bytes(compressed("zstd", STDERR))
    script = (
        "import sys; sys.modules['zstandard'] = None; sys.modules['compression'] = None\n"
        "from triage.errors import SourceError\nfrom triage.querylogs.sources import opened\n"
        "try:\n    opened(sys.argv[1]).__enter__()\nexcept SourceError as error:\n    print(error.message, '|', error.hint)"
    )
    said = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True).stdout
    assert "is compressed with zstd" in said
    assert f"zstd -dc {path} | triage replay -" in said


def test_archives_say_how_to_unpack_them(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(STDERR)
    with tarfile.open(tmp_path / "tar.gz", "w:gz") as tar:
        tar.add(log)
    with tarfile.open(tmp_path / "tar", "w") as tar:
        tar.add(log)
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.write(log)
    for name, said in {"tar.gz": "tar archive", "tar": "tar archive", "zip": "zip archive"}.items():
        with pytest.raises(SourceError, match=said) as caught:
            read(tmp_path / name)
        assert "| triage replay -" in caught.value.hint


@pytest.mark.parametrize("text", [b"BZhave a look\n", b"\x1f", b"PK\n", b"(\xb5", b"\xfd7zX"])
def test_a_log_that_begins_a_little_like_one_is_plain(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(text)
    assert read(path) == (text, None)


def test_little_memory_is_used_for_what_grows_a_thousandfold(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as out:
        subprocess.run(f"head -c 300000000 /dev/zero | {tool} -c", shell=True, stdout=out, check=True)
    script = (
        "import sys\nfrom tests.querylogs.sources.logs import peak_megabytes\n"
        "from triage.querylogs.sources import opened\n"
        "with opened(sys.argv[1]) as (file,):\n    print(file.size, peak_megabytes())"
    )
    run = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    size, megabytes = map(int, run.stdout.split())
    assert size == 300_000_000
    assert megabytes < 80


def test_a_full_temporary_folder_is_said(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(compressed("gzip", bytes(50_000_000)))
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))\n"
        "from triage.errors import SourceError\nfrom triage.querylogs.sources import opened\n"
        "try:\n    opened(sys.argv[1]).__enter__()\nexcept SourceError as error:\n    print(error.message, '|', error.hint)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, env=environment
    ).stdout
    assert f"could not be unpacked into {tmp_path}: File too large" in said
    assert "TMPDIR" in said
    assert [file.name for file in tmp_path.iterdir()] == ["log.gz"]
