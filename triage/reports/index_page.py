"""A page that lists past HTML reports, the newest first."""

from collections.abc import Sequence

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Health reports</title>
</head>
<body>
<h1>Health reports</h1>
<ul>
{%- for name, link in reports %}
<li><a href="{{ link }}">{{ name }}</a></li>
{%- endfor %}
</ul>
</body>
</html>
"""


def render(reports: Sequence[tuple[str, str]]) -> str:
    """The page; of each report its name and the link to it, relative to the page."""
    from jinja2 import Environment  # noqa: PLC0415 - only a run that writes it pays for it

    return Environment(autoescape=True).from_string(_PAGE).render(reports=reports) + "\n"
