"""A real Dask cluster of two worker processes comes to what one machine comes to. S3 is moto's server."""

import bz2
import gzip
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import boto3  # type: ignore[import-untyped,unused-ignore]
import fsspec  # type: ignore[import-untyped,unused-ignore]
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from tests.querylogs.build import NOW, Log
from tests.querylogs.dask_cluster import DaskCluster, dask_cluster
from tests.querylogs.held_server import Web, web
from tests.querylogs.sources.logs import cri
from tests.querylogs.test_parts import busy_log
from triage.check import judge
from triage.cli.replay import JUDGES, command
from triage.errors import SourceError, UsageError
from triage.evidence import Evidence
from triage.querylogs.cluster.client import connected
from triage.querylogs.cluster.file import SharedFile, mark_of
from triage.querylogs.cluster.unit import Reading, Unit, read_unit
from triage.querylogs.replay import Logs, replay

ACCESS = {
    "AWS_ACCESS_KEY_ID": "AKIATRIAGE",
    "AWS_SECRET_ACCESS_KEY": "very-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
}


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ACCESS.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        fsspec.filesystem("s3").clear_instance_cache()
        yield f"http://{host}:{port}"
    fsspec.filesystem("s3").clear_instance_cache()
    server.stop()


@pytest.fixture(scope="module")
def bucket(s3_url: str) -> Iterator[str]:
    client = boto3.client("s3", endpoint_url=s3_url)
    client.create_bucket(Bucket="shop")
    for key, data in objects().items():
        client.put_object(Bucket="shop", Key=key, Body=data)
    yield "s3://shop"
    client.close()


