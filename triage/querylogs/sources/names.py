"""From what the user typed to one name for each log: globs are replaced by what they match."""

from glob import glob, has_magic
from pathlib import Path

from triage.errors import SourceError
from triage.querylogs.sources import remote
from triage.querylogs.sources.shown import shown

STDIN = "-"


def expanded(names: tuple[str, ...]) -> list[str]:
    """Return the logs that the names stand for, each once, in order; SourceError if a pattern matches none."""
    found: list[str] = []
    for name in names:
        found += _matches(name)
    return list(dict.fromkeys(found))


def local_path(name: str) -> Path:
    """Return the path that a name without a remote scheme stands for."""
    return Path(name.removeprefix("file://"))


def _matches(name: str) -> list[str]:
    if name == STDIN:
        return [name]
    if remote.is_remote(name):
        matches = remote.glob(name)
        is_pattern = remote.has_magic(name)
    else:
        path = str(local_path(name))
        is_pattern = has_magic(path) and not Path(path).exists()
        found = sorted(glob(path, recursive=True)) if is_pattern else []  # noqa: PTH207 - it may be absolute
        matches = [match for match in found if not Path(match).is_dir()]
    if is_pattern and not matches:
        raise SourceError(
            f"no file matches {shown(name)}",
            "check the pattern, and quote it so that no shell expands it first",
            source=shown(name),
        )
    return matches if is_pattern else [name]
