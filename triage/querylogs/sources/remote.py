"""Logs on other machines, ``s3://bucket/logs/*.csv.gz`` and the like, read through fsspec, an extra.

Credentials are found by what reads the scheme: the environment, a profile, the machine's role. An ``https`` URL is no
pattern unless it has an asterisk before its query, which belongs to a signature more often than not.

https://filesystem-spec.readthedocs.io/
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from glob import has_magic as has_glob_magic
from types import ModuleType
from typing import Any

from triage.errors import SourceError
from triage.querylogs.sources.log_file import CutShortError
from triage.querylogs.sources.shown import shown

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)(?:::[^:]+)*://")
_BLOCK = 1 << 18
_AHEAD = 1 << 22
"""How much is fetched at once: a request to S3 takes 50 ms, whatever its size."""


def is_remote(name: str) -> bool:
    """Whether the name is a URL other than a local file's."""
    return bool(_URL.match(name)) and not name.startswith("file://")


def has_magic(url: str) -> bool:
    """Whether the URL is a pattern."""
    if url.lower().startswith(("http://", "https://")):
        return "*" in url.partition("?")[0]
    return has_glob_magic(url)


def glob(url: str) -> list[str]:
    """Return the URLs that a pattern matches, sorted; the URL itself where it is none."""
    if not has_magic(url):
        return [url]
    with _explained(url):
        system, path = _fsspec(url).core.url_to_fs(url)
        # The path is the URL's end; what stands before it, a user or a host, is the same for all.
        head = url.removesuffix(path)
        found = system.glob(path, detail=True)
        return sorted(head + match for match, entry in found.items() if entry.get("type") != "directory")


@contextmanager
def blocks(url: str) -> Iterator[Iterator[bytes]]:
    """Open a URL to read it from its beginning to its end."""
    with _explained(url):
        module = _fsspec(url)
        system, path = module.core.url_to_fs(url)
        file = system.open(path, "rb", block_size=_AHEAD, cache_type="readahead")
    with file:
        yield _read(file, url)


def size(url: str) -> int:
    """Return how many bytes there are."""
    with _explained(url):
        system, path = _fsspec(url).core.url_to_fs(url)
        found = system.info(path)
        if found["type"] == "directory":
            raise IsADirectoryError("it is a directory")
        if found.get("size") is None:
            raise OSError("the server does not say how large it is")
        return int(found["size"])


def part(url: str, start: int, length: int) -> bytes:
    """Return the bytes from a position on that is not behind the end."""
    with _explained(url):
        system, path = _fsspec(url).core.url_to_fs(url)
        data = bytes(system.cat_file(path, start=start, end=start + length))
    # A web server that knows no ranges sends all of it.
    return data[start : start + length] if len(data) > length else data


def _read(file: Any, url: str) -> Iterator[bytes]:
    began = False
    while True:
        try:
            with _explained(url):
                block = file.read(_BLOCK)
        except SourceError as error:
            if began:
                raise CutShortError(error.message) from None
            raise
        if not block:
            return
        began = True
        yield bytes(block)


def _fsspec(url: str) -> ModuleType:
    try:
        import fsspec  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - an extra
        import fsspec.core  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415
    except ImportError:
        raise SourceError(
            f"{shown(url)} is not on this machine, and fsspec, which reads it, is not installed",
            "pip install 'sqlalchemy-triage[remote]', or copy the log here",
            source=shown(url),
        ) from None
    return fsspec  # type: ignore[no-any-return,unused-ignore]


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn whatever the libraries raise, each its own kind of errors, into one that the user can act on."""
    try:
        yield
    except SourceError:
        raise
    except Exception as error:
        name = shown(url)
        said = shown(str(error).replace(url, name)) or type(error).__name__
        if isinstance(error, ImportError):
            hint = "install what it names, with pip"
        elif isinstance(error, FileNotFoundError):
            said, hint = "there is no such file", "check the URL, and quote it so that no shell expands it"
        elif isinstance(error, PermissionError):
            hint = "check the credentials that the environment or the profile gives, and what they may read"
        else:
            hint = "check the URL, the credentials and the network; or copy the log here"
        raise SourceError(f"{name} could not be read: {said}", hint, source=name) from None
