"""The names of tasks that a program's data imply: `ner_tags` is `ner`, and tags without a name are `ner` or `pos`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tagger.text.scheme import SchemeDetector
from tagger.text.sentence import Sentence

_WITH_SUFFIX = re.compile(r"(?i)([a-z]+)[ _.-](?:tags?|labels?|iob[12]?|bio)")
_NAMELESS = re.compile(r"(?i)(?:tags?|labels?|iob[12]?|bio)")
_USUAL = ("ner", "pos", "upos", "xpos", "chunk")


def with_task_names(
    splits: Mapping[str, Sequence[Sentence]], known: Mapping[str, bool | None] | None = None
) -> dict[str, list[Sentence]]:
    """Return the splits with their tasks under the names that they imply; all splits are named alike.

    `ner_tags`, `NER` and `ner_labels` become `ner`. Tags without a name of their own (`tags`, `labels`, the tags of
    `(words, tags)`) get that of the one task of their kind in `known`, which tells whether tasks are of spans (None
    where that is unknown), and otherwise `ner` where they are tags of spans, `pos` where they are plain. Names in
    `known` stay as they are, and so do those of two tasks of a sentence that would get the same one.
    """
    known = known or {}
    together = {frozenset(each.tags) for sentences in splits.values() for each in sentences}
    names = {
        task: task if task in known else _name(task, splits, known) for task in sorted(frozenset().union(*together))
    }
    for tasks in sorted(together, key=sorted):
        taken = [names[task] for task in tasks]
        names |= {task: task for task in tasks if taken.count(names[task]) > 1}
    names = {task: name for task, name in names.items() if name != task}
    if not names:
        return {split: list(sentences) for split, sentences in splits.items()}
    return {split: [_renamed(each, names) for each in sentences] for split, sentences in splits.items()}


def _name(task: str, splits: Mapping[str, Sequence[Sentence]], known: Mapping[str, bool | None]) -> str:
    if with_suffix := _WITH_SUFFIX.fullmatch(task):
        return with_suffix[1].lower()
    if not _NAMELESS.fullmatch(task):
        return task.lower() if task.lower() in _USUAL else task
    columns = (each.tags[task] for sentences in splits.values() for each in sentences if task in each.tags)
    are_spans = _are_spans(columns)
    fitting = [name for name, of_spans in known.items() if of_spans in (None, are_spans)]
    return fitting[0] if len(fitting) == 1 else "ner" if are_spans else "pos"


def _are_spans(columns: Iterable[Sequence[str]]) -> bool:
    detector = SchemeDetector()
    for column in columns:
        detector.add(column)
    return detector.looks_like_spans or "O" in detector.tags


def _renamed(sentence: Sentence, names: Mapping[str, str]) -> Sentence:
    return replace(sentence, tags={names.get(task, task): column for task, column in sentence.tags.items()})
