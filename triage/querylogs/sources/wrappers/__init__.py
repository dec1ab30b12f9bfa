"""What platforms put around a log, in the order in which they are looked for."""

from triage.querylogs.sources.wrappers.base import Remover, Sample, Wrapper
from triage.querylogs.sources.wrappers.cloudwatch import CloudWatchDocument
from triage.querylogs.sources.wrappers.cri import Cri
from triage.querylogs.sources.wrappers.journal import Journal
from triage.querylogs.sources.wrappers.json_lines import CLOUDWATCH_LINES, DOCKER_JSON, JOURNAL_JSON
from triage.querylogs.sources.wrappers.named import COMPOSE, HEROKU, KUBECTL, Named, Splitter
from triage.querylogs.sources.wrappers.text import ByteOrderMark, CarriageReturns, Colours
from triage.querylogs.sources.wrappers.timestamps import Timestamps, TimestampsAndStream

__all__ = ["WRAPPERS", "Named", "Remover", "Sample", "Splitter", "Wrapper"]

WRAPPERS: tuple[Wrapper, ...] = (
    ByteOrderMark(),
    CarriageReturns(),
    Colours(),
    DOCKER_JSON,
    CLOUDWATCH_LINES,
    CloudWatchDocument(),
    JOURNAL_JSON,
    COMPOSE,
    KUBECTL,
    HEROKU,
    Cri(),
    Timestamps(),
    TimestampsAndStream(),
    Journal(),
)
"""What is written around everything else comes first; a line's own time, which is easiest to mistake, last."""
