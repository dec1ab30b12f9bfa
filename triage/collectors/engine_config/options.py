"""From the options an app gives ``create_engine`` to the engine it gets.

What cannot be read, or would not work, is ``unknown`` and a gap says why; a default is never put in
its place.
"""

from triage.collectors.engine_config.declaration import Declaration
from triage.collectors.engine_config.options_reading import READ, OptionsReading
from triage.evidence import EngineConfig, Gap


def engine_config(
    declaration: Declaration, *, name: str, source: str, processes: int | None
) -> tuple[EngineConfig, tuple[Gap, ...]]:
    """Read a declaration: the engine, and what of it is not known."""
    reading = OptionsReading(declaration)
    reading.read()
    values = reading.values
    url = reading.url
    config = EngineConfig(
        name=name,
        file=declaration.file or source,
        line=declaration.line,
        function=declaration.function,
        url=url.text if url else None,
        backend=url.backend if url else None,
        database=(url.database or None) if url else None,
        dialect=url.dialect if url else None,
        is_async=reading.is_async,
        reset_on_return=values.pop("pool_reset_on_return", "rollback"),
        connect_options=values.pop("connect_args"),
        processes=processes if processes is not None else reading.read_processes(),
        said=READ.intersection(reading.options),
        unknown=frozenset(reading.unknown),
        **values,
    )
    where = name if declaration.line is None else f"{name} (line {declaration.line})"
    gaps = (
        Gap(source=source, reason=f"{where}: {'; '.join(why)}", hint=hint) for hint, why in reading.problems.items()
    )
    return config, tuple(gaps)
