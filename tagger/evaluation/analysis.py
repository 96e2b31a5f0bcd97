"""Analysis of a model's mistakes, with intervals, confusions and calibration."""

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
"""The longest sentences of each length group, in tokens; one more group holds all longer sentences."""
LENGTH_NAMES = (
    *(f"{low + 1}–{high}" for low, high in zip((0, *LENGTHS), LENGTHS, strict=False)),
    f"over {LENGTHS[-1]}",
)
"""The name of each length group."""


@dataclass(frozen=True)
class Group:
    """The score of a group of tokens or spans, such as those of unknown words.

    `score` is the accuracy of its tokens, or the F1 of its spans. `support` counts the gold tokens or spans of the
    group, and `sentences` the sentences that have any.
    """

    name: str
    support: int
    sentences: int
    score: Estimate


@dataclass(frozen=True)
class TaskAnalysis:
    """The analysis of one task.

    `scheme` is the scheme of its spans, None for plain tags. `figures` are the main figures of its `scores` under the
    same names, and `labels` the F1 of each label, all with intervals. `words` groups known and unknown words (a span is
    known when all of its words are), `lengths` groups sentences by length. `confused` counts all pairs of gold and
    predicted labels, `mistakes` the wrong ones with examples.
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
    """The analysis of a model on a split of a corpus, by task."""

    split: str
    sentences: int
    tokens: int
    tasks: Mapping[str, TaskAnalysis]

    @property
    def scores(self) -> Scores:
        """The scores alone, as `evaluate` returns them."""
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
    """Score pairs of a gold and a predicted sentence, and analyse the mistakes.

    The scores are those of `evaluate`, with the same arguments. The predicted sentences must have scores. Memory grows
    by a few numbers for each sentence.
    """
    sums = {task: _TaskSums(task, scheme, known) for task, scheme in schemes.items()}

    def counted() -> Iterator[tuple[Sentence, Sentence]]:
        for gold, predicted in pairs:
            yield gold, predicted  # first, because `evaluate` checks the pair
            for task, counts in sums.items():
                if task in gold.tags:
                    counts.add(gold, predicted)

    scores = evaluate(counted(), schemes, split=split, known=known, tags=tags)
    tasks = {task: counts.analysis(scores.tasks[task]) for task, counts in sums.items()}
    return Analysis(split, scores.sentences, scores.tokens, tasks)


class _TaskSums:
    """The counts of one task."""

    def __init__(self, task: str, scheme: str | None, known: Callable[[str], bool]) -> None:
        self._task, self._scheme, self._known = task, scheme, known
        self._ratios, self._calibration, self._mistakes = Ratios(), CalibrationSums(), MistakeSums()

    def add(self, gold: Sentence, predicted: Sentence) -> None:
        """Count one sentence, with its gold tags and as the model tagged it."""
        found = outcomes(gold, predicted, self._task, self._scheme)
        for outcome in found:
            self._mistakes.add(gold, outcome)
            if outcome.predicted:
                self._calibration.add(outcome.score, outcome.is_right)
        right = sum(map(str.__eq__, gold.tags[self._task], predicted.tags[self._task]))
        annotated = len(gold) - gold.tags[self._task].count("")
        self._ratios.add(
            {
                "accuracy": (right, annotated),
                "sentence_accuracy": (int(right == annotated), 1),
                **self._outcome_ratios(gold, found),
            }
        )

    def _outcome_ratios(self, gold: Sentence, found: Sequence[Outcome]) -> dict[Hashable, tuple[int, int]]:
        """Numerator and denominator of every figure that counts outcomes, by its name.

        F1 is twice the right outcomes over gold plus predicted ones. For plain tags, which are as many in both, it
        equals accuracy.
        """
        parts: Counter[Hashable] = Counter()
        wholes: Counter[Hashable] = Counter()
        length = ("length", length_group(len(gold)))
        for outcome in found:
            for side, labelled in (("recall", outcome.gold), ("precision", outcome.predicted)):
                if labelled is None:
                    continue
                word = ("word", self._is_known(gold, labelled))
                names: list[Hashable] = [side, "f1", ("label", labelled.label), word, length]
                if side == "recall":
                    names += [("support", word), ("support", length)]
                for name in names:
                    wholes[name] += 1
                    parts[name] += outcome.is_right
        return {name: (parts[name], whole) for name, whole in wholes.items()}

    def _is_known(self, sentence: Sentence, labelled: Labelled) -> bool:
        return all(map(self._known, sentence.words[labelled.first : labelled.last + 1]))

    def analysis(self, scores: PlainScores | SpanScores) -> TaskAnalysis:
        """The analysis of all sentences counted so far, whose scores are given."""
        estimates = self._ratios.estimates()
        undefined = Estimate(0.0, 0.0, 0.0)
        keys: dict[str, Hashable]
        if isinstance(scores, SpanScores):
            keys = {name: name for name in ("f1", "precision", "recall", "accuracy", "sentence_accuracy")}
        else:
            keys = {"accuracy": "accuracy", "known": ("word", True), "unknown": ("word", False)}
            keys["sentence_accuracy"] = "sentence_accuracy"
        labels = scores.types if isinstance(scores, SpanScores) else scores.tags

        def groups(kind: str, names: Mapping[Hashable, str]) -> tuple[Group, ...]:
            return tuple(
                Group(name, *self._ratios.support(("support", (kind, key))), estimates[kind, key])
                for key, name in names.items()
                if (kind, key) in estimates
            )

        return TaskAnalysis(
            scheme=self._scheme,
            scores=scores,
            figures={name: estimates.get(key, undefined) for name, key in keys.items()},
            labels={label: estimates["label", label] for label in labels},
            words=groups("word", {True: "known", False: "unknown"}),
            lengths=groups("length", dict(enumerate(LENGTH_NAMES))),
            confused=self._mistakes.confused(),
            mistakes=self._mistakes.mistakes(),
            calibration=self._calibration.calibration(),
        )


def length_group(tokens: int) -> int:
    """The index in LENGTH_NAMES of a sentence with this many tokens."""
    return bisect_left(LENGTHS, tokens)
