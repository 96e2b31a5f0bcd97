"""The documents of a split: which sentences belong together, as far as their source says so."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tagger.text.sentence import Sentence

DOCUMENT, PARAGRAPH, SENTENCE = "document", "paragraph", "sentence"
"""What the groups of a split can be."""
_DOCUMENT_LINES = ("# newdoc", "-DOCSTART-")
"""How lines of CoNLL-U and of column files begin that begin a document."""
_NUMBER = re.compile(r"-[0-9]+$")
"""The number of a sentence at the end of its id, behind the name of its document: `weblog-3`, `letters.jsonl:12-1`."""


@dataclass(frozen=True)
class Group:
    """Some sentences that belong together, with a name."""

    name: str
    sentences: tuple[Sentence, ...]


def document_groups(sentences: Sequence[Sentence]) -> tuple[list[Group], str]:
    """Return the documents of a split in the order of their first sentences, and what they are.

    They are told apart by the lines that begin them, where the sentences have their source lines, or else by ids that
    end in a hyphen and a number, as in most treebanks and in what was read from texts with spans. Where neither tells
    several documents apart, the groups are paragraphs; where these are unknown too, sentences.
    """
    ways: tuple[tuple[Callable[[Sequence[Sentence]], list[str]], str], ...] = (
        (_by_lines, DOCUMENT),
        (_by_ids, DOCUMENT),
        (_by_paragraphs, PARAGRAPH),
    )
    for way, what in ways:
        groups: dict[str, list[Sentence]] = {}
        for key, sentence in zip(way(sentences), sentences, strict=True):
            groups.setdefault(key, []).append(sentence)
        if 1 < len(groups) < len(sentences):
            return [Group(name, tuple(each)) for name, each in groups.items()], what
    return [Group(_name(number, each), (each,)) for number, each in enumerate(sentences, start=1)], SENTENCE


def _by_lines(sentences: Sequence[Sentence]) -> list[str]:
    return _runs(sentences, has_document_line)


def _by_ids(sentences: Sequence[Sentence]) -> list[str]:
    return [_NUMBER.sub("", sentence.id) if sentence.id else f"sentence {n}" for n, sentence in enumerate(sentences)]


def _by_paragraphs(sentences: Sequence[Sentence]) -> list[str]:
    return _runs(sentences, lambda sentence: sentence.paragraph)


def _runs(sentences: Sequence[Sentence], begins: Callable[[Sentence], bool]) -> list[str]:
    """Return for each sentence the name of the last one at or before it that begins a group, with its number."""
    names: list[str] = []
    for number, sentence in enumerate(sentences, start=1):
        names.append(_name(number, sentence) if begins(sentence) or not names else names[-1])
    return names


def has_document_line(sentence: Sentence) -> bool:
    """Return whether a sentence was read from a file in which a line says that a document begins with it."""
    return sentence.origin is not None and any(line.startswith(_DOCUMENT_LINES) for line in sentence.origin.lines)


def _name(number: int, sentence: Sentence) -> str:
    """Return a name that no other group has, of the first sentence of a group."""
    return f"{sentence.id} ({number})" if sentence.id else f"sentence {number}"
