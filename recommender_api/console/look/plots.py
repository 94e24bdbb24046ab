"""
Two plots as SVG, to be put into a page as they are: columns of events, and figures over versions.

Made of elements, so that text is text whatever it says; colours are classes of the style sheet.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

COLOURS = 8
_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 170, 40, 8, 8, 22
_TICKS = 6


class Point(NamedTuple):
    """A figure of one version, what it was beside, and how sure that is."""

    label: str
    value: float
    beside: float | None = None
    low: float | None = None
    high: float | None = None
    mark: str = ""
    """A class: how the version stands."""


def columns(series: Mapping[str, Sequence[float]], labels: Sequence[str], title: str) -> Markup:
    """Columns over the labels, the series of each on top of each other."""
    width = 1130
    scale = _Scale(max((sum(values) for values in zip(*series.values(), strict=True)), default=1))
    svg = _canvas(scale, width, title)
    step = (width - _LEFT - _RIGHT) / max(len(labels), 1)
    _label(svg, {_LEFT + (n + 0.5) * step: labels[n] for n in _ticked(len(labels))})
    under = [0.0] * len(labels)
    for at, values in enumerate(series.values()):
        for n, value in enumerate(values):
            top, bottom = scale.y(under[n] + value), scale.y(under[n])
            under[n] += value
            if value:
                _add(
                    svg,
                    "rect",
                    f"f{at % COLOURS}",
                    x=_LEFT + (n + 0.1) * step,
                    y=top,
                    width=0.8 * step,
                    height=max(bottom - top, 0.5),
                )
    return _written(svg)


def over_versions(points: Sequence[Point], title: str) -> Markup:
    """A line with its intervals, and a dashed one for what it is beside; the oldest first."""
    width = 420
    tops = [max(one.value, one.beside or 0.0, one.high or 0.0) for one in points]
    scale = _Scale(max(tops, default=1.0))
    svg = _canvas(scale, width, title)
    step = (width - _LEFT - _RIGHT) / max(len(points), 1)
    xs = [_LEFT + (n + 0.5) * step for n in range(len(points))]
    _label(svg, {xs[n]: points[n].label for n in _ticked(len(points), 3)})
    told = [(x, one.beside) for x, one in zip(xs, points, strict=True) if one.beside is not None]
    _line(svg, "line s1 dashed", [(x, scale.y(value)) for x, value in told])
    for x, one in zip(xs, points, strict=True):
        if one.low is not None and one.high is not None:
            high, low = scale.y(max(one.high, 0)), scale.y(max(one.low, 0))
            _add(svg, "line", "interval", x1=x, y1=high, x2=x, y2=low)
    _line(svg, "line s0", [(x, scale.y(one.value)) for x, one in zip(xs, points, strict=True)])
    for x, one in zip(xs, points, strict=True):
        dot = _add(svg, "circle", f"dot {one.mark}".strip(), cx=x, cy=scale.y(one.value), r=4)
        SubElement(dot, "title").text = _told(one)
    return _written(svg)


def _told(one: Point) -> str:
    beside = "" if one.beside is None else f", popularity {one.beside:.4f}"
    return f"{one.label}: {one.value:.4f}{beside}"


class _Scale:
    """From values, from nought on, to heights."""

    def __init__(self, high: float) -> None:
        step = _round_step(high or 1.0)
        self.marks = [n * step for n in range(max(math.ceil((high or 1.0) / step), 1) + 1)]

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - value / self.marks[-1] * (_HEIGHT - _TOP - _BOTTOM)


def _round_step(span: float) -> float:
    """One, two or five times a power of ten, so that about four fit."""
    power = 10.0 ** math.floor(math.log10(span / 4))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= span / 4 * 0.999)


def _canvas(scale: _Scale, width: int, title: str) -> Element:
    svg = Element("svg", {"viewBox": f"0 0 {width} {_HEIGHT}", "role": "img", "aria-label": title})
    for mark in scale.marks:
        y = scale.y(mark)
        _add(svg, "line", "axis", x1=_LEFT, y1=y, x2=width - _RIGHT, y2=y)
        _add(svg, "text", "end", x=_LEFT - 7, y=y + 4).text = _short(mark)
    return svg


def _ticked(count: int, most: int = _TICKS) -> range:
    return range(0, count, max(1, math.ceil(count / most)))


def _label(svg: Element, labels: Mapping[float, str]) -> None:
    for x, label in labels.items():
        _add(svg, "text", "middle", x=x, y=_HEIGHT - 5).text = label


def _line(svg: Element, css: str, points: Sequence[tuple[float, float]]) -> None:
    if points:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        SubElement(svg, "polyline", {"class": css, "points": path})


def _add(svg: Element, name: str, css: str, **numbers: float) -> Element:
    return SubElement(svg, name, {"class": css, **{k: f"{v:.5g}" for k, v in numbers.items()}})


def _short(value: float) -> str:
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.3g}"


def _written(svg: Element) -> Markup:
    return Markup(tostring(svg, encoding="unicode"))  # noqa: S704 - its text is escaped by the writer of elements
