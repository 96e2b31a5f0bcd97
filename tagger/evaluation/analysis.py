"""What went wrong, in numbers: what `eval --report` writes."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tagger.evaluation.calibration import Calibration, CalibrationSums
from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.intervals import Estimate, Ratios
from tagger.evaluation.mistakes import Confused, Mistake, MistakeSums
from tagger.evaluation.outcomes import Labelled, Outcome, outcomes
from tagger.evaluation.scores import PlainScores, Scores, SpanScores
from tagger.text.sentence import Sentence

LENGTHS = (5, 10, 15, 20, 30, 40, 60)
"""The most tokens of a sentence of each group; the last group is all that are longer."""


@dataclass(frozen=True)
class Group:
    """How well a part of all is done: `score` is the accuracy of its tokens, or the F1 of its spans; `support` counts
    the tokens or spans that were to be found there, `sentences` those that have any."""

    name: str
    support: int
    sentences: int
    score: Estimate


@dataclass(frozen=True)
class TaskAnalysis:
    """One task: its `scores`, its main `figures` with their intervals, by the names they have there, and the F1 of each
    label with its own; scores by word and by length of sentence; what was confused, mistaken, and how surely.

    `scheme` is that of its spans, None for plain tags. A span is known when all of its words are.
    """

    scheme: str | None
    scores: PlainScores | SpanScores
    figures: Mapping[str, Estimate]
    labels: Mapping[str, Estimate]
    words: tuple[Group, ...]
    lengths: tuple[Group, ...]
    confused: tuple[Confused, ...]
    mistakes: tuple[Mistake, ...]
    calibration: Calibration


@dataclass(frozen=True)
class Analysis:
    """A split of a corpus and what a model makes of it."""

    split: str
    sentences: int
    tokens: int
    tasks: Mapping[str, TaskAnalysis]

    @property
    def scores(self) -> Scores:
        """The scores alone, as `evaluate` gives them."""
        return Scores(
            self.split, self.sentences, self.tokens, {task: analysis.scores for task, analysis in self.tasks.items()}
        )


def analyse(
    pairs: Iterable[tuple[Sentence, Sentence]],
    schemes: Mapping[str, str | None],
    *,
    split: str,
    known: Callable[[str], bool] = lambda word: True,
    tags: Mapping[str, Collection[str]] | None = None,
) -> Analysis:
    """Score pairs of an annotated and a predicted sentence as `evaluate` does, and tell what went wrong in them. The
    predicted ones must have kept their scores. A few numbers of every sentence are held in memory."""
    sums = {task: TaskSums(task, scheme, known) for task, scheme in schemes.items()}

    def counted() -> Iterator[tuple[Sentence, Sentence]]:
        for gold, given in pairs:
            yield gold, given  # first, for it is checked there
            for task, counts in sums.items():
                if task in gold.tags:
                    counts.add(gold, given)

    scores = evaluate(counted(), schemes, split=split, known=known, tags=tags)
    tasks = {task: counts.analysis(scores.tasks[task]) for task, counts in sums.items()}
    return Analysis(split, scores.sentences, scores.tokens, tasks)


class TaskSums:
    """What is counted of one task."""

    def __init__(self, task: str, scheme: str | None, known: Callable[[str], bool]) -> None:
        self._task, self._scheme, self._known = task, scheme, known
        self._ratios, self._calibration, self._mistakes = Ratios(), CalibrationSums(), MistakeSums()

    def add(self, gold: Sentence, given: Sentence) -> None:
        """Count one sentence, annotated and as the model tagged it."""
        found = outcomes(gold, given, self._task, self._scheme)
        for outcome in found:
            self._mistakes.add(gold, outcome)
            if outcome.given:
                self._calibration.add(outcome.score, outcome.is_right)
        right = sum(map(str.__eq__, gold.tags[self._task], given.tags[self._task]))
        self._ratios.add(
            {
                "accuracy": (right, len(gold)),
                "sentence_accuracy": (int(right == len(gold)), 1),
                **self._of_outcomes(gold, found),
            }
        )

    def _of_outcomes(self, gold: Sentence, found: Sequence[Outcome]) -> dict[Hashable, tuple[int, int]]:
        """The terms of all figures that count outcomes. F1 is twice the right ones over those to be found and those
        given: of plain tags, of which there are as many of both, that is their accuracy."""
        parts: Counter[Hashable] = Counter()
        wholes: Counter[Hashable] = Counter()
        length = ("length", length_group(len(gold)))
        for outcome in found:
            for side, labelled in (("recall", outcome.gold), ("precision", outcome.given)):
                if labelled is None:
                    continue
                word = ("word", self._is_known(gold, labelled))
                names = [side, "f1", ("label", labelled.label), word, length]
                names += [("support", word), ("support", length)] * (side == "recall")
                for name in names:
                    wholes[name] += 1
                    parts[name] += outcome.is_right
        return {name: (parts[name], whole) for name, whole in wholes.items()}

    def _is_known(self, sentence: Sentence, labelled: Labelled) -> bool:
        return all(map(self._known, sentence.words[labelled.first : labelled.last + 1]))

    def analysis(self, scores: PlainScores | SpanScores) -> TaskAnalysis:
        """The figures of all sentences so far, beside their scores."""
        estimates = self._ratios.estimates()
        nothing = Estimate(0.0, 0.0, 0.0)
        if isinstance(scores, SpanScores):
            names = {name: name for name in ("f1", "precision", "recall", "accuracy", "sentence_accuracy")}
        else:
            names = {"accuracy": "accuracy", "known": ("word", True), "unknown": ("word", False)}
            names["sentence_accuracy"] = "sentence_accuracy"
        labels = scores.types if isinstance(scores, SpanScores) else scores.tags

        def groups(kind: str, named: Mapping[Hashable, str]) -> tuple[Group, ...]:
            return tuple(
                Group(name, *self._ratios.support(("support", (kind, key))), estimates[kind, key])
                for key, name in named.items()
                if (kind, key) in estimates
            )

        return TaskAnalysis(
            scheme=self._scheme,
            scores=scores,
            figures={name: estimates.get(key, nothing) for name, key in names.items()},
            labels={label: estimates["label", label] for label in labels},
            words=groups("word", {True: "known", False: "unknown"}),
            lengths=groups("length", dict(enumerate(LENGTH_NAMES))),
            confused=self._mistakes.confused(),
            mistakes=self._mistakes.mistakes(),
            calibration=self._calibration.calibration(),
        )


LENGTH_NAMES = (
    *(f"{low + 1}–{high}" for low, high in zip((0, *LENGTHS), LENGTHS, strict=False)),
    f"over {LENGTHS[-1]}",
)


def length_group(tokens: int) -> int:
    """Which of LENGTH_NAMES a sentence belongs to."""
    return bisect_left(LENGTHS, tokens)
