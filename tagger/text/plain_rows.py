"""Rows of CoNLL-U and of column files, written column by column for sentences that no file's own rows belong to.

The writers of both formats change the rows of a file cell by cell. A tagger's output has no such rows, and most of it
is written here, several times as fast. What cannot be written, or only with care, is left to the writers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from tagger.text.column_names import SKIPPED, TOKEN
from tagger.text.sentence import Sentence

_BREAKS_ROWS = re.compile("[\t\r\n]")
_BREAKS_MISC = re.compile("[\t\r\n|]")
_UNSET_COLUMNS = ("_",) * 7  # LEMMA to DEPS


def conllu_rows(
    sentence: Sentence, columns: Mapping[int, Sequence[str]], keys: Mapping[str, Sequence[str]], misc: Sequence[str]
) -> str | None:
    """Return the rows of a sentence in CoNLL-U, each with its line end; None where a cell would break its row.

    `columns` has the tags of columns by their places from LEMMA (2) to DEPS (8), `keys` those of keys of MISC. `misc`
    is what MISC has of each token beside them. A tag "" is written as `_`.
    """
    tags = [_written(column) for column in columns.values()]
    values = [_written(column) for column in keys.values()]
    if not (_fit(sentence.words, _BREAKS_ROWS) and all(_fit(set(column), _BREAKS_ROWS) for column in tags)):
        return None
    if not all(_fit(set(column), _BREAKS_MISC) for column in values):
        return None
    of_words, ranges = misc, []
    if sentence.multiword:
        of_words = ["_"] * len(sentence)
        for (first, last), cell in zip(sentence.token_places, misc, strict=True):
            if first < last:
                form = sentence.text_of(first, last)
                ranges.append((first, "\t".join((f"{first + 1}-{last + 1}", form, *_UNSET_COLUMNS, cell))))
                if not _fit([form], _BREAKS_ROWS):
                    return None
            else:
                of_words[first] = cell
    for key, column in zip(keys, values, strict=True):
        of_words = [
            f"{key}={tag}" if cell == "_" else f"{cell}|{key}={tag}" for cell, tag in zip(of_words, column, strict=True)
        ]
    unset = ("_",) * len(sentence)
    cells: list[Sequence[str]] = [unset] * len(_UNSET_COLUMNS)
    for place, column in zip(columns, tags, strict=True):
        cells[place - 2] = column
    numbers = map(str, range(1, len(sentence) + 1))
    rows = list(map("\t".join, zip(numbers, sentence.words, *cells, of_words, strict=True)))
    for first, row in reversed(ranges):
        rows.insert(first, row)
    return "".join([row + "\n" for row in rows])


def tab_separated_rows(sentence: Sentence, columns: Sequence[str]) -> str | None:
    """Return one row for each word, its cells separated by TABs; None where a cell would break its row.

    `columns` names the word (TOKEN), tasks, and columns that have nothing (SKIPPED). A tag "" is written as `_`.
    """
    unset = ("_",) * len(sentence)
    tags = {**sentence.tags, SKIPPED: unset}
    cells = [sentence.words if name == TOKEN else _written(tags.get(name, unset)) for name in columns]
    if not all(_fit(set(column), _BREAKS_ROWS) and all(map(str.strip, set(column))) for column in cells):
        return None
    return "".join([row + "\n" for row in map("\t".join, zip(*cells, strict=True))])


def _written(column: Sequence[str]) -> Sequence[str]:
    """Return the tags with `_` for words that are not annotated."""
    return [tag or "_" for tag in column] if "" in column else column


def _fit(cells: Iterable[str], breaks: re.Pattern[str]) -> bool:
    """Return whether none of the cells is empty or has a character that breaks its row."""
    return all(cells) and not breaks.search("".join(cells))
