"""Where query logs come from: files, pipes, other machines; compressed, wrapped, given twice."""

from triage.querylogs.sources.copies import without_copies
from triage.querylogs.sources.log_file import LogFile
from triage.querylogs.sources.names import expanded
from triage.querylogs.sources.opening import opened
from triage.querylogs.sources.shown import shown
from triage.querylogs.sources.unwrapping import Unwrapper, sampled_head, wrappers_of

__all__ = ["LogFile", "Unwrapper", "expanded", "opened", "sampled_head", "shown", "without_copies", "wrappers_of"]
