"""Where the log goes: to stderr, so that it never mixes with a report."""

import logging
import sys


def configure(verbosity: int) -> None:
    """Show what is logged: from info on when asked, from debug on when asked twice.

    Without being asked nothing is set up, and warnings reach stderr as they are.
    """
    if not verbosity:
        return
    import structlog  # noqa: PLC0415 - it takes as long to import as a look at a database

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        )
    )
    logger = logging.getLogger("triage")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
    logger.propagate = False
