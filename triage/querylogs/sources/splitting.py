"""Takes a log that several programs wrote to apart, into a temporary file for each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from triage.querylogs.sources.log_file import LogFile
from triage.querylogs.sources.spool import Spool, Spools
from triage.querylogs.sources.unwrapping import Unwrapper, blocks_of
from triage.querylogs.sources.wrappers import Named, Wrapper


def split(file: LogFile, outer: Sequence[Wrapper], named: Named, spools: Spools) -> list[LogFile]:
    """Write each program's lines to a file of its own, in the order in which the programs appear."""
    found: dict[bytes, Spool] = {}
    for name, lines in _lines(file, outer, named):
        if name not in found:
            found[name] = spools.new(file.name)
        found[name].write(lines)
    for spool in found.values():
        spool.flush()
    spools.release(file.path)
    if len(found) == 1:
        return [replace(file, path=spool.path, size=spool.size) for spool in found.values()]
    return [
        replace(file, name=f"{file.name} ({name.decode(errors='replace')})", path=spool.path, size=spool.size)
        for name, spool in found.items()
    ]


def _lines(file: LogFile, outer: Sequence[Wrapper], named: Named) -> Iterator[tuple[bytes, bytes]]:
    unwrapper = Unwrapper(outer)
    splitter = named.splitter()
    for block in blocks_of(file):
        yield from splitter.feed(unwrapper.feed(block))
    yield from splitter.feed(unwrapper.finish())
    yield from splitter.finish()
