"""Charts as inline SVG: pure functions from numbers to markup.

Drawn for 360 units of width, so that they can be read on a phone and stand three in a row on a screen. The colours are
classes that the page defines, for light, dark and paper; each colour comes with a texture and a word, so that nothing is
said by colour alone. A chart carries its title and a description that says the numbers.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

from triage.reports.characters import visible

WIDTH = 360
_LETTER = 6.2
"""Width of an average letter at the size of a chart's text; wide enough that nothing runs over."""
_PLOT = 120
_AXIS = 40
_GAP = 2
_TEXTURES = {
    "warning": '<path d="M0 0V6" class="ink"/>',
    "info": '<circle cx="2" cy="2" r="1" class="dot"/>',
    "held": '<path d="M0 0V6" class="ink"/>',
    "failed": '<path d="M0 0V6M0 0H6" class="ink"/>',
    "unknown": '<circle cx="2" cy="2" r="1" class="dot"/>',
}
"""What is drawn over the colour of a look, on a tile of 6 × 6; the others are plain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers of one kind, one for each moment."""

    name: str
    look: str
    """The class of its colour: critical, warning, info, active, idle, held, failed or unknown."""
    values: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One labelled number."""

    label: str
    value: float
    look: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One line of a tree, and how deep it is."""

    label: str
    depth: int
    look: str = "plain"


def stacked(name: str, title: str, moments: Sequence[str], series: Sequence[Series]) -> str:
    """One column for each moment, its series upon each other, the first one lowest."""
    totals = [sum(_finite(each.values[at]) for each in series) for at in range(len(moments))]
    top = _ceiling(max(totals, default=0))
    step = (WIDTH - _AXIS) / max(len(moments), 1)
    width = min(step - min(_GAP, step / 4), 36)
    legend, height = _legend(name, series)
    parts = [legend, *_grid(top, height)]
    for at, moment in enumerate(moments):
        said = ", ".join(f"{number(each.values[at])} {each.name}" for each in series if _finite(each.values[at]))
        parts.append(f"<g><title>{_text(f'{moment}: {said or 0}')}</title>")
        y = height + _PLOT
        for each in series:
            tall = _finite(each.values[at]) / top * _PLOT
            y -= tall
            if tall:
                parts.append(_rect(_AXIS + at * step, y, width, tall, _fill(name, each.look)))
        parts.append("</g>")
    under = height + _PLOT + 16
    parts += _label(_AXIS, under, moments[0]) if moments else ()
    parts += _label(WIDTH, under, moments[-1], anchor="end") if len(moments) > 1 else ()
    said = "; ".join(
        f"{each.name} from {number(each.values[0])} to {number(each.values[-1])}" for each in series if len(each.values)
    )
    looks = [each.look for each in series]
    return _svg(name, title, f"{len(moments)} looks: {said}", under + 6, looks=looks, parts=parts)


def bars(name: str, title: str, rows: Sequence[Bar], *, limit: Bar | None = None) -> str:
    """Lying bars, each below its label; ``limit`` is a line across them that says how much there is."""
    top = max([*(_finite(row.value) for row in rows), _finite(limit.value) if limit else 0.0, 1e-9])
    room = WIDTH - 60
    parts, y = [], 20 if limit else 0
    for row in rows:
        wide = max(_finite(row.value) / top * room, 1)
        parts += [
            f"<g><title>{_text(f'{row.label}: {number(row.value)}')}</title>",
            *_label(0, y + 12, row.label, room=WIDTH),
            _rect(0, y + 18, wide, 10, _fill(name, row.look)),
            *_label(wide + 6, y + 27, number(row.value), strong=True),
            "</g>",
        ]
        y += 36
    if limit:
        x = _finite(limit.value) / top * room
        said = f"{limit.label} {number(limit.value)}"
        is_right = x > WIDTH / 2
        parts.append(f'<path d="M{_n(x)} 4V{y}" class="limit"/>')
        parts += _label(x + (-5 if is_right else 5), 12, said, anchor="end" if is_right else "start", strong=True)
    said = "; ".join(f"{row.label} {number(row.value)}" for row in (*rows, *([limit] if limit else [])))
    return _svg(name, title, said, y + 2, looks=[row.look for row in rows], parts=parts)


def columns(name: str, title: str, rows: Sequence[Bar]) -> str:
    """Standing bars, each above its label: a histogram."""
    top = _ceiling(max((_finite(row.value) for row in rows), default=0))
    step = (WIDTH - _AXIS) / max(len(rows), 1)
    parts = list(_grid(top, 14))
    for at, row in enumerate(rows):
        x, tall = _AXIS + at * step, _finite(row.value) / top * _PLOT
        parts.append(f"<g><title>{_text(f'{row.label}: {number(row.value)}')}</title>")
        if tall:
            parts.append(_rect(x + 2, 14 + _PLOT - tall, step - 4, tall, _fill(name, row.look)))
            parts += _label(x + step / 2, 14 + _PLOT - tall - 4, number(row.value), anchor="middle", strong=True)
        parts += [*_label(x + step / 2, _PLOT + 30, row.label, anchor="middle", room=step), "</g>"]
    said = "; ".join(f"{row.label} {number(row.value)}" for row in rows)
    return _svg(name, title, said, _PLOT + 36, looks=[row.look for row in rows], parts=parts)


