"""Annotations that models disagree with, the likeliest errors first.

Confident learning (Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"): a word is
likely to be wrongly tagged where another tag is as probable as that tag is, on average, at the words that have it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tagger.errors import DataError
from tagger.evaluation.outcomes import Labelled, outcomes
from tagger.evaluation.split import tagged_pairs
from tagger.runtime.decode import Decoder
from tagger.runtime.tagger import Tagger
from tagger.text.probabilities import Probabilities
from tagger.text.sentence import Sentence

_LEAST_PROBABILITY = 1e-30
"""Stands for the probability 0 where its logarithm is needed."""

Judgement = dict[str, np.ndarray]
"""The probabilities `[T, K]` of a sentence's tags, by task."""


@dataclass(frozen=True)
class LabelError:
    """An annotation that is likely wrong: `text` has the label `given`, and `likelier_text` rather has `likelier`.

    A label is empty where there is no span. `probability` is that of the annotation and `likelier_probability` that of
    the other, both at the word where they differ most. `place` is where the annotation stands.
    """

    place: str
    task: str
    text: str
    given: str
    likelier_text: str
    likelier: str
    probability: float
    likelier_probability: float

    def as_dict(self) -> dict[str, Any]:
        """Return the error as JSON has it."""
        return asdict(self)

    def __str__(self) -> str:
        given = f"{self.text!r} is {self.given}" if self.given else f"{self.likelier_text!r} is not marked"
        over = (
            f" over {self.likelier_text!r}" if self.given and self.likelier and self.text != self.likelier_text else ""
        )
        likelier = f"{self.likelier}{over}" if self.likelier else "not marked"
        return (
            f"{self.place}: {self.task}: {given}, likelier {likelier} "
            f"({self.likelier_probability:.2f} against {self.probability:.2f})"
        )


def judged(
    taggers: Sequence[Tagger], sentences: Sequence[Sentence], tags: Mapping[str, Sequence[str]]
) -> list[Judgement]:
    """Return the probabilities of tags in each sentence, averaged over some models.

    `tags` has those of each task, in the order of the columns; a tag that a model lacks has the probability 0 there.
    Raises DataError for a task that a model lacks.
    """
    for tagger in taggers:
        for task in tags:
            if task not in tagger.tasks:
                raise DataError(f"a model has no task '{task}', only {', '.join(tagger.tasks)}: choose with --tasks")
    sums = [{task: np.zeros((len(each), len(names)), np.float32) for task, names in tags.items()} for each in sentences]
    for tagger in taggers:
        for of_sentence, (_, predicted) in zip(sums, tagged_pairs(tagger, sentences, scores=True), strict=True):
            for task, names in tags.items():
                found = predicted.probabilities[task]
                known = [column for column, name in enumerate(names) if name in found.columns]
                values = found.values[:, [found.columns[names[column]] for column in known]]
                of_sentence[task][:, known] += values / len(taggers)
    return sums


def label_errors(
    sentences: Sequence[Sentence],
    judgements: Sequence[Judgement],
    tags: Mapping[str, Sequence[str]],
    schemes: Mapping[str, str | None],
    places: Sequence[Sequence[str]],
) -> list[LabelError]:
    """Return the annotations that are likely wrong, the likeliest first.

    `sentences` have tags in IOB2, `judgements` the probabilities of all `tags` by models that have not learned from
    them, and `places` the place of each word. What is not annotated is not judged.
    """
    found: list[tuple[float, LabelError]] = []
    for task, scheme in schemes.items():
        having = [number for number, sentence in enumerate(sentences) if task in sentence.tags]
        if not having:
            continue
        columns = {tag: column for column, tag in enumerate(tags[task])}
        given = [np.array([columns.get(tag, -1) for tag in sentences[number].tags[task]]) for number in having]
        values = [judgements[number][task] for number in having]
        wrong = is_wrong(np.concatenate(given), np.concatenate(values))
        ends = np.cumsum(list(map(len, given)))
        decoder = Decoder({task: tags[task]}, {task: scheme})
        scores = [{task: np.log(np.maximum(each, _LEAST_PROBABILITY))} for each in values]
        predicted = decoder.decode([sentences[number] for number in having], scores, {}, keep=False)
        for number, end, gold, each, best in zip(having, ends.tolist(), given, values, predicted, strict=True):
            sentence = sentences[number]
            held = {task: Probabilities(columns, each, _as_they_are)}
            best = best.with_predictions({task: best.tags[task]}, held)
            flags = wrong[end - len(sentence) : end]
            chosen = np.array([columns[tag] for tag in best.tags[task]])
            found += _of_sentence(sentence, best, task, scheme, gold, chosen, each, flags, places[number])
    return [error for _, error in sorted(found, key=lambda pair: pair[0])]


