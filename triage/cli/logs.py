"""Where the log goes: to stderr, so that it never mixes with a report."""

import logging
import sys

import structlog


def configure(verbosity: int) -> None:
    """Show what is logged: warnings, from info on when asked, from debug on when asked twice."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
