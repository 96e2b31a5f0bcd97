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
"""A group with a larger share of a split is no document: its name is that of the split."""
_NUMBER = re.compile(r"-([0-9]+)$")
"""The number of a sentence at the end of its id, behind the name of its document: `weblog-3`, `letters.jsonl:12-1`."""


@dataclass(frozen=True)
class Group:
    """Some sentences that belong together, with a name."""

    name: str
    sentences: tuple[Sentence, ...]


def document_groups(sentences: Sequence[Sentence], largest: str = DOCUMENT) -> tuple[list[Group], str]:
    """Return the documents of a split in the order of their first sentences, and what they are.

    They are told apart by ids that end in a hyphen and a number, as in most treebanks and in what was read from texts
    with spans; records do not keep where a file says `# newdoc`. Where ids do not tell several documents apart, the
    groups are paragraphs; where these are unknown too, sentences. `largest` is what the groups may be at most.
    """
    ways: tuple[tuple[Callable[[Sequence[Sentence]], list[str]], str], ...] = (
        (_by_ids, DOCUMENT),
        (_by_paragraphs, PARAGRAPH),
    )
    for way, what in ways[KINDS.index(largest) :]:
        groups: dict[str, list[Sentence]] = {}
        for key, sentence in zip(way(sentences), sentences, strict=True):
            groups.setdefault(key, []).append(sentence)
        if 1 < len(groups) < len(sentences) and max(map(len, groups.values())) <= _NEARLY_ALL * len(sentences):
            return [Group(name, tuple(each)) for name, each in groups.items()], what
    return [Group(_name(number, each), (each,)) for number, each in enumerate(sentences, start=1)], SENTENCE


def pooled_groups(splits: Iterable[Sequence[Sentence]], largest: str = DOCUMENT) -> tuple[list[Group], str]:
    """Return the documents of several splits together, and what they are: `document and sentence` where they differ.

    Each split decides for itself what tells its documents apart. A document that is in two splits is one group.
    """
    pooled: dict[str, list[Sentence]] = {}
    kinds: dict[str, None] = {}
    for number, sentences in enumerate(splits):
        groups, kind = document_groups(sentences, largest)
        if groups:
            kinds[kind] = None
        for group in groups:
            key = group.name if kind == DOCUMENT else f"{number} {group.name}"  # other names count in their split alone
            pooled.setdefault(key, []).extend(group.sentences)
    return [Group(name, tuple(each)) for name, each in pooled.items()], " and ".join(kinds) or SENTENCE


def _by_ids(sentences: Sequence[Sentence]) -> list[str]:
    """Return the id of each sentence without its number, if this counts the sentences of several documents."""
    found = [_NUMBER.search(sentence.id) for sentence in sentences]
    names = [
        sentence.id[: number.start()] if number else sentence.id or f"sentence {place}"
        for place, (sentence, number) in enumerate(zip(sentences, found, strict=True))
    ]
    counted = {(name, int(number[1])) for name, number in zip(names, found, strict=True) if number}
    if all(found) and max(Counter(number for _, number in counted).values(), default=0) < 2:
        return [sentence.id for sentence in sentences]
    return names


def _by_paragraphs(sentences: Sequence[Sentence]) -> list[str]:
    """Return for each sentence the name of the last one at or before it that begins a paragraph, with its number."""
    names: list[str] = []
    for number, sentence in enumerate(sentences, start=1):
        names.append(_name(number, sentence) if sentence.paragraph or not names else names[-1])
    return names


def _name(number: int, sentence: Sentence) -> str:
    """Return a name that no other group has, of the first sentence of a group."""
    return f"{sentence.id} ({number})" if sentence.id else f"sentence {number}"
