r"""Kubernetes' container logs: ``2026-01-31T15:00:00.123456789Z stderr F `` before every physical line.

P instead of F marks a part of a line that the runtime cut; the next line of the same stream goes on with it.
``kubectl logs`` takes all this off; the files in ``/var/log/pods`` and what is shipped from them have it.

https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
"""

import re
from dataclasses import dataclass

from triage.querylogs.sources.wrappers.base import INSTANT, LineRemover, Sample, at_line_starts
from triage.querylogs.sources.wrappers.joining import Joiner
from triage.querylogs.sources.wrappers.lines import whole_lines

_HEAD = INSTANT + rb" (?:stdout|stderr) F(?::\S{0,64})?(?: |(?=\n)|\Z)"
_LINE = re.compile(INSTANT + rb" (?P<stream>stdout|stderr) (?P<tag>[FP])(?::\S{0,64})?(?: |(?=\n)|\Z)")
_whole = at_line_starts(_HEAD)


@dataclass(frozen=True, slots=True)
class Cri:
    """Time, stream, and whether the line is whole."""

    name: str = "kubernetes"

    def carried(self, sample: Sample) -> bool:
        """Say whether the lines begin so; no log's own do."""
        return bool(sample.matches(_LINE))

    def remover(self) -> "CriRemover":
        """Return what takes it off and joins the parts of a line."""
        return CriRemover()


class CriRemover(LineRemover):
    """Takes the prefixes off and joins what was cut."""

    def __init__(self) -> None:
        super().__init__(self._joined, cuts_beginnings=True)
        self._joiner = Joiner()

    def finish(self) -> bytes:
        """Return what was held back."""
        return super().finish() + self._joiner.finish()

    def _joined(self, block: bytes) -> bytes:
        if self._joiner.idle and b"stdout P" not in block and b"stderr P" not in block:
            return _whole(block)
        out: list[bytes] = []
        for line in whole_lines(block):
            if match := _LINE.match(line):
                ends = match["tag"] == b"F"
                text = line[match.end() :]
                self._joiner.add(match["stream"], text if ends else text.removesuffix(b"\n"), ends=ends, out=out)
            else:
                self._joiner.add(b"", line, ends=True, out=out)
        return b"".join(out)
