"""What the charts are drawn with: SVG elements as text, with every value escaped and every number one that can be drawn."""

import unicodedata
from collections.abc import Iterable, Iterator
from html import escape
from math import ceil, isfinite

from triage.reports.characters import visible

WIDTH = 360
_LETTER = 6.2
"""Width of an average letter at the size of a chart's text; wide enough that nothing runs over."""
_TEXTURES = {
    "warning": '<path d="M0 0V6" class="ink"/>',
    "info": '<circle cx="2" cy="2" r="1" class="dot"/>',
    "held": '<path d="M0 0V6" class="ink"/>',
    "failed": '<path d="M0 0V6M0 0H6" class="ink"/>',
    "unknown": '<circle cx="2" cy="2" r="1" class="dot"/>',
}
"""What is drawn over the colour of a look, on a tile of 6 × 6; the others are plain."""


def svg(name: str, title: str, said: str, height: float, *, looks: Iterable[str], parts: Iterable[str]) -> str:
    """A chart: its title, a description that says what it shows, and its parts; ``name`` begins the ids in it."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {rounded(height)}" role="img" aria-labelledby="{name}-title {name}-desc" class="chart">'
        f'<title id="{name}-title">{text(title)}</title><desc id="{name}-desc">{text(said)}</desc>'
        f"<defs>{''.join(_patterns(name, looks))}</defs>{''.join(parts)}</svg>"
    )


def rectangle(x: float, y: float, width: float, height: float, fill: tuple[str, str]) -> str:
    """A rectangle; of its fill see :func:`fill`."""
    return f'<rect x="{rounded(x)}" y="{rounded(y)}" width="{rounded(width)}" height="{rounded(height)}" fill="{fill[0]}" class="{fill[1]}"/>'


def label(
    x: float, y: float, said: str, *, anchor: str = "start", room: float | None = None, strong: bool = False
) -> str:
    """A line of text, cut to the room that there is for it."""
    kept = said if room is None else fitted(said, room)
    strong_class = ' class="strong"' if strong else ""
    anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{rounded(x)}" y="{rounded(y)}"{anchored}{strong_class}>{text(kept)}</text>'


def fill(name: str, look: str) -> tuple[str, str]:
    """The fill of a look, as an attribute and a class: textures are patterns of the chart that uses them."""
    return (f"url(#{name}-{look})", "mark") if look in _TEXTURES else ("currentColor", f"mark is-{look}")


def _patterns(name: str, looks: Iterable[str]) -> Iterator[str]:
    for look in dict.fromkeys(looks):
        if look in _TEXTURES:
            yield (
                f'<pattern id="{name}-{look}" width="6" height="6" patternUnits="userSpaceOnUse" '
                f'patternTransform="rotate(45)"><rect width="6" height="6" fill="currentColor" class="is-{look}"/>'
                f"{_TEXTURES[look]}</pattern>"
            )


def fitted(said: str, room: float) -> str:
    """As much of the text as that many units of width hold, on one line."""
    line = " ".join(visible(said).split())
    if wide(line) <= room:
        return line
    while line and wide(line) + _LETTER > room:
        line = line[: min(len(line) - 1, ceil(room / _LETTER))]
    return f"{line.rstrip()}…"


def wide(said: str) -> float:
    """How much room the text takes, about."""
    return sum(_LETTER * (2 if unicodedata.east_asian_width(c) in "WF" else 1) for c in said)


def number(value: float) -> str:
    """A number for people: thousands are set apart, and no more decimals than say something."""
    if not isfinite(value):
        return "unlimited" if value > 0 else "unknown"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.3f}".rstrip("0").rstrip(".")


def finite(value: float) -> float:
    """What can be drawn of a number: there is no bar for infinity, nor below nothing."""
    return max(value, 0.0) if isfinite(value) else 0.0


def text(said: str) -> str:
    """The text as it may stand in an element."""
    return escape(" ".join(visible(said).split()))


def rounded(value: float) -> str:
    """A length, as short as can be seen."""
    return f"{value:.1f}".removesuffix(".0")
