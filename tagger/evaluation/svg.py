"""Elements and axes of charts as inline SVG.

Lengths are in units of a chart's view box. Colours come from the page's style sheet, by class.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tagger.text.visible import visible

WIDTH, HEIGHT = 440, 290
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 46
"""Margins around the area that the axes span."""
AXIS_Y = HEIGHT - BOTTOM
"""Vertical position of the horizontal axis, from the top."""
SHORTEST_SCORE_AXIS = 0.1
"""Least difference between the ends of an axis of scores."""
ROUND_STEPS = (1, 2, 2.5, 5, 10)
"""Distances between the ticks of an axis, up to a power of ten."""


def element(name: str, *inside: str, **attributes: str | float) -> Markup:
    """An XML element with all text and attributes escaped.

    In attribute names a trailing underscore is dropped and others become hyphens: `class_` is `class`, `text_anchor` is
    `text-anchor`. Numbers are rounded to a tenth.
    """
    given = [
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), value if isinstance(value, str) else short(value))
        for key, value in attributes.items()
    ]
    content = Markup("").join(part if isinstance(part, Markup) else visible(part) for part in inside)
    return Markup("<{0}{1}>{2}</{0}>").format(name, Markup("").join(given), content)


def short(value: float) -> str:
    """A length rounded to a tenth, which is finer than anybody can see."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, content: str, anchor: str = "middle", class_: str = "label") -> Markup:
    """A text element, aligned at (x, y) by its start, middle or end (`anchor`)."""
    return element("text", content, x=x, y=y, text_anchor=anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line from (x1, y1) to (x2, y2)."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


@dataclass(frozen=True)
class Axis:
    """A linear axis: the first of `ticks` lies at length `start`, the last at `end`."""

    ticks: Sequence[float]
    start: float
    end: float

    def at(self, value: float) -> float:
        """The length at which a value lies."""
        return self.start + (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0]) * (self.end - self.start)


def round_ticks(low: float, high: float, intervals: int = 5) -> list[float]:
    """Ticks at round numbers from at most `low` to at least `high`, about `intervals` steps."""
    rough = max((high - low) / intervals, 1e-6)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in ROUND_STEPS if size * power > rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def score_axis(scores: Sequence[float]) -> Axis:
    """A vertical axis of scores, cut to the part between 0 and 1 that has any."""
    low, high = min(scores), max(scores)
    low = min(low, max(0.0, high - SHORTEST_SCORE_AXIS))
    ticks = round_ticks(low, max(high, low + SHORTEST_SCORE_AXIS))
    return Axis([tick for tick in ticks if -1e-9 < tick < 1 + 1e-9], AXIS_Y, TOP)


def axis_percent(value: float) -> str:
    """The label of a score on an axis, in percent."""
    return f"{100 * value:.4g}"


def picture(name: str, title: str, description: str, *parts: str) -> Markup:
    """A whole chart.

    `name` is unique on the page; screen readers read `title` and `description`.
    """
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-description"),
        *parts,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-description",
        class_="chart",
    )


def frame(y: Axis, y_text: Callable[[float], str], x_name: str) -> Markup:
    """The horizontal axis with its name, and a grid line for each tick of the vertical one."""
    parts = [line(LEFT, AXIS_Y, WIDTH - RIGHT, AXIS_Y, "axis")]
    for tick in y.ticks:
        parts.append(line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick), "grid"))
        parts.append(text(LEFT - 7, y.at(tick) + 4, y_text(tick), "end"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 7, x_name, class_="label name"))
    return Markup("").join(parts)
