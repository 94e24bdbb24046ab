"""
Three small plots as SVG: lines, stacked columns, and bars with their figures beside them.

Pure. Colours are classes that the page's style fills in, so that one plot does by day and night.
"""

import math
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from .elements import tag
from .style import COLOURS

WIDTH, HEIGHT = 400, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 10, 8, 22

Line = Sequence[float | None]


def lines(
    series: Mapping[str, Line],
    labels: Sequence[str],
    *,
    is_log: bool = False,
    from_zero: bool = True,
) -> Element:
    """One line a series over the same labels, the second and later dashed; None is a gap."""
    found = [value for line in series.values() for value in line if value is not None]
    low = min(found, default=0.0)
    scale = _Scale(1.0 if is_log else (0.0 if from_zero else low), max(found, default=1.0), is_log)
    count = len(labels)
    svg = _canvas(scale, _ticks(labels), count, WIDTH)
    for at, line in enumerate(series.values()):
        points = [
            (_x(n, count, WIDTH), scale.y(value))
            for n, value in enumerate(line)
            if value is not None
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        css = f"line s{at % COLOURS}" + (" dashed" if at else "")
        svg.append(tag("polyline", points=path, css=css))
        if count <= 30:
            svg.extend(
                tag(
                    "circle",
                    cx=f"{x:.1f}",
                    cy=f"{y:.1f}",
                    r=3 if at == 0 else 2,
                    css=f"f{at % COLOURS}",
                )
                for x, y in points
            )
    return svg


def columns(series: Mapping[str, Sequence[float]], labels: Sequence[str]) -> Element:
    """Columns over the labels, the series of each on top of each other."""
    width = WIDTH * 9 // 4
    totals = [sum(values) for values in zip(*series.values(), strict=True)]
    scale = _Scale(0.0, max(totals, default=1.0), is_log=False)
    svg = _canvas(scale, _ticks(labels, 8), len(labels), width, is_columns=True)
    step = (width - _LEFT - _RIGHT) / max(len(labels), 1)
    under = [0.0] * len(labels)
    for at, values in enumerate(series.values()):
        for n, value in enumerate(values):
            top, bottom = scale.y(under[n] + value), scale.y(under[n])
            under[n] += value
            if value:
                box = {"x": f"{_LEFT + n * step + step * 0.08:.1f}", "y": f"{top:.1f}"}
                size = {"width": f"{step * 0.84:.1f}", "height": f"{max(bottom - top, 0.5):.1f}"}
                svg.append(tag("rect", css=f"f{at % COLOURS}", **box, **size))
    return svg


def bars(values: Mapping[str, float], said: Mapping[str, str]) -> Element:
    """A bar a name, from one edge, with what is said of it at its end."""
    row, left, right = 24, 112, 84
    most = max(values.values(), default=0.0) or 1.0
    svg = tag("svg", viewBox=f"0 0 {WIDTH} {row * len(values)}", role="img")
    for at, (name, value) in enumerate(values.items()):
        length, y = (WIDTH - left - right) * value / most, at * row
        svg.append(tag("text", name, x=left - 8, y=y + 15, text_anchor="end"))
        svg.append(tag("rect", x=left, y=y + 4, width=f"{max(length, 1):.1f}", height=15, css="f0"))
        svg.append(tag("text", said[name], x=f"{left + length + 7:.1f}", y=y + 15))
    return svg


def legend(names: Sequence[str], *, are_lines: bool = False) -> Element:
    def mark(at: int) -> Element:
        colour = at % COLOURS
        if are_lines:
            css = f"line s{colour}" + (" dashed" if at else "")
            return tag("line", x1=0, y1=5, x2=16, y2=5, css=css)
        return tag("rect", x=2, y=0, width=10, height=10, css=f"f{colour}")

    return tag(
        "ul",
        *(
            tag("li", tag("svg", mark(at), viewBox="0 0 16 10"), name)
            for at, name in enumerate(names)
        ),
        css="legend",
    )


def short(value: float) -> str:
    """A figure in as few characters as tell it: 12k, 0.042."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.3g}"


class _Scale:
    """From values to heights, with a few round ones to write beside them."""

    def __init__(self, low: float, high: float, is_log: bool) -> None:  # noqa: FBT001 - private
        self._is_log = is_log
        if is_log:
            self.marks = [10.0**n for n in range(max(1, math.ceil(math.log10(max(high, 2)))) + 1)]
        else:
            step = _round_step((high - low) or abs(high) or 1.0)
            first = math.floor(low / step)
            last = max(math.ceil(high / step), first + 1)
            self.marks = [n * step for n in range(first, last + 1)]

    def y(self, value: float) -> float:
        low, high = self._of(self.marks[0]), self._of(self.marks[-1])
        return HEIGHT - _BOTTOM - (self._of(value) - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    def _of(self, value: float) -> float:
        return math.log10(max(value, 1.0)) if self._is_log else value


def _round_step(span: float) -> float:
    """One, two or five times a power of ten, so that about four fit."""
    power = 10.0 ** math.floor(math.log10(span / 4))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= span / 4)


def _canvas(
    scale: _Scale, ticks: Mapping[int, str], count: int, width: int, *, is_columns: bool = False
) -> Element:
    svg = tag("svg", viewBox=f"0 0 {width} {HEIGHT}", role="img")
    for mark in scale.marks:
        y = f"{scale.y(mark):.1f}"
        svg.append(tag("line", x1=_LEFT, y1=y, x2=width - _RIGHT, y2=y, css="axis"))
        svg.append(tag("text", short(mark), x=_LEFT - 7, y=float(y) + 4, text_anchor="end"))
    step = (width - _LEFT - _RIGHT) / max(count, 1)
    for at, label in ticks.items():
        x = _LEFT + (at + 0.5) * step if is_columns else _x(at, count, width)
        anchor = "middle" if 0 < at < count - 1 or is_columns else ("start" if at == 0 else "end")
        svg.append(tag("text", label, x=f"{x:.1f}", y=HEIGHT - 5, text_anchor=anchor))
    return svg


def _x(at: int, count: int, width: int) -> float:
    if count == 1:
        return (_LEFT + width - _RIGHT) / 2
    return _LEFT + 6 + at * (width - _LEFT - _RIGHT - 12) / (count - 1)


def _ticks(labels: Sequence[str], most: int = 4) -> dict[int, str]:
    """Some of the labels, evenly apart."""
    step = max(1, -(-(len(labels) - 1) // (most - 1)))
    return {at: labels[at] for at in range(0, len(labels), step)}