@pytest.fixture(scope="module")
def cluster(s3_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask"), 2, {**ACCESS, "AWS_ENDPOINT_URL": s3_url}) as found:
        yield found


def rotated(parts: int = 3) -> list[bytes]:
    """A busy log, rotated in the middle of transactions."""
    lines = busy_log().content().splitlines(keepends=True)
    size = len(lines) // parts + 1
    return [b"".join(lines[at : at + size]) for at in range(0, len(lines), size)]


def objects() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for at, data in enumerate(rotated()):
        found[f"plain/{at}.log"] = data
        found[f"packed/{at}.log.gz"] = gzip.compress(data)
        found[f"wrapped/{at}.log"] = cri(data)
        found[f"both/{at}.log.bz2"] = bz2.compress(cri(data))
    return found


def on(cluster: DaskCluster | str, *names: str, piece: int = 5000) -> Evidence:
    address = cluster if isinstance(cluster, str) else cluster.address
    return replay(Logs(names=names, scheduler=address, range_bytes=piece), NOW).evidence


def here(*names: str) -> Evidence:
    return replay(Logs(names=names, workers=1), NOW).evidence


@pytest.mark.parametrize("kind", ["plain", "packed", "wrapped", "both"])
def test_the_cluster_finds_what_this_machine_finds(bucket: str, cluster: DaskCluster, kind: str) -> None:
    expected, found = here(f"{bucket}/{kind}/*"), on(cluster, f"{bucket}/{kind}/*")
    assert len(expected.sources) == 3
    assert not expected.gaps
    assert found == expected
    findings = judge(found, {}, JUDGES).findings
    assert findings
    assert findings == judge(expected, {}, JUDGES).findings


def test_the_workers_keep_no_statement(bucket: str, cluster: DaskCluster) -> None:
    on(cluster, f"{bucket}/packed/*")
    assert "SELECT" not in cluster.output()
    assert not [path for path in cluster.folder.rglob("*") if path.is_file() and b"authors" in path.read_bytes()]


def test_a_path_that_is_shared(tmp_path: Path, cluster: DaskCluster) -> None:
    for at, data in enumerate(rotated()):
        (tmp_path / f"{at}.log").write_bytes(data)
        (tmp_path / f"{at}.log.gz").write_bytes(gzip.compress(data))
    pattern = str(tmp_path / "*.log")
    assert on(cluster, pattern) == here(pattern)
    found = on(cluster, str(tmp_path / "*"))
    assert found.query_logs == here(pattern).query_logs
    assert [gap.reason.partition(" is ")[2] for gap in found.gaps] == [
        f"the same as {tmp_path / f'{at}.log'}, and counted once" for at in range(3)
    ]


def test_a_copy_made_while_the_log_grew_counts_once(tmp_path: Path, cluster: DaskCluster) -> None:
    data = busy_log().content()
    (tmp_path / "log").write_bytes(data)
    (tmp_path / "copy.gz").write_bytes(gzip.compress(data[: len(data) // 2]))
    found = on(cluster, str(tmp_path / "*"))
    assert found.query_logs == here(str(tmp_path / "log")).query_logs
    assert [gap.reason for gap in found.gaps] == [
        f"{tmp_path}/copy.gz is the beginning of {tmp_path}/log, and counted once"
    ]


def test_servers_that_overlap_in_time_are_no_stream(tmp_path: Path, cluster: DaskCluster) -> None:
    """Both have a session 7; what one leaves open the other does not commit."""
    for at in range(2):
        log = Log().run(1, *["SELECT 1"] * (5 + at)).connect(7).run(7, "BEGIN", "INSERT INTO tags (id) VALUES (1)")
        log.run(1, "SELECT 2", after=200 + at)
        if at:
            log.run(7, "COMMIT")
        (tmp_path / f"{at}.gz").write_bytes(gzip.compress(log.content()))
    pattern = str(tmp_path / "*.gz")
    found = on(cluster, pattern)
    assert found.query_logs is not None
    assert [each.session for each in found.query_logs.unfinished] == ["7"]
    assert found == here(pattern)


def test_a_gzip_that_ends_early(tmp_path: Path, cluster: DaskCluster) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(busy_log().content())[:-30])
    found = on(cluster, str(path))
    assert found == here(str(path))
    assert "ends early" in found.gaps[0].reason


def test_several_programs_in_one_file(tmp_path: Path, cluster: DaskCluster) -> None:
    lines = [*busy_log().content().splitlines(keepends=True)]
    path = tmp_path / "compose.log.gz"
    named = [b"db-1    | " + line + b"other-1 | hello\n" for line in lines]
    path.write_bytes(gzip.compress(b"".join(named)))
    found = on(cluster, str(path))
    assert found == here(str(path))
    assert [source.name for source in found.sources] == [f"{path} (db-1)"]


def test_a_program_that_the_beginning_does_not_show(tmp_path: Path, cluster: DaskCluster) -> None:
    lines = Log().run(1, *["SELECT id FROM books"] * 20_000).content().splitlines(keepends=True)
    path = tmp_path / "compose.log.gz"
    path.write_bytes(gzip.compress(b"".join(b"db-1   | " + line for line in lines) + b"late-1 | hello\n"))
    (gap,) = on(cluster, str(path), piece=1 << 20).gaps
    assert gap.unread
    assert "late-1" in gap.reason


def test_autocommit_that_a_later_range_assumed_to_be_off(tmp_path: Path, cluster: DaskCluster) -> None:
    lines = [
        f"2026-01-31T15:00:00.{at:06}Z\t    8 Query\t{text}"
        for at, text in enumerate(
            [
                "SET autocommit = 1",
                *["INSERT INTO tags (id) VALUES (1)", "COMMIT"] * 500,
                "SET autocommit = 0",
                "DELETE FROM tags",
            ]
        )
    ]
    path = tmp_path / "general.log"
    path.write_text("\n".join(lines) + "\n")
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    expected = here(str(path))
    assert on(cluster, str(path), piece=500).query_logs == expected.query_logs
    assert on(cluster, str(packed), piece=500).query_logs == expected.query_logs


@contextmanager
def held(folder: Path, **settings: str) -> Iterator[tuple[DaskCluster, Web, list[str]]]:
    """A cluster whose two workers are about to wait for their logs, and the logs."""
    content = {f"/{at}.log": data for at, data in enumerate(rotated())}
    with web(content) as site, dask_cluster(folder, 2, {**ACCESS, **settings}) as cluster:
        yield cluster, site, [f"{site.url}{path}" for path in content]


@contextmanager
def killing(site: Web, victims: Sequence["subprocess.Popen[bytes]"]) -> Iterator[None]:
    """Kill some processes when both workers are at work, and let the work go on then."""

    def kill() -> None:
        for _ in range(2):
            assert site.held.acquire(timeout=60)
        for victim in victims:
            victim.kill()
            victim.wait()
        site.go.set()

    site.holds = True
    with ThreadPoolExecutor(1) as pool:
        deed = pool.submit(kill)
        yield
        deed.result()


def test_a_worker_killed_in_the_middle_changes_nothing(tmp_path: Path) -> None:
    with held(tmp_path / "dask") as (cluster, site, names):
        expected = here(*names)
        with killing(site, cluster.workers[:1]):
            assert on(cluster, *names) == expected


def test_work_that_workers_are_lost_on_is_given_up(tmp_path: Path) -> None:
    with held(tmp_path / "dask", DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as (cluster, site, names):
        with killing(site, cluster.workers[:1]):
            found = on(cluster, *names)
        # What was waiting for the lost worker counts as lost on it as well.
        assert len(found.gaps) in {1, 2}
        assert len(found.gaps) + len(found.sources) == 3
        for gap in found.gaps:
            assert gap.unread
            assert "lost one after the other" in gap.reason
            assert "500 MB" in gap.hint


@pytest.mark.parametrize("lost", ["workers", "scheduler"])
def test_a_cluster_that_is_lost(tmp_path: Path, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.querylogs.cluster.client._LOOK_EVERY", 0.3)
    monkeypatch.setattr("triage.querylogs.cluster.client._ANSWERED_WITHIN", 5.0)
    with held(tmp_path / "dask") as (cluster, site, names):
        victims = cluster.workers if lost == "workers" else [cluster.scheduler]
        with (
            killing(site, victims),
            pytest.raises(SourceError, match="no workers" if lost == "workers" else "was lost|no workers"),
        ):
            on(cluster, *names)


def test_a_scheduler_that_nobody_reaches() -> None:
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"tcp://127\.0\.0\.1:9 could not be reached") as caught:
        on("tcp://127.0.0.1:9", "s3://shop/log")
    assert time.monotonic() - began < 20  # the client itself would try for 30 s
    assert "dask scheduler" in caught.value.hint


@pytest.mark.parametrize("address", ["", "nonsense", "tcp://", "ftp://127.0.0.1:9", "tcp://user:secret@127.0.0.1:9"])
def test_an_address_that_is_none(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.querylogs.cluster.client._REACHED_WITHIN", 0.3)
    with pytest.raises(SourceError, match="could not be reached") as caught:
        on(address, "s3://shop/log")
    assert "secret" not in caught.value.message


def test_workers_without_access_or_another_version(
    bucket: str, s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {**ACCESS, "AWS_ENDPOINT_URL": s3_url, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    with dask_cluster(tmp_path / "dask", 1, settings) as cluster:
        found = on(cluster, f"{bucket}/plain/*")
        assert len(found.gaps) == 3
        assert all(gap.unread and "s3://shop/plain" in gap.reason for gap in found.gaps)
        assert "credentials" in found.gaps[0].hint
        assert "on the worker tcp://127.0.0.1" in found.gaps[0].reason
        assert not found.sources
        assert "very-secret" not in cluster.output()
        monkeypatch.setattr("triage.querylogs.cluster.client.__version__", "99.0")
        with pytest.raises(SourceError, match=r"has triage .*, and this is triage 99\.0"):
            on(cluster, f"{bucket}/plain/*")


@pytest.mark.parametrize("code", ["", "import what_is_not_there"])
def test_workers_without_triage(tmp_path: Path, code: str) -> None:
    with dask_cluster(tmp_path / "dask", 0, ACCESS) as cluster:
        (tmp_path / "triage").mkdir()
        (tmp_path / "triage" / "__init__.py").write_text(code)
        cluster.add(path=tmp_path)
        with pytest.raises(SourceError, match="has no triage") as caught:
            on(cluster, "s3://shop/log")
        assert "pip install" in caught.value.hint


def test_a_path_that_leads_elsewhere_on_a_worker(tmp_path: Path, cluster: DaskCluster) -> None:
    path = tmp_path / "log"
    path.write_bytes(busy_log().content())
    log = SharedFile(str(path), path.stat().st_size, mark_of(b"something else"))
    with connected(cluster.address) as found:
        unit = Unit(file=log, end=log.size, format_name="postgresql-stderr", variant="%m [%p] ")
        ((_, _, reading),) = found.results(read_unit, [(None, unit)])
        assert isinstance(reading, Reading)
        assert reading.error is not None
        assert "another file" in reading.error[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("-", "cannot read stdin"),
        ("s3://key:secret@shop/log", "holds credentials"),
        ("https://host/log?X-Amz-Signature=secret", "holds credentials"),
        ("/nonexistent/log", "could not be read"),
        ("/", "is a directory"),
    ],
)
def test_what_a_cluster_cannot_read(cluster: DaskCluster, name: str, said: str) -> None:
    (gap,) = on(cluster, name).gaps
    assert gap.unread
    assert said in gap.reason
    assert "secret" not in gap.reason + gap.source


@pytest.mark.parametrize("option", [("--workers", "2"), ("--follow",)])
def test_what_goes_with_no_cluster(option: tuple[str, ...]) -> None:
    arguments = ["log", "--dask", "tcp://127.0.0.1:9", *option]
    with pytest.raises(UsageError, match="--dask"):
        CliRunner().invoke(command, arguments, standalone_mode=False, obj=0, catch_exceptions=False)


def test_without_dask() -> None:
    script = (
        "import sys; sys.modules['distributed'] = None\n"
        "from triage.cli import main\nsys.argv = ['triage', 'replay', '--dask', 'tcp://host:8786', 's3://bucket/log']\nmain()"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 3
    assert "sqlalchemy-triage[dask]" in run.stderr
