"""Charts as inline SVG: pure functions from numbers to markup.

Drawn for 360 units of width, so that they can be read on a phone and stand three in a row on a screen. The colours are
classes that the page defines, for light, dark and paper; each colour comes with a texture and a word, so that nothing is
said by colour alone. A chart carries its title and a description that says the numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from triage.reports.drawing import WIDTH, fill, finite, label, number, rectangle, rounded, svg, text, wide

_PLOT = 120
_AXIS = 40
_GAP = 2


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
    totals = [sum(finite(each.values[at]) for each in series) for at in range(len(moments))]
    top = _ceiling(max(totals, default=0))
    step = (WIDTH - _AXIS) / max(len(moments), 1)
    width = min(step - min(_GAP, step / 4), 36)
    legend, height = _legend(name, series)
    parts = [legend, *_grid(top, height)]
    for at, moment in enumerate(moments):
        said = ", ".join(f"{number(each.values[at])} {each.name}" for each in series if finite(each.values[at]))
        parts.append(f"<g><title>{text(f'{moment}: {said or 0}')}</title>")
        y = height + _PLOT
        for each in series:
            tall = finite(each.values[at]) / top * _PLOT
            y -= tall
            if tall:
                parts.append(rectangle(_AXIS + at * step, y, width, tall, fill(name, each.look)))
        parts.append("</g>")
    under = height + _PLOT + 16
    parts += [label(_AXIS, under, moment) for moment in moments[:1]]
    parts += [label(WIDTH, under, moment, anchor="end") for moment in moments[1:][-1:]]
    said = "; ".join(
        f"{each.name} from {number(each.values[0])} to {number(each.values[-1])}" for each in series if len(each.values)
    )
    looks = [each.look for each in series]
    return svg(name, title, f"{len(moments)} looks: {said}", under + 6, looks=looks, parts=parts)


def bars(name: str, title: str, rows: Sequence[Bar], *, limit: Bar | None = None) -> str:
    """Lying bars, each below its label; ``limit`` is a line across them that says how much there is."""
    top = max([*(finite(row.value) for row in rows), finite(limit.value) if limit else 0.0, 1e-9])
    room = WIDTH - 60
    parts, y = [], 20 if limit else 0
    for row in rows:
        length = max(finite(row.value) / top * room, 1)
        parts += [
            f"<g><title>{text(f'{row.label}: {number(row.value)}')}</title>",
            label(0, y + 12, row.label, room=WIDTH),
            rectangle(0, y + 18, length, 10, fill(name, row.look)),
            label(length + 6, y + 27, number(row.value), strong=True),
            "</g>",
        ]
        y += 36
    if limit:
        x = finite(limit.value) / top * room
        said = f"{limit.label} {number(limit.value)}"
        is_right = x > WIDTH / 2
        parts.append(f'<path d="M{rounded(x)} 4V{y}" class="limit"/>')
        parts.append(label(x + (-5 if is_right else 5), 12, said, anchor="end" if is_right else "start", strong=True))
    said = "; ".join(f"{row.label} {number(row.value)}" for row in (*rows, *([limit] if limit else [])))
    return svg(name, title, said, y + 2, looks=[row.look for row in rows], parts=parts)


def columns(name: str, title: str, rows: Sequence[Bar]) -> str:
    """Standing bars, each above its label: a histogram."""
    top = _ceiling(max((finite(row.value) for row in rows), default=0))
    step = (WIDTH - _AXIS) / max(len(rows), 1)
    parts = list(_grid(top, 14))
    for at, row in enumerate(rows):
        x, tall = _AXIS + at * step, finite(row.value) / top * _PLOT
        parts.append(f"<g><title>{text(f'{row.label}: {number(row.value)}')}</title>")
        if tall:
            parts.append(rectangle(x + 2, 14 + _PLOT - tall, step - 4, tall, fill(name, row.look)))
            parts.append(label(x + step / 2, 14 + _PLOT - tall - 4, number(row.value), anchor="middle", strong=True))
        parts += [label(x + step / 2, _PLOT + 30, row.label, anchor="middle", room=step), "</g>"]
    said = "; ".join(f"{row.label} {number(row.value)}" for row in rows)
    return svg(name, title, said, _PLOT + 36, looks=[row.look for row in rows], parts=parts)


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
            f"<g><title>{text(node.label)}</title>",
            f'<circle cx="{x}" cy="{y}" r="5" fill="{fill(name, node.look)[0]}" class="{fill(name, node.look)[1]}"/>',
            label(x + 11, y + 4, node.label, room=WIDTH - x - 11, strong=not node.depth),
            "</g>",
        ]
        last[node.depth] = y
    said = "; ".join(f"{'below it ' if node.depth else ''}{node.label}" for node in nodes)
    return svg(name, title, said, len(nodes) * 24, looks=[node.look for node in nodes], parts=parts)


def _ceiling(value: float) -> float:
    """A round number that is no less, and whose half is round, too."""
    if value <= 10:
        return max(ceil(value / 2) * 2, 2)
    power = 10.0 ** floor(log10(value))
    return next(power * step for step in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10) if power * step >= value)


def _grid(top: float, above: float) -> Iterator[str]:
    for part in (0.0, 0.5, 1.0):
        y = above + _PLOT * (1 - part)
        yield f'<path d="M{_AXIS} {rounded(y)}H{WIDTH}" class="{"axis" if part == 0 else "grid"}"/>'
        yield label(_AXIS - 6, y + 4, number(top * part), anchor="end")


def _legend(name: str, series: Sequence[Series]) -> tuple[str, float]:
    """What each look stands for, with its last number, in the order they are stacked; and how high that is."""
    parts, x, y = [], 0.0, 10.0
    for each in series:
        said = f"{each.name} {number(each.values[-1])}" if len(each.values) else each.name
        taken = 22 + wide(said)
        if x and x + taken > WIDTH:
            x, y = 0.0, y + 18
        parts += [rectangle(x, y - 9, 11, 11, fill(name, each.look)), label(x + 16, y, said)]
        x += taken + 6
    return "".join(parts), y + 16
