"""The documents of a split: which sentences belong together, as far as their source says so."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tagger.text.sentence import Sentence

DOCUMENT, PARAGRAPH, SENTENCE = "document", "paragraph", "sentence"
"""What the groups of a split can be, the largest first."""
KINDS = (DOCUMENT, PARAGRAPH, SENTENCE)
_NEARLY_ALL = 0.9
"""A group with a larger share of a split is no document: the ids of its sentences are named after the split."""
_NUMBER = re.compile(r"-([0-9]+)$")
"""The number of a sentence at the end of its id, behind the name of its document: `weblog-3`, `letters.jsonl:12-1`."""

_Numbered = Sequence[tuple[int, Sentence]]
"""Sentences with their numbers in their split, from 1."""


@dataclass(frozen=True)
class Group:
    """Some sentences that belong together, with a name."""

    name: str
    sentences: tuple[Sentence, ...]


def document_groups(sentences: Sequence[Sentence], largest: str = DOCUMENT) -> tuple[list[Group], str]:
    """Return the documents of a split in the order of their first sentences, and what they are.

    They are those that the source names (`Sentence.document`), if there are several. Sentences without such a name are
    told apart by ids that end in a hyphen and a number, as in most treebanks. Where ids do not tell several documents
    apart, the groups are paragraphs; where these are unknown too, sentences. The groups are of two kinds, `document and
    sentence`, where the source names documents of some sentences alone. `largest` is what the groups may be at most.
    """
    return pooled_groups([sentences], largest)


def pooled_groups(splits: Iterable[Sequence[Sentence]], largest: str = DOCUMENT) -> tuple[list[Group], str]:
    """Return the documents of several splits together, and what they are: `document and sentence` where they differ.

    Each split decides for itself what tells its documents apart. A document that is in two splits is one group.
    """
    pooled: dict[tuple[int, str, str], list[Sentence]] = {}
    for number, sentences in enumerate(splits):
        for sentence, (kind, name) in zip(sentences, _kinds_and_names(sentences, largest), strict=True):
            # The names of paragraphs and sentences count in their split alone.
            pooled.setdefault((0 if kind == DOCUMENT else number, kind, name), []).append(sentence)
    found = {kind for _, kind, _ in pooled}
    groups = [Group(name, tuple(each)) for (_, _, name), each in pooled.items()]
    return groups, " and ".join(kind for kind in KINDS if kind in found) or SENTENCE


def _kinds_and_names(sentences: Sequence[Sentence], largest: str) -> list[tuple[str, str]]:
    """Return for each sentence of a split what its group is, and the name of that group."""
    numbered = list(enumerate(sentences, start=1))
    if largest == DOCUMENT and len({sentence.document for sentence in sentences}) > 1:
        others = iter(_of_unnamed([each for each in numbered if not each[1].document], DOCUMENT))
        return [(DOCUMENT, each.document) if each.document else next(others) for each in sentences]
    return _of_unnamed(numbered, largest)


def _of_unnamed(numbered: _Numbered, largest: str) -> list[tuple[str, str]]:
    """Return the kind and the name of the group of each sentence, without asking for the names of documents."""
    ways: tuple[tuple[Callable[[_Numbered], list[str]], str], ...] = (
        (_by_ids, DOCUMENT),
        (_by_paragraphs, PARAGRAPH),
    )
    for way, kind in ways[KINDS.index(largest) :]:
        names = way(numbered)
        sizes = Counter(names)
        if 1 < len(sizes) < len(names) and max(sizes.values()) <= _NEARLY_ALL * len(names):
            return [(kind, name) for name in names]
    return [(SENTENCE, _name(number, each)) for number, each in numbered]


def _by_ids(numbered: _Numbered) -> list[str]:
    """Return the id of each sentence without its number, if this counts the sentences of several documents."""
    found = [_NUMBER.search(sentence.id) for _, sentence in numbered]
    names = [
        sentence.id[: number.start()] if number else sentence.id or f"sentence {place}"
        for (place, sentence), number in zip(numbered, found, strict=True)
    ]
    counted = {(name, int(number[1])) for name, number in zip(names, found, strict=True) if number}
    if all(found) and max(Counter(number for _, number in counted).values(), default=0) < 2:
        return [sentence.id for _, sentence in numbered]
    return names


def _by_paragraphs(numbered: _Numbered) -> list[str]:
    """Return for each sentence the name of the last one at or before it that begins a paragraph, with its number."""
    names: list[str] = []
    for number, sentence in numbered:
        names.append(_name(number, sentence) if sentence.paragraph or not names else names[-1])
    return names


def _name(number: int, sentence: Sentence) -> str:
    """Return a name that no other group has, of the first sentence of a group."""
    return f"{sentence.id} ({number})" if sentence.id else f"sentence {number}"
