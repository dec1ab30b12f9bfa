"""Application logs and tracebacks: which failures are in them, where, how often and since when.

``reading`` opens logs and adds up; ``regions`` cuts out what stands around an anchor; ``records`` makes failures of it,
with ``tracebacks``, ``structured`` and ``clues``; ``groups`` counts those that are the same. Nothing here judges.
"""
