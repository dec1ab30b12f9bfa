"""What triage raises: every error says what happened and what to do about it."""


class TriageError(Exception):
    """Base of all errors that are meant for the user.

    ``message`` says what happened, ``hint`` what to do next. The command line prints them as two
    lines and never shows a traceback for them.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TriageError):
    """The command was called in a way that cannot work (exit code 2)."""


class ConfigError(UsageError):
    """A file the user wrote for triage, such as ``triage.toml``, is not usable (exit code 2)."""


class SourceError(TriageError):
    """A source that was asked for could not be read (exit code 3)."""

    def __init__(self, message: str, hint: str, *, source: str | None = None) -> None:
        super().__init__(message, hint)
        self.source = source