def tree(name: str, title: str, nodes: Sequence[Node]) -> str:
    """Who stands below whom, one line each; the first node is the root, and each comes after the one it hangs on."""
    parts: list[str] = []
    last: dict[int, int] = {}
    for at, node in enumerate(nodes):
        x, y = 8 + min(node.depth, 12) * 18, at * 24 + 12
        if node.depth:
            above = last.get(node.depth - 1, 0) + 5
            from_sibling = max(last.get(node.depth, 0), above)  # so that no line is drawn over another
            parts.append(f'<path d="M{x - 18} {from_sibling}V{y}H{x - 5}" class="branch"/>')
        parts += [
            f"<g><title>{_text(node.label)}</title>",
            f'<circle cx="{x}" cy="{y}" r="5" fill="{_fill(name, node.look)[0]}" class="{_fill(name, node.look)[1]}"/>',
            *_label(x + 11, y + 4, node.label, room=WIDTH - x - 11, strong=not node.depth),
            "</g>",
        ]
        last[node.depth] = y
    said = "; ".join(f"{'below it ' if node.depth else ''}{node.label}" for node in nodes)
    return _svg(name, title, said, len(nodes) * 24, looks=[node.look for node in nodes], parts=parts)


def number(value: float) -> str:
    """A number for people: thousands are set apart, and no more decimals than say something."""
    if not isfinite(value):
        return "unlimited" if value > 0 else "unknown"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.3f}".rstrip("0").rstrip(".")


def _finite(value: float) -> float:
    """What can be drawn of a number: there is no bar for infinity, nor below nothing."""
    return max(value, 0.0) if isfinite(value) else 0.0


def _ceiling(value: float) -> float:
    """A round number that is no less, and whose half is round, too."""
    if value <= 10:
        return max(ceil(value / 2) * 2, 2)
    power = 10.0 ** floor(log10(value))
    return next(power * step for step in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10) if power * step >= value)


def _grid(top: float, above: float) -> Iterator[str]:
    for part in (0.0, 0.5, 1.0):
        y = above + _PLOT * (1 - part)
        yield f'<path d="M{_AXIS} {_n(y)}H{WIDTH}" class="{"axis" if part == 0 else "grid"}"/>'
        yield from _label(_AXIS - 6, y + 4, number(top * part), anchor="end")


def _legend(name: str, series: Sequence[Series]) -> tuple[str, float]:
    """What each look stands for, with its last number, in the order they are stacked; and how high that is."""
    parts, x, y = [], 0.0, 10.0
    for each in series:
        said = f"{each.name} {number(each.values[-1])}" if len(each.values) else each.name
        wide = 22 + _wide(said)
        if x and x + wide > WIDTH:
            x, y = 0.0, y + 18
        parts += [_rect(x, y - 9, 11, 11, _fill(name, each.look)), *_label(x + 16, y, said)]
        x += wide + 6
    return "".join(parts), y + 16


def _fill(name: str, look: str) -> tuple[str, str]:
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


def _rect(x: float, y: float, width: float, height: float, fill: tuple[str, str]) -> str:
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill[0]}" class="{fill[1]}"/>'
    )


def _label(
    x: float, y: float, said: str, *, anchor: str = "start", room: float | None = None, strong: bool = False
) -> Iterator[str]:
    kept = said if room is None else fitted(said, room)
    anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
    yield f'<text x="{_n(x)}" y="{_n(y)}"{anchored}{" class=strong" if strong else ""}>{_text(kept)}</text>'


def fitted(said: str, room: float) -> str:
    """As much of the text as that many units of width hold, on one line."""
    line = " ".join(visible(said).split())
    if _wide(line) <= room:
        return line
    while line and _wide(line) + _LETTER > room:
        line = line[: min(len(line) - 1, ceil(room / _LETTER))]
    return f"{line.rstrip()}…"


def _wide(said: str) -> float:
    return sum(_LETTER * (2 if unicodedata.east_asian_width(c) in "WF" else 1) for c in said)


def _text(said: str) -> str:
    return escape(" ".join(visible(said).split()))


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _svg(name: str, title: str, said: str, height: float, *, looks: Iterable[str], parts: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {_n(height)}" role="img" aria-labelledby="{name}-title {name}-desc" class="chart">'
        f'<title id="{name}-title">{_text(title)}</title><desc id="{name}-desc">{_text(said)}</desc>'
        f"<defs>{''.join(_patterns(name, looks))}</defs>{''.join(parts)}</svg>"
    )
