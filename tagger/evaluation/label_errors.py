"""Annotations that models disagree with, the likeliest errors first.

Confident learning (Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"): a word is
likely to be wrongly tagged where another tag is as probable as that tag is, on average, at the words that have it. Of
these words, the ones where the best sequence of tags has another tag too are listed.
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
_EXCLUDED = -1e4
"""Score of a tag that the best sequence is not to have, far below that of any probability."""

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

    `tags` has those of each task, in the order of the columns; a tag that a model lacks has the probability 0 there,
    and one that all of them lack NaN. Raises DataError for a task that a model lacks.
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
    for task, names in tags.items():
        unknown = [not any(tag in tagger.tags[task] for tagger in taggers) for tag in names]
        for of_sentence in sums:
            of_sentence[task][:, unknown] = np.nan
    return sums


def unjudged(
    sentences: Sequence[Sentence], judgements: Sequence[Judgement], tags: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, int]]:
    """Yield each task and tag that annotations have and their judges lack, with the number of its words.

    They are not judged.
    """
    for task, names in tags.items():
        counts: dict[str, int] = dict.fromkeys(names, 0)
        for sentence, judgement in zip(sentences, judgements, strict=True):
            given = sentence.tags.get(task, ())
            unknown = np.flatnonzero(np.isnan(judgement[task]).any(axis=0)).tolist()
            for name in (names[column] for column in unknown):
                counts[name] += given.count(name)
        yield from ((task, name, count) for name, count in counts.items() if count)


def label_errors(
    sentences: Sequence[Sentence],
    judgements: Sequence[Judgement],
    tags: Mapping[str, Sequence[str]],
    schemes: Mapping[str, str | None],
    places: Sequence[Sequence[str]],
) -> list[LabelError]:
    """Return the annotations that are likely wrong, the likeliest first.

    `sentences` have tags in IOB2, `judgements` the probabilities of all `tags` by models that have not learned from
    them, and `places` the place of each word. What is not annotated is not judged, nor are words whose tag has the
    probability NaN. An annotation is listed where, at one of its words, `confident_tags` has another tag and the best
    sequence of tags has another one too; what is likelier is the best sequence with the confident tags at these words.
    """
    found: list[tuple[float, LabelError]] = []
    for task, scheme in schemes.items():
        having = [number for number, sentence in enumerate(sentences) if task in sentence.tags]
        if not having:
            continue
        columns = {tag: column for column, tag in enumerate(tags[task])}
        given = [np.array([columns.get(tag, -1) for tag in sentences[number].tags[task]]) for number in having]
        judged_of = [judgements[number][task] for number in having]
        values = [np.nan_to_num(each) for each in judged_of]
        for gold, each in zip(given, judged_of, strict=True):
            gold[np.isnan(each[np.arange(len(gold)), gold])] = -1
        every, is_given = np.concatenate(given), np.isin(np.arange(len(columns)), np.concatenate(given))
        ends = np.cumsum(list(map(len, given)))[:-1]
        confident = np.split(confident_tags(every, np.concatenate(values)), ends)
        decoder = Decoder({task: tags[task]}, {task: scheme})
        scores = [np.where(is_given, np.log(np.maximum(each, _LEAST_PROBABILITY)), _EXCLUDED) for each in values]
        best = _decoded(decoder, task, scores)
        flags = [
            (gold >= 0) & (sure >= 0) & (sure != gold) & (chosen != gold)
            for gold, sure, chosen in zip(given, confident, best, strict=True)
        ]
        for each, sure, wrong in zip(scores, confident, flags, strict=True):
            each[wrong] += np.where(np.arange(len(columns)) == sure[wrong, None], 0.0, _EXCLUDED)
        best = _decoded(decoder, task, scores)
        for number, gold, each, chosen, wrong in zip(having, given, values, best, flags, strict=True):
            if not wrong.any():
                continue
            names = [tags[task][column] for column in chosen]
            predicted = sentences[number].with_predictions(
                {task: names}, {task: Probabilities(columns, each, _as_they_are)}
            )
            found += _of_sentence(
                sentences[number], predicted, task, scheme, gold, chosen, each, wrong & (chosen != gold), places[number]
            )
    return [error for _, error in sorted(found, key=lambda pair: pair[0])]


def _decoded(decoder: Decoder, task: str, scores: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the columns `[T]` of the best tags of each sentence, from their scores `[T, K]`."""
    best = decoder.best([{task: each.astype(np.float32)} for each in scores], {})[task]
    return np.split(best, np.cumsum(list(map(len, scores)))[:-1])


def confident_tags(given: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the column of the most probable of the tags that reach their thresholds, `[N]`; -1 where none does.

    `given` has the columns of the given tags `[N]`, negative where nothing is given, in the probabilities `[N, K]`. The
    threshold of a tag is its mean probability where it is given; a tag that is nowhere given has none to reach. A given
    tag is likely wrong where the confident tag is another one.
    """
    thresholds = np.full(probabilities.shape[1], np.inf)
    for column in np.unique(given[given >= 0]):
        thresholds[column] = probabilities[given == column, column].mean()
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    return np.where(confident.max(axis=1) >= 0, confident.argmax(axis=1), -1)


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
    pairs = [(each.gold, each.predicted) for each in outcomes(sentence, predicted, task, scheme) if not each.is_right]
    listed = set()
    for gold, other in sorted(pairs, key=lambda pair: pair[0] is None):  # a span that is nobody's half comes last
        gold = gold or _overlapping(other, [each for each, _ in pairs])
        other = other or _overlapping(gold, [each for _, each in pairs])
        if gold in listed:
            continue
        bounds = [place for each in (gold, other) if each for place in each.bounds]
        inside = words[min(bounds) : max(bounds) + 1]
        inside = inside[flags[inside]]
        if not len(inside):
            continue
        if gold:
            listed.add(gold)
        worst = int(inside[margins[inside].argmin()])
        label, text = _told(sentence, gold)
        other_label, other_text = _told(sentence, other)
        yield (
            float(margins[worst]),
            LabelError(
                places[(gold or other or Labelled("", worst, worst)).first],
                task,
                text,
                label,
                other_text,
                other_label,
                round(float(probabilities[worst, given[worst]]), 4),
                round(float(probabilities[worst, chosen[worst]]), 4),
            ),
        )


def _overlapping(one: Labelled | None, others: Iterable[Labelled | None]) -> Labelled | None:
    """Return the first of some spans that has a word of another one."""
    return next((each for each in others if one and each and each.first <= one.last and one.first <= each.last), None)


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
