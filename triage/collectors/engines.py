"""The engine configs that were asked for, each read on its own."""

from dataclasses import replace

from triage.collectors.question import Question
from triage.errors import SourceError
from triage.evidence import EngineConfig, Evidence, Gap


def asked(question: Question) -> bool:
    """Whether the run is to read an engine config."""
    return bool(question.engines)


def collect(question: Question) -> Evidence:
    """Read every engine config; one that cannot be read leaves a gap and the others count."""
    from triage.collectors.engine_config import collect as read  # noqa: PLC0415 - a run without one does not pay for it

    engines: list[EngineConfig] = []
    evidence = Evidence(collected_at=question.collected_at)
    for spec in question.engines:
        try:
            seen = read(spec, processes=question.processes, collected_at=question.collected_at)
        except SourceError as error:
            gap = Gap(source=spec, reason=error.message, hint=error.hint, unread=True)
            seen = Evidence(collected_at=question.collected_at, gaps=(gap,))
        if any(engine.processes is None for engine in seen.engines or ()):
            assumed = Gap(
                source=spec,
                reason=f"nobody said how many processes build the engine of {spec}, so one is assumed",
                hint="pass --processes, workers × hosts",
            )
            seen = replace(seen, gaps=(*seen.gaps, assumed))
        engines.extend(seen.engines or ())
        evidence = evidence.merged(seen)
    return evidence.merged(Evidence(collected_at=question.collected_at, engines=tuple(engines) or None))
