"""Counts a log once that was given twice: a file and its ``.gz``, a symlink to it, a copy made while it still grew.

A copy is a file that another begins with, byte by byte. Sizes and a few blocks tell nearly all other files apart; only
where these agree is the rest compared. Logs that overlap only in part are no copies.

What it is mistaken for: two programs' logs that say the same, without times, pids or values. The note names both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.querylogs.sources.comparing import HEAD, begins_with, comparable, read
from triage.querylogs.sources.log_file import LogFile
from triage.querylogs.sources.overlaps import without_overlaps


def without_copies(files: list[LogFile]) -> tuple[list[LogFile], list[str]]:
    """Return the files without what is given twice, in their order, and a note for each that was left out or cut.

    A file that was cut has a smaller ``size``: it is to be read up to there.
    """
    kept = _Kept()
    notes: dict[int, str] = {}
    # The longest first, so that a copy always meets what it was copied from; of equals the whole one, and the first.
    order = sorted(range(len(files)), key=lambda at: (-files[at].size, files[at].cut_short is not None, at))
    for at in order:
        file = files[at]
        original = kept.original(file) if file.size else None
        if original is None:
            kept.add(file)
        else:
            what = "the same as" if original.size == file.size else "the beginning of"
            notes[at] = f"{file.name} is {what} {original.name}, and counted once"
    whole, cut = without_overlaps([file for at, file in enumerate(files) if at not in notes])
    return whole, [*(notes[at] for at in sorted(notes)), *cut]


@dataclass(slots=True)
class _Kept:
    by_head: dict[bytes, list[LogFile]] = field(default_factory=dict)

    def add(self, file: LogFile) -> None:
        if file.size:
            self.by_head.setdefault(read(file, 0, HEAD), []).append(file)

    def original(self, file: LogFile) -> LogFile | None:
        """Return the file that this one is a copy of."""
        length = comparable(file)
        if not length:
            return None
        head = read(file, 0, min(length, HEAD))
        groups: Iterator[list[LogFile]] | list[list[LogFile]]
        if len(head) == HEAD:
            groups = [self.by_head.get(head, [])]
        else:
            groups = (group for other, group in self.by_head.items() if other.startswith(head))
        return next((other for group in groups for other in group if begins_with(other, file, length)), None)
