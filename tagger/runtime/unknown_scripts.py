"""Where tokens and sentences end in scripts that a segmenter has never read.

Its network can only guess there. A run of one script is a token, and a mark that ends sentences in Unicode's list ends
one. Chinese characters, of which a run may be a whole clause, are tokens each where more than four stand together.
"""

from collections.abc import Container, Sequence

from tagger.model.segmentation_rules import INSIDE, SENTENCE_ENDS, TOKEN_ENDS
from tagger.text.sentence_ends import is_terminal
from tagger.text.units import class_of

_IDEOGRAPHS = "CJK"
_LONGEST_RUN = 4
_CLOSING = frozenset("」』）］】〕〉》”’\"')")


class ScriptRules:
    """Corrects the tags of units in scripts that are not among those of train."""

    def __init__(self, known: frozenset[str], units: Container[str]) -> None:
        """`known` are the classes of letters of train, and `units` those that the network knows."""
        self._known, self._units = known, units

    def correct(self, units: Sequence[str], gaps: Sequence[str], boundaries: list[str]) -> None:
        """Change the boundaries of units in place; `gaps` are what stands after each (`AFTER`)."""
        if all(unit.isascii() for unit in units):
            return
        for place, unit in enumerate(units):
            if unit.isascii() and (place + 1 == len(units) or units[place + 1].isascii()):
                continue
            if is_terminal(unit[-1]) and unit not in self._units:
                follows = place + 1 < len(units) and gaps[place] == "none" and units[place + 1][0] in _CLOSING
                boundaries[place] = TOKEN_ENDS if follows else SENTENCE_ENDS
                if follows:
                    boundaries[place + 1] = SENTENCE_ENDS
            elif gaps[place] == "none" and place + 1 < len(units):
                self._correct_junction(units, place, boundaries)

    def _correct_junction(self, units: Sequence[str], place: int, boundaries: list[str]) -> None:
        """Correct the boundary between two units without white space between them."""
        left, right = class_of(units[place][0]), class_of(units[place + 1][0])
        if not (self._is_unknown(left) or self._is_unknown(right)):
            return
        if left == right and (left != _IDEOGRAPHS or _run_length(units, place) <= _LONGEST_RUN):
            boundaries[place] = INSIDE
        elif left == right or boundaries[place] == INSIDE:
            boundaries[place] = TOKEN_ENDS

    def _is_unknown(self, name: str) -> bool:
        return name.isupper() and name not in self._known


def _run_length(units: Sequence[str], place: int) -> int:
    """Return the number of ideographs that stand together around a place, at most one more than a token may have."""
    first = last = place
    while first > 0 and place - first <= _LONGEST_RUN and class_of(units[first - 1][0]) == _IDEOGRAPHS:
        first -= 1
    while last + 1 < len(units) and last - first <= _LONGEST_RUN and class_of(units[last + 1][0]) == _IDEOGRAPHS:
        last += 1
    return last - first + 1
