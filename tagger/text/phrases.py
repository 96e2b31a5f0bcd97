"""Reads files of phrases, such as names: one a line, in the tokenizations in which corpora may have them."""

import re
from collections.abc import Iterator
from pathlib import Path

from tagger.errors import DataError
from tagger.text.reading import raw_lines
from tagger.text.word_tokenizer import word_columns

_PART = re.compile(r"\w+|[^\w\s]")
"""A run of letters and digits, or a mark: treebanks split words such as `Stratford-upon-Avon` so."""


def read_phrases(path: Path, most_words: int) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Yield the phrases of a UTF-8 file, each as the words of its different tokenizations.

    A phrase is split at white space, which comes first; as NLTK splits it; and at all marks. Empty lines are left out,
    and comments: `#` alone, or with a blank after it, at the start of a line. The file may be compressed. Raises
    DataError, with file and line, where it is missing, holds no phrase, is not UTF-8, or where a phrase has more than
    `most_words` words.
    """
    is_empty = True
    for number, line in enumerate(raw_lines(path), start=1):
        if not (pieces := line.split()) or pieces[0] == "#":
            continue
        tokenizations = _tokenizations(" ".join(pieces))
        longest = max(map(len, tokenizations))
        if longest > most_words:
            raise DataError(
                f"{path}:{number}: a phrase of {longest} words, of which one may have {most_words}: write one name a "
                "line, or leave it out"
            )
        is_empty = False
        yield tokenizations
    if is_empty:
        raise DataError(f"{path}: there is no phrase in it, only comments and empty lines: write one a line")


def _tokenizations(phrase: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a phrase whose words are separated by single blanks, in each different tokenization."""
    as_written = tuple(phrase.split(" "))
    if phrase.replace(" ", "").isalnum():
        return (as_written,)
    # With a word after it: NLTK would cut off a full stop at the end of a text, but not that of `Washington D.C.`.
    by_nltk = word_columns(f"{phrase} x")[0][:-1]
    every = (as_written, by_nltk, tuple(_PART.findall(phrase)))
    return tuple(dict.fromkeys(filter(None, every)))
