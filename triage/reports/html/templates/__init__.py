"""The templates, and what fills them: every value is escaped, and the page allows itself nothing but its own parts."""

import hashlib
from base64 import b64encode
from datetime import UTC
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from triage import __version__
from triage.reports.characters import visible


def filled(template: str, **values: object) -> str:
    """A page."""
    return _environment().get_template(template).render(**values) + "\n"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("triage.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters |= {"thousands": "{:,}".format, "utc": lambda moment: moment.astimezone(UTC)}
    style, script = _part("style.css"), _part("script.js")
    made.globals |= {
        "style": style,
        "script": script,
        "policy": f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        "version": __version__,
    }
    return made


def _shown(value: object) -> object:
    """What a template prints; markup of ours passes, and every other text is made visible before it is escaped."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)


def _part(name: str) -> Markup:
    return Markup(files("triage.reports.html.templates").joinpath(name).read_text(encoding="utf-8"))  # noqa: S704 - ours


def _hash(part: str) -> str:
    """What a content security policy knows an inline part by: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return f"sha256-{b64encode(hashlib.sha256(part.encode()).digest()).decode()}"
