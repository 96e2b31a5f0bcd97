"""A dev split for a corpus that has none: every tenth document of train, or every tenth sentence."""

from collections.abc import Sequence
from itertools import chain

from tagger.text.held_sentences import HELD
from tagger.text.sentence import Sentence

_DOCUMENT_LINES = ("# newdoc", "-DOCSTART-")
"""How lines of CoNLL-U and of column files begin that begin a document."""
_SHARE = 10
"""One document in so many becomes dev. Where there are fewer documents, sentences are cut."""


def cut_dev(train: Sequence[Sentence]) -> tuple[list[Sentence], list[Sentence], str]:
    """Return train without its new dev split, that split, and what was cut: `document`, `paragraph` or `sentence`.

    Both parts keep their order. The dev split is empty where train has fewer than ten sentences.
    """
    found, what = groups_of(train)
    rest, dev = every_tenth(found)
    return rest, dev, what if len(found) >= _SHARE else "sentence"


def every_tenth(groups: Sequence[Sequence[Sentence]]) -> tuple[list[Sentence], list[Sentence]]:
    """Return the sentences of some documents without those of every tenth, and these.

    Where there are fewer than ten documents, every tenth sentence is taken.
    """
    if len(groups) < _SHARE:
        groups = [[sentence] for group in groups for sentence in group]
    rest = [group for number, group in enumerate(groups, start=1) if number % _SHARE]
    return list(chain(*rest)), list(chain(*groups[_SHARE - 1 :: _SHARE]))


def groups_of(sentences: Sequence[Sentence]) -> tuple[list[list[Sentence]], str]:
    """Return the documents of a split, or its paragraphs where it does not tell documents apart.

    Sentences that were just read from files and texts say more than ids do; for those of a corpus, which do not keep
    it, there is `document_groups`.
    """
    if any(map(_has_document_line, sentences)):
        begins, what = [_has_document_line(sentence) for sentence in sentences], "document"
    else:
        # A text with spans is one document, whose sentences have one origin; some of them begin paragraphs of it.
        previous = (None, *(_record_of(sentence) for sentence in sentences))
        begins = [
            sentence.paragraph and (before is None or before != _record_of(sentence))
            for sentence, before in zip(sentences, previous, strict=False)
        ]
        what = "document" if any(_is_record(each) for each in sentences) else "paragraph"
    groups: list[list[Sentence]] = []
    for sentence, begin in zip(sentences, begins, strict=True):
        if begin or not groups:
            groups.append([])
        groups[-1].append(sentence)
    return groups, what


def _has_document_line(sentence: Sentence) -> bool:
    """Return whether a sentence was read from a file in which a line says that a document begins with it."""
    return sentence.origin is not None and any(line.startswith(_DOCUMENT_LINES) for line in sentence.origin.lines)


def _is_record(sentence: Sentence) -> bool:
    """Return whether a sentence was read from a dictionary, a row or a line of JSON, which may be a whole text."""
    return sentence.origin is not None and sentence.origin.format in (HELD, "jsonl")


def _record_of(sentence: Sentence) -> tuple[str, int] | None:
    if not _is_record(sentence) or sentence.origin is None:
        return None
    return sentence.origin.file, sentence.origin.line
