"""Charts of scores by the number of annotated sentences, as an SVG file of its own."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup

from tagger.evaluation.svg import AXIS_Y, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axis, element, line, round_ticks, short, text

_STYLE = """
text { font: 12px sans-serif; fill: #333 } .axis { stroke: #999 } .grid { stroke: #ddd }
.curve { fill: none; stroke-width: 2 }
.curve.series-0 { stroke: #0a6 } text.series-0 { fill: #0a6 }
.curve.series-1 { stroke: #c60 } text.series-1 { fill: #c60 }
.curve.series-2 { stroke: #36c } text.series-2 { fill: #36c }
.curve.series-3 { stroke: #a3a } text.series-3 { fill: #a3a }
@media (prefers-color-scheme: dark) { text { fill: #ccc } .grid { stroke: #444 } }
"""

_LINE = 13
"""Height of a line of text."""


def size_chart(title: str, counts: Sequence[int], curves: Mapping[str, Sequence[float]], at: float = 0) -> Markup:
    """Return a chart of scores between 0 and 1 by sentences, on a logarithmic scale: each doubling is as wide.

    `curves` has the scores of each curve by its name, one for each of the `counts`, of which there are at least two and
    which grow. `at` is how far the chart stands from the left of its file.
    """
    every = [100 * score for scores in curves.values() for score in scores]
    heights = Axis(round_ticks(min(every), max(every)), AXIS_Y, TOP + 16)
    left, right = at + LEFT, at + WIDTH - RIGHT
    width = (right - left - 40) / math.log(counts[-1] / counts[0])
    places = [left + 20 + width * math.log(count / counts[0]) for count in counts]
    parts = [text((left + right) / 2, TOP, title)]
    for tick in heights.ticks:
        parts += [line(left, heights.at(tick), right, heights.at(tick), "grid")]
        parts += [text(left - 6, heights.at(tick) + 4, f"{tick:g}", "end")]
    for place, count in zip(places, counts, strict=True):
        parts.append(text(place, AXIS_Y + 18, f"{count:,}"))
    parts.append(text((left + right) / 2, HEIGHT - 8, "annotated sentences"))
    for number, scores in enumerate(curves.values()):
        series = f"series-{number % 4}"
        points = [(place, heights.at(100 * score)) for place, score in zip(places, scores, strict=True)]
        path = " ".join(f"{short(x)},{short(y)}" for x, y in points)
        parts.append(element("polyline", points=path, class_=f"curve {series}"))
    ends = [heights.at(100 * scores[-1]) - 8 for scores in curves.values()]  # curves rise: there is room above
    for number, (label, height) in enumerate(zip(curves, _apart(ends), strict=True)):
        parts.append(text(places[-1], height, label, "end", f"series-{number % 4}"))
    return element("g", *parts)


def _apart(heights: Sequence[float]) -> list[float]:
    """Return the heights of lines of text, moved up where two would stand less than a line apart."""
    moved = list(heights)
    order = sorted(range(len(moved)), key=lambda number: -moved[number])  # the lowest on the page first
    for below, above in pairwise(order):
        moved[above] = min(moved[above], moved[below] - _LINE)
    return moved


def svg_file(charts: Sequence[Markup]) -> str:
    """Return the text of an SVG file of charts that stand side by side, `WIDTH` apart."""
    box = f"0 0 {WIDTH * len(charts)} {HEIGHT}"
    style = element("style", Markup(_STYLE))
    return f"{element('svg', style, *charts, xmlns='http://www.w3.org/2000/svg', viewBox=box)}\n"
