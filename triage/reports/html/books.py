"""A runbook's Markdown as markup. Raw HTML in it stays text, and so does a link that is no web address."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from triage.reports.characters import visible
from triage.runbooks import Runbook

_DEEPER = 2
"""A section of a runbook, ``##``, is a fourth heading of the page."""


def markup(book: Runbook) -> Markup:
    """The runbook below its title."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.validateLink = _is_harmless  # type: ignore[method-assign]
    tokens = reader.parse(visible(book.text))
    for token in tokens:
        _fit(token)
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 - markdown-it has escaped it


def _is_harmless(url: str) -> bool:
    return re.match(r"(?i)https?://|mailto:", url.strip()) is not None


def _fit(token: Token) -> None:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(int(token.tag[1]) + _DEEPER, 6)}"
    if token.type == "fence":
        token.info = ""  # the page has no colours for languages
    for child in token.children or ():
        if child.type == "link_open":
            child.attrSet("rel", "noopener noreferrer")
