"""A log's name as it may be printed."""

import re

from triage.redact import secrets

_ACCOUNT_SCHEMES = ("abfs://", "abfss://", "az://", "adl://")
"""Azure's, where the container stands before the @."""
_USER = re.compile(r"(?<=://)(?:[^/\s]*@|[^/\s:@]*:(?!\d+/)\S*@)")
"""Also with a password that should have had its slash escaped."""
_QUERY = re.compile(r"(?i)(\bhttps?://[^\s?'\"]*)\?[^\s'\"]*")


def shown(text: str) -> str:
    """Return a name, or a message with names in it, without what may be a secret: a URL's user and its query.

    A presigned URL's query is one whole secret.
    """
    text = _QUERY.sub(r"\1?***", text)
    return secrets(text if text.startswith(_ACCOUNT_SCHEMES) else _USER.sub("***@", text))
