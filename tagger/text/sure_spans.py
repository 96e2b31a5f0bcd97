"""Leaving out the spans of a tagged sentence whose probability is below a threshold."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tagger.text.sentence import Sentence


def without_unsure_spans(sentence: Sentence, tasks: Iterable[str], min_score: float | Mapping[str, float]) -> Sentence:
    """Return a sentence that a model has tagged with scores, without its spans of some tasks that it is not sure of.

    `min_score` is the least probability of spans, or one for each label, where `*` stands for all others. The words of
    a span that is left out have the tag `O`; a task without that tag stays as it is. Raises DataError where the
    sentence has no scores.
    """
    least = min_score if isinstance(min_score, Mapping) else {"*": min_score}
    changed: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        if task in sentence.probabilities and "O" not in sentence.probabilities[task].columns:
            continue
        column = list(sentence.tags[task])
        for span in sentence.spans(task):
            if span.score < least.get(span.label, least.get("*", 0.0)):
                column[span.first : span.last + 1] = ["O"] * (span.last + 1 - span.first)
        if tuple(column) != sentence.tags[task]:
            changed[task] = tuple(column)
    return replace(sentence, tags={**sentence.tags, **changed}) if changed else sentence
