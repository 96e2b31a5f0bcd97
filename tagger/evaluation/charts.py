"""Charts of the report, as inline SVG: each with a title and a description for those who do not see it.

Lengths are in the units of a chart's own view box; colours are classes, which the page's style sheet fills in.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from tagger.evaluation.analysis import Group
from tagger.evaluation.calibration import BINS, Calibration
from tagger.evaluation.curve import Training
from tagger.evaluation.intervals import Estimate
from tagger.text.visible import visible

WIDTH, HEIGHT = 440, 290
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 46
FLOOR = HEIGHT - BOTTOM
FEW = 10
"""Fewer sentences than these make a ring of what else is a dot."""
NARROW = 0.1
"""An axis of scores is at least as long as this."""
STEPS = (1, 2, 2.5, 5, 10)


def element(name: str, *inside: str, **attributes: object) -> Markup:
    """An element with everything escaped; `class_` is class, and `text_anchor` text-anchor."""
    given = [
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), value if isinstance(value, str) else short(value))
        for key, value in attributes.items()
    ]
    content = Markup("").join(part if isinstance(part, Markup) else visible(part) for part in inside)
    return Markup("<{0}{1}>{2}</{0}>").format(name, Markup("").join(given), content)


def short(value: float) -> str:
    """A length to a tenth, which is finer than anybody sees."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, content: str, anchor: str = "middle", class_: str = "label") -> Markup:
    """A piece of text."""
    return element("text", content, x=x, y=y, text_anchor=anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


@dataclass(frozen=True)
class Axis:
    """Values from the first to the last of `ticks`, on lengths from `start` to `end`."""

    ticks: Sequence[float]
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value lies."""
        return self.start + (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0]) * (self.end - self.start)


def round_ticks(low: float, high: float, intervals: int = 5) -> list[float]:
    """About so many steps of a round size, from below `low` to above `high`."""
    rough = max((high - low) / intervals, 1e-6)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in STEPS if size * power > rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def score_axis(scores: Sequence[float]) -> Axis:
    """The upright axis of scores: only the part of 0 to 1 in which there are any."""
    low, high = min(scores), max(scores)
    low = min(low, max(0.0, high - NARROW))
    ticks = round_ticks(low, max(high, low + NARROW))
    return Axis([tick for tick in ticks if -1e-9 < tick < 1 + 1e-9], FLOOR, TOP)


def hundredths(value: float) -> str:
    """A score beside an axis."""
    return f"{100 * value:.4g}"


def picture(name: str, title: str, description: str, *parts: str) -> Markup:
    """A whole chart. `name` is its own on the page; `title` and `description` are read out."""
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
    """Grid lines with what stands beside them, and what lies along the floor."""
    parts = [line(LEFT, FLOOR, WIDTH - RIGHT, FLOOR, "axis")]
    for tick in y.ticks:
        parts.append(line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick), "grid"))
        parts.append(text(LEFT - 7, y.at(tick) + 4, y_text(tick), "end"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 7, x_name, class_="label name"))
    return Markup("").join(parts)


def interval_bar(estimate: Estimate) -> Markup:
    """A figure and its interval on a line from 0 to 1, to stand in a table beside the numbers; not read out."""
    width, middle = 100, 6
    low, high, at = (width * value for value in (estimate.low, estimate.high, estimate.value))
    return element(
        "svg",
        line(0, middle, width, middle, "track"),
        line(low, middle, high, middle, "spread"),
        element("circle", cx=at, cy=middle, r=3.2, class_="dot"),
        viewBox=f"-4 0 {width + 8} {2 * middle}",
        aria_hidden="true",
        class_="bar",
    )


def length_chart(name: str, figure: str, groups: Sequence[Group]) -> Markup:
    """The score of sentences by their length, with intervals."""
    y = score_axis([value for group in groups for value in (group.score.low, group.score.high)])
    step = (WIDTH - RIGHT - LEFT) / len(groups)
    parts = [frame(y, hundredths, "tokens of a sentence")]
    for place, group in enumerate(groups):
        x, score = LEFT + (place + 0.5) * step, group.score
        parts.append(line(x, y.at(score.low), x, y.at(score.high), "spread"))
        parts.append(
            element("circle", cx=x, cy=y.at(score.value), r=4.5, class_="ring" if group.sentences < FEW else "dot")
        )
        parts.append(text(x, FLOOR + 17, group.name))
    told = "; ".join(f"{group.name} tokens: {100 * group.score.value:.1f}" for group in groups)
    return picture(name, f"{figure} by length of sentence", f"{told}.", *parts)


def reliability_chart(name: str, calibration: Calibration) -> Markup:
    """The reliability diagram: in each bin of scores the share that is right, against the line on which it should lie;
    below it how many there are."""
    side = FLOOR - TOP - 34
    x, y = Axis([0, 0.2, 0.4, 0.6, 0.8, 1], LEFT, WIDTH - RIGHT), Axis([0, 0.25, 0.5, 0.75, 1], TOP + side, TOP)
    most = max((bin.count for bin in calibration.bins), default=1)
    parts = []
    for tick in y.ticks:
        parts.append(line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick), "grid"))
        parts.append(text(LEFT - 7, y.at(tick) + 4, hundredths(tick), "end"))
    for bin in calibration.bins:
        left, width = x.at(bin.low) + 1, x.at(bin.high) - x.at(bin.low) - 2
        top, tall = y.at(bin.accuracy), y.at(0) - y.at(bin.accuracy)
        parts.append(element("rect", x=left, y=top, width=width, height=tall, class_="column"))
        middle = left + width / 2
        parts.append(line(middle, top, middle, y.at(bin.confidence), "gap"))
        count = max(1.0, 26 * bin.count / most)
        parts.append(element("rect", x=left, y=FLOOR - count, width=width, height=count, class_="count"))
    parts.append(line(x.at(0), y.at(0), x.at(1), y.at(1), "ideal"))
    parts.append(line(LEFT, y.at(0), WIDTH - RIGHT, y.at(0), "axis"))
    parts.append(line(LEFT, FLOOR, WIDTH - RIGHT, FLOOR, "axis"))
    parts += [text(x.at(tick), FLOOR + 17, hundredths(tick)) for tick in x.ticks]
    parts.append(
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 7, "the model's score; below, how many", class_="label name")
    )
    told = "; ".join(
        f"scores to {100 * bin.high:.0f}: {bin.count:,}, mean score {100 * bin.confidence:.0f}, "
        f"right {100 * bin.accuracy:.0f}"
        for bin in calibration.bins
    )
    return picture(name, f"Share that is right, by score, in {BINS} bins", f"{told}.", *parts)


def loss_chart(name: str, training: Training) -> Markup:
    """The loss of each epoch."""
    losses = {"loss": [epoch.loss for epoch in training.epochs]}
    y = Axis(round_ticks(0, max(losses["loss"])), FLOOR, TOP)
    return curves(name, "Training loss by epoch", training, losses, y, "{:.4g}".format)


def dev_chart(name: str, training: Training) -> Markup | None:
    """The scores on dev after each epoch; None where there are none."""
    tasks = sorted({task for epoch in training.epochs for task in epoch.dev})
    scores = {task: [epoch.dev.get(task, 0.0) for epoch in training.epochs] for task in tasks}
    if not tasks:
        return None
    y = score_axis([value for of in scores.values() for value in of])
    return curves(name, "Scores on dev by epoch", training, scores, y, hundredths)


def curves(
    name: str,
    title: str,
    training: Training,
    values: Mapping[str, Sequence[float]],
    y: Axis,
    y_text: Callable[[float], str],
) -> Markup:
    """One curve for each name, over epochs; each is named at its end, and the epoch of the model is marked."""
    numbers = [epoch.epoch for epoch in training.epochs]
    names = [task if len(task) <= 16 else f"{task[:15]}…" for task in values]
    room = 7.5 * max(map(len, names)) if len(values) > 1 else 0.0
    span = [numbers[0], numbers[-1]] if numbers[0] < numbers[-1] else [numbers[0] - 1, numbers[0]]
    x = Axis(span, LEFT + 10, WIDTH - RIGHT - 10 - room)
    every = max(1, math.ceil(len(numbers) / 12))
    parts = [frame(y, y_text, "epoch")]
    parts += [text(x.at(epoch), FLOOR + 17, str(epoch)) for epoch in numbers[::every]]
    if training.best_epoch in numbers:
        parts.append(line(x.at(training.best_epoch), FLOOR, x.at(training.best_epoch), TOP, "best"))
    ends = spread_out([y.at(of[-1]) + 4 for of in values.values()])
    for place, (task, of, end) in enumerate(zip(names, values.values(), ends, strict=True)):
        style = f"series-{place % 4}"
        points = [(x.at(epoch), y.at(value)) for epoch, value in zip(numbers, of, strict=True)]
        path = " ".join(f"{short(one)},{short(other)}" for one, other in points)
        parts.append(element("polyline", points=path, class_=f"curve {style}"))
        parts += [element("circle", cx=one, cy=other, r=2.6, class_=f"point {style}") for one, other in points]
        if len(values) > 1:
            parts.append(text(x.at(numbers[-1]) + 8, end, task, "start", f"label {style}"))
    told = "; ".join(
        f"{task}: {y_text(of[0])} after epoch {numbers[0]}, {y_text(of[-1])} after epoch {numbers[-1]}"
        for task, of in values.items()
    )
    return picture(name, title, f"{told}. The model is that of epoch {training.best_epoch}.", *parts)


def spread_out(heights: Sequence[float], apart: float = 14.0) -> list[float]:
    """The same heights, those that are closer than `apart` moved down until they are not."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    moved = list(heights)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + apart)
    return moved
