"""Characters that show nothing or turn the text around, made visible where text is shown to people."""

import re

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Controls but for tab and newline, what has no width, what sets the direction, and halves of a character."""


def visible(text: str) -> str:
    """The text with its controls written as in a Python literal, so that nothing is lost and nothing takes effect."""
    return _INVISIBLE.sub(_escaped, text.replace("\r\n", "\n"))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
