"""Charts of the report, each with a title and a description for screen readers."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup

from tagger.evaluation.analysis import Group
from tagger.evaluation.calibration import BINS, Calibration
from tagger.evaluation.intervals import Estimate
from tagger.evaluation.svg import (
    AXIS_Y,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Axis,
    axis_percent,
    element,
    frame,
    line,
    picture,
    round_ticks,
    score_axis,
    short,
    text,
)
from tagger.evaluation.training_curve import Training

FEW_SENTENCES = 10
"""A group with fewer sentences than this is drawn as a ring instead of a dot."""


def interval_bar(estimate: Estimate) -> Markup:
    """A figure and its interval on a line from 0 to 1, for a table cell.

    The drawing is hidden from screen readers, because the table has the numbers.
    """
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
    """Chart of the score of sentences by length, with intervals."""
    y = score_axis([value for group in groups for value in (group.score.low, group.score.high)])
    step = (WIDTH - RIGHT - LEFT) / len(groups)
    parts = [frame(y, axis_percent, "tokens of a sentence")]
    for place, group in enumerate(groups):
        x, score = LEFT + (place + 0.5) * step, group.score
        parts.append(line(x, y.at(score.low), x, y.at(score.high), "spread"))
        mark = "ring" if group.sentences < FEW_SENTENCES else "dot"
        parts.append(element("circle", cx=x, cy=y.at(score.value), r=4.5, class_=mark))
        parts.append(text(x, AXIS_Y + 17, group.name))
    description = "; ".join(f"{group.name} tokens: {100 * group.score.value:.1f}" for group in groups)
    return picture(name, f"{figure} by length of sentence", f"{description}.", *parts)


def reliability_chart(name: str, calibration: Calibration) -> Markup:
    """Reliability diagram: the share of right predictions in each bin of probabilities.

    The diagonal shows the ideal. Below it a histogram shows how many predictions each bin has.
    """
    side = AXIS_Y - TOP - 34
    x, y = Axis([0, 0.2, 0.4, 0.6, 0.8, 1], LEFT, WIDTH - RIGHT), Axis([0, 0.25, 0.5, 0.75, 1], TOP + side, TOP)
    most = max((bin.count for bin in calibration.bins), default=1)
    parts = []
    for tick in y.ticks:
        parts.append(line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick), "grid"))
        parts.append(text(LEFT - 7, y.at(tick) + 4, axis_percent(tick), "end"))
    for bin in calibration.bins:
        left, width = x.at(bin.low) + 1, x.at(bin.high) - x.at(bin.low) - 2
        top, tall = y.at(bin.accuracy), y.at(0) - y.at(bin.accuracy)
        parts.append(element("rect", x=left, y=top, width=width, height=tall, class_="column"))
        middle = left + width / 2
        parts.append(line(middle, top, middle, y.at(bin.confidence), "gap"))
        count = max(1.0, 26 * bin.count / most)
        parts.append(element("rect", x=left, y=AXIS_Y - count, width=width, height=count, class_="count"))
    parts.append(line(x.at(0), y.at(0), x.at(1), y.at(1), "ideal"))
    parts.append(line(LEFT, y.at(0), WIDTH - RIGHT, y.at(0), "axis"))
    parts.append(line(LEFT, AXIS_Y, WIDTH - RIGHT, AXIS_Y, "axis"))
    parts += [text(x.at(tick), AXIS_Y + 17, axis_percent(tick)) for tick in x.ticks]
    parts.append(
        text(
            (LEFT + WIDTH - RIGHT) / 2,
            HEIGHT - 7,
            "probability of the prediction; below, how many",
            class_="label name",
        )
    )
    description = "; ".join(
        f"probabilities to {100 * bin.high:.0f}: {bin.count:,}, mean {100 * bin.confidence:.0f}, "
        f"right {100 * bin.accuracy:.0f}"
        for bin in calibration.bins
    )
    return picture(name, f"Share that is right, by probability, in {BINS} bins", f"{description}.", *parts)


def loss_chart(name: str, training: Training) -> Markup:
    """Chart of the training loss by epoch."""
    losses = {"loss": [epoch.loss for epoch in training.epochs]}
    y = Axis(round_ticks(0, max(losses["loss"])), AXIS_Y, TOP)
    return _curves(name, "Training loss by epoch", training, losses, y, "{:.4g}".format)


def dev_chart(name: str, training: Training) -> Markup | None:
    """Chart of the scores on dev by epoch; None where there are none."""
    tasks = sorted({task for epoch in training.epochs for task in epoch.dev})
    scores = {task: [epoch.dev.get(task, 0.0) for epoch in training.epochs] for task in tasks}
    if not tasks:
        return None
    y = score_axis([value for by_epoch in scores.values() for value in by_epoch])
    return _curves(name, "Scores on dev by epoch", training, scores, y, axis_percent)


def _curves(
    name: str,
    title: str,
    training: Training,
    values: Mapping[str, Sequence[float]],
    y: Axis,
    y_text: Callable[[float], str],
) -> Markup:
    """Chart of a labelled curve over epochs for each name of `values`.

    The kept epoch is marked.
    """
    numbers = [epoch.epoch for epoch in training.epochs]
    names = [task if len(task) <= 16 else f"{task[:15]}…" for task in values]
    room = 7.5 * max(map(len, names)) if len(values) > 1 else 0.0
    span = [numbers[0], numbers[-1]] if numbers[0] < numbers[-1] else [numbers[0] - 1, numbers[0]]
    x = Axis(span, LEFT + 10, WIDTH - RIGHT - 10 - room)
    every = max(1, math.ceil(len(numbers) / 12))
    parts = [frame(y, y_text, "epoch")]
    parts += [text(x.at(epoch), AXIS_Y + 17, str(epoch)) for epoch in numbers[::every]]
    if training.best_epoch in numbers:
        parts.append(line(x.at(training.best_epoch), AXIS_Y, x.at(training.best_epoch), TOP, "best"))
    ends = spread_out([y.at(curve[-1]) + 4 for curve in values.values()])
    for place, (task, curve, end) in enumerate(zip(names, values.values(), ends, strict=True)):
        style = f"series-{place % 4}"
        points = [(x.at(epoch), y.at(value)) for epoch, value in zip(numbers, curve, strict=True)]
        path = " ".join(f"{short(left)},{short(top)}" for left, top in points)
        parts.append(element("polyline", points=path, class_=f"curve {style}"))
        parts += [element("circle", cx=left, cy=top, r=2.6, class_=f"point {style}") for left, top in points]
        if len(values) > 1:
            parts.append(text(x.at(numbers[-1]) + 8, end, task, "start", f"label {style}"))
    description = "; ".join(
        f"{task}: {y_text(curve[0])} after epoch {numbers[0]}, {y_text(curve[-1])} after epoch {numbers[-1]}"
        for task, curve in values.items()
    )
    return picture(name, title, f"{description}. The model has the weights of epoch {training.best_epoch}.", *parts)


def spread_out(heights: Sequence[float], apart: float = 14.0) -> list[float]:
    """Heights of labels, moved down where they are closer than `apart`."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    moved = list(heights)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + apart)
    return moved
