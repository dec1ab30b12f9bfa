"""All scenarios, by what they are about; what is healthy comes first."""

from tests.querylogs.verdicts.case import CASES
from tests.querylogs.verdicts.scenarios import (
    aio,
    collections,
    columns,
    eager,
    lookups,
    parents,
    raw,
    requests,
    rows,
    writes,
)

MODULES = (eager, requests, collections, rows, columns, parents, lookups, writes, raw, aio)

__all__ = ["CASES", "MODULES"]