def is_wrong(given: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return which of some given tags are likely errors, `[N]`.

    `given` has their columns `[N]`, negative where nothing is given, in the probabilities `[N, K]`. The threshold of a
    tag is its mean probability where it is given; a given tag is wrong where the most probable of the tags that reach
    their thresholds is another one.
    """
    thresholds = np.full(probabilities.shape[1], np.inf)
    for column in np.unique(given[given >= 0]):
        thresholds[column] = probabilities[given == column, column].mean()
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    best = confident.argmax(axis=1)
    wrong: np.ndarray = (given >= 0) & (confident.max(axis=1) >= 0) & (best != given)
    return wrong


def _of_sentence(
    sentence: Sentence,
    predicted: Sentence,
    task: str,
    scheme: str | None,
    given: np.ndarray,
    chosen: np.ndarray,
    probabilities: np.ndarray,
    flags: np.ndarray,
    places: Sequence[str],
) -> Iterator[tuple[float, LabelError]]:
    """Yield the likely errors of a sentence, each with its margin: the lower, the likelier."""
    words = np.arange(len(sentence))
    margins = probabilities[words, given] - probabilities[words, chosen]
    differs = (given != chosen) & (given >= 0)
    for outcome in outcomes(sentence, predicted, task, scheme):
        bounds = [place for each in (outcome.gold, outcome.predicted) if each for place in each.bounds]
        inside = words[min(bounds) : max(bounds) + 1]
        inside = inside[differs[inside]]
        if outcome.is_right or not flags[inside].any():
            continue
        worst = int(inside[margins[inside].argmin()])
        label, text = _told(sentence, outcome.gold)
        other, other_text = _told(sentence, outcome.predicted)
        yield (
            float(margins[worst]),
            LabelError(
                places[(outcome.gold or outcome.predicted or Labelled("", worst, worst)).first],
                task,
                text,
                label,
                other_text,
                other,
                round(float(probabilities[worst, given[worst]]), 4),
                round(float(probabilities[worst, chosen[worst]]), 4),
            ),
        )


def _told(sentence: Sentence, labelled: Labelled | None) -> tuple[str, str]:
    return (labelled.label, sentence.text_of(labelled.first, labelled.last)) if labelled else ("", "")


def _as_they_are(values: np.ndarray) -> np.ndarray:
    return values


def tags_of(
    sentences: Iterable[Sentence], tasks: Sequence[str], taggers: Sequence[Tagger] = ()
) -> dict[str, list[str]]:
    """Return the tags of each task that sentences or models have, in order; `""`, which is no tag, is left out."""
    found: dict[str, dict[str, None]] = {task: {} for task in tasks}
    for sentence in sentences:
        for task in tasks:
            found[task].update(dict.fromkeys(sentence.tags.get(task, ())))
    for tagger in taggers:
        for task in tasks:
            found[task].update(dict.fromkeys(tagger.tags.get(task, ())))
    return {task: sorted(filter(None, tags)) for task, tags in found.items()}
