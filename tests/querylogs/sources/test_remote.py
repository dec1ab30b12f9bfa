"""Logs in a real S3 server (moto's), on a real HTTP server and in fsspec's memory."""

import functools
import gzip
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3  # type: ignore[import-untyped,unused-ignore]
import fsspec  # type: ignore[import-untyped,unused-ignore]
import pytest
from moto.server import ThreadedMotoServer

from tests.querylogs.sources import logs
from tests.querylogs.sources.logs import CSV, STDERR
from triage.errors import SourceError
from triage.querylogs.sources import expanded, opened


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATRIAGE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    fsspec.filesystem("s3").clear_instance_cache()
    client = boto3.client("s3")
    client.create_bucket(Bucket="shop")
    for key, data in {
        "logs/2.csv.gz": gzip.compress(CSV),
        "logs/1.csv.gz": gzip.compress(CSV * 3)[:-9],
        "logs/deep/3.csv.gz": gzip.compress(CSV),
        "logs/big.log": STDERR * 3000,
        "logs/wrapped.log": logs.cri(STDERR),
        "logs/empty.log": b"",
    }.items():
        client.put_object(Bucket="shop", Key=key, Body=data)
    yield "shop"
    client.close()


def read(name: str) -> tuple[bytes, str | None]:
    with opened(name) as (file,):
        return file.path.read_bytes(), file.wrapper


def test_a_pattern_in_a_bucket(bucket: str) -> None:
    assert expanded((f"s3://{bucket}/logs/*.csv.gz",)) == ["s3://shop/logs/1.csv.gz", "s3://shop/logs/2.csv.gz"]
    assert len(expanded((f"s3://{bucket}/logs/**/*.csv.gz",))) == 3


def test_objects_are_read(bucket: str) -> None:
    assert read(f"s3://{bucket}/logs/2.csv.gz") == (CSV, None)
    assert read(f"s3://{bucket}/logs/big.log") == (STDERR * 3000, None)
    assert read(f"s3://{bucket}/logs/wrapped.log") == (STDERR, "kubernetes")
    assert read(f"s3://{bucket}/logs/empty.log") == (b"", None)
    with opened(f"s3://{bucket}/logs/1.csv.gz") as (file,):
        assert (file.name, file.cut_short) == ("s3://shop/logs/1.csv.gz", "gzip: the compressed data ends early")


@pytest.mark.parametrize(
    ("name", "said"),
    [("logs/missing", "no such file"), ("logs/*.txt", "no file matches s3://shop/logs"), ("no-bucket/x", "no such")],
)
def test_what_is_not_there(bucket: str, name: str, said: str) -> None:
    url = f"s3://{bucket}/{name}" if name.startswith("logs") else f"s3://{name}"
    with pytest.raises(SourceError, match=said) as caught:
        read(expanded((url,))[0])
    assert caught.value.hint


def test_no_credentials(bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    fsspec.filesystem("s3").clear_instance_cache()
    with pytest.raises(SourceError, match=r"s3://shop/logs/2\.csv\.gz could not be read") as caught:
        read(f"s3://{bucket}/logs/2.csv.gz")
    assert "credentials" in caught.value.hint


def test_nobody_listens(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    fsspec.filesystem("s3").clear_instance_cache()
    with pytest.raises(SourceError, match="could not be read") as caught:
        read(f"s3://{bucket}/logs/2.csv.gz")
    assert "very-secret" not in caught.value.message


def test_memory() -> None:
    system = fsspec.filesystem("memory")
    system.pipe({"/logs/b.log": STDERR, "/logs/a.log": CSV})
    assert expanded(("memory://logs/*.log",)) == ["memory://logs/a.log", "memory://logs/b.log"]
    assert read("memory://logs/a.log") == (CSV, None)


def test_http(tmp_path: Path) -> None:
    (tmp_path / "log.gz").write_bytes(gzip.compress(STDERR))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            with opened(f"{url}/log.gz?X-Amz-Signature=secret") as (file,):
                assert file.name == f"{url}/log.gz?***"
                assert file.path.read_bytes() == STDERR
            with pytest.raises(SourceError) as caught:
                read(f"{url}/missing?X-Amz-Signature=secret")
            assert "secret" not in caught.value.message + str(caught.value.__cause__) + str(caught.value.source)
        finally:
            server.shutdown()
            thread.join()


def test_an_unknown_scheme() -> None:
    with pytest.raises(SourceError, match="could not be read"):
        read("gopher2://host/log")


@pytest.mark.parametrize(("absent", "said"), [("fsspec", r"sqlalchemy-triage[remote]"), ("s3fs", "s3fs")])
def test_without_the_libraries(absent: str, said: str) -> None:
    script = (
        f"import sys; sys.modules[{absent!r}] = None\n"
        "from triage.errors import SourceError\nfrom triage.querylogs.sources import opened\n"
        "try:\n    opened('s3://key:secret@bucket/log').__enter__()\n"
        "except SourceError as error:\n    print(error.message, '|', error.hint)"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said in output
    assert "secret" not in output
