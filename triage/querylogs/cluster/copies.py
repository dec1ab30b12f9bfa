"""Counts a log once that was given twice, where only a cluster can read it: a file and its ``.gz``, a copy that grew.

Of logs whose first bytes are the same, the workers compute digests; one that another begins with is a copy. The end of
one log that is the beginning of another, as two downloads give, is looked for on one machine only.
"""

from dataclasses import dataclass
from hashlib import blake2b

from triage.errors import SourceError
from triage.querylogs.cluster.client import Cluster
from triage.querylogs.cluster.file import SharedFile
from triage.querylogs.cluster.opening import SharedLog
from triage.querylogs.cluster.packing import Packing
from triage.querylogs.sources.log_file import CutShortError

_HEAD = 1 << 12


@dataclass(frozen=True, slots=True)
class Stretch:
    """The beginning of a log, or all of it."""

    file: SharedFile
    packing: Packing
    length: int | None = None


def digest(what: Stretch) -> tuple[int, bytes]:
    """Return how long it is, and its digest; on a worker. What cannot be read is like nothing else."""
    found = blake2b(digest_size=16)
    size = 0
    try:
        for block in what.packing.unpacked(what.file, set()):
            data = block if what.length is None else block[: what.length - size]
            found.update(data)
            size += len(data)
            if size == what.length:
                break
    except CutShortError:
        pass
    except Exception:
        # Reading it will say why.
        return 0, b""
    return size, found.digest()


def copies(logs: list[SharedLog], cluster: Cluster) -> tuple[list[SharedLog], list[str]]:
    """Return the logs without those given twice, and a note for each of these."""
    suspects = [at for at, log in enumerate(logs) if log.head and any(_may_be_same(log, other) for other in logs)]
    stretches = [(at, Stretch(logs[at].file, logs[at].packing or Packing())) for at in suspects]
    results = cluster.results(digest, stretches)
    found = {at: result for at, _, result in results if not isinstance(result, SourceError) and result[1]}
    notes: dict[int, str] = {}
    kept: list[int] = []
    for at in sorted(found, key=lambda at: (-found[at][0], at)):
        original = next((other for other in kept if _begins_with(logs, found, other, at, cluster)), None)
        if original is None:
            kept.append(at)
        else:
            what = "the same as" if found[at][0] == found[original][0] else "the beginning of"
            notes[at] = f"{logs[at].name} is {what} {logs[original].name}, and counted once"
    return [log for at, log in enumerate(logs) if at not in notes], [notes[at] for at in sorted(notes)]


def _may_be_same(one: SharedLog, other: SharedLog) -> bool:
    length = min(len(one.head), len(other.head), _HEAD)
    return one is not other and length > 0 and one.head[:length] == other.head[:length]


def _begins_with(
    logs: list[SharedLog], found: dict[int, tuple[int, bytes]], longer: int, shorter: int, cluster: Cluster
) -> bool:
    if not _may_be_same(logs[longer], logs[shorter]):
        return False
    if found[longer][0] == found[shorter][0]:
        return found[longer] == found[shorter]
    stretch = Stretch(logs[longer].file, logs[longer].packing or Packing(), found[shorter][0])
    ((_, _, result),) = cluster.results(digest, [(None, stretch)])
    return result == found[shorter]
