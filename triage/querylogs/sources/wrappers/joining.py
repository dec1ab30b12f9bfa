"""Puts a line together that a container runtime cut into parts.

Docker and Kubernetes cut at 16 KB and mix standard output with standard error, so a line of the other stream may come
between two parts: it waits. Should too much wait, the cut line is ended, so that memory stays bounded.
"""

from triage.querylogs.sources.wrappers.lines import LONGEST


class Joiner:
    """Lines of several streams, whole again and in the order in which they began."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._open: bytes | None = None
        """The stream whose line has begun and not ended."""
        self._waiting: list[tuple[bytes, bytes, bool]] = []
        self._held = 0

    @property
    def idle(self) -> bool:
        """Whether no line has begun and not ended."""
        return self._open is None

    def add(self, stream: bytes, part: bytes, *, ends: bool, out: list[bytes]) -> None:
        """Take a part of a line, with its newline if it ends there, and append what can be given out."""
        if self._open not in {None, stream}:
            self._waiting.append((stream, part, ends))
            self._held += len(part)
            if self._held > self._longest:
                out.append(b"\n")
                self._resume(out)
            return
        out.append(part)
        self._open = None if ends else stream
        if ends and self._waiting:
            self._resume(out)

    def finish(self) -> bytes:
        """Return what waits; the line that is open gets no more."""
        out: list[bytes] = []
        while self._waiting:
            out.append(b"\n")
            self._resume(out)
        return b"".join(out)

    def _resume(self, out: list[bytes]) -> None:
        self._open = None
        waiting, self._waiting, self._held = self._waiting, [], 0
        for stream, part, ends in waiting:
            self.add(stream, part, ends=ends, out=out)
