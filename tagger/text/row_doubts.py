"""Rows of a column file that are probably not what they seem."""

from collections import Counter
from collections.abc import Sequence

from tagger.errors import DataError
from tagger.text.blocks import Block
from tagger.text.remarks import Remarks

_HIPE_END = "EndOfSentence"


def check_for_pairs(table: Sequence[Sequence[str]], place: str) -> None:
    """Raise DataError where every column of some rows holds a word and its tag, as in `Ada/PROPN sleeps/VERB`."""
    for mark in "/|_":  # the last is more often a part of words and tags
        if len(table[0]) > 1 + (mark == "_") and all(mark in cell[1:-1] for cells in table for cell in cells):
            raise DataError(
                f"{place}: each column holds '{mark}', as words with their tags do: a sentence a line is --format pairs"
            )


def doubt_widths(table: Sequence[Sequence[str]], rows: Sequence[int], block: Block, remarks: Remarks) -> None:
    """Remark on the rows of a sentence that have another number of columns than most."""
    widths = Counter(map(len, table))
    if len(widths) > 1:
        usual = max(widths, key=lambda width: widths[width])
        other = [at for at, cells in zip(rows, table, strict=True) if len(cells) != usual]
        what = "rows with another number of columns than others of their sentence: is there a space in a token or tag?"
        remarks.add(what, block.place(other[0]), len(other))


def doubt_sentence_ends(rows: Sequence[int], block: Block, remarks: Remarks) -> None:
    """Remark on rows that HIPE marks as the end of a sentence, where nobody asked to read these marks."""
    marked = [at for at in rows if _HIPE_END in block.lines[at]]
    if marked:
        what = f"rows marked {_HIPE_END}, at which no sentence ends without --sentence-end COLUMN:{_HIPE_END}"
        remarks.add(what, block.place(marked[0]), len(marked))
