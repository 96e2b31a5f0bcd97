"""Phrases, looked up in the tokens of a sentence."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from tagger.text.casing import lower_case
from tagger.text.composing import composed
from tagger.text.equivalents import with_plain_apostrophes
from tagger.text.sentence import Sentence
from tagger.text.span_offsets import Piece, cuts_a_word

MOST_WORDS = 50
"""Words of the longest phrase, and tokens of the longest match, which bounds the time that a sentence takes."""
_APOSTROPHES = str.maketrans(dict.fromkeys("\u02b9\u02bb\u02bc\u02bd\u2018\u2019\u201b\u2032\u055a\ua78c\uff07", "'"))
"""What is typed in place of an apostrophe, of which a token may be cut anywhere."""


class PhraseIndex:
    """The phrases of some rules, by the numbers of the rules."""

    def __init__(self, phrases: Iterable[tuple[int, Sequence[str]]], *, ignore_case: bool) -> None:
        self._ignore_case, self._count = ignore_case, 0
        by_phrase: dict[str, list[tuple[frozenset[int], int]]] = defaultdict(list)
        for number, of_rule in phrases:
            known = set()
            self._count += 1
            for phrase in of_rule:
                joined, gaps = "", set()
                for piece in self._pieces(phrase):
                    gaps.add(len(joined))
                    joined += piece
                entry = frozenset(gaps - {0})
                if (joined, entry) not in known:
                    known.add((joined, entry))
                    by_phrase[joined].append((entry, number))
        self._rules: Mapping[str, Sequence[tuple[frozenset[int], int]]] = by_phrase
        self._sorted = sorted(by_phrase)

    def search(self, sentence: Sentence, found: Mapping[int, dict[int, int]]) -> None:
        """Add the last word of the longest phrase at each first word to `found`, by the number of its rule.

        A multiword token is compared as it stands in the text, and all its words are marked.
        """
        phrases = self._sorted
        if not phrases:
            return
        places = sentence.token_places
        forms = [
            self._pieces(sentence.words[first] if first == last else sentence.text_of(first, last))
            for first, last in places
        ]
        for first in range(len(forms)):
            joined, gaps = "", []
            hits: list[tuple[int, str, list[int]]] = []
            for last in range(first, min(first + MOST_WORDS, len(forms))):
                begins_apart = last > first and sentence.starts[places[last][0]] > sentence.ends[places[last - 1][1]]
                for number, piece in enumerate(forms[last]):
                    if joined and (number or begins_apart):
                        gaps.append(len(joined))
                    joined += piece
                at = bisect_left(phrases, joined)
                if at == len(phrases) or not phrases[at].startswith(joined):
                    break
                if phrases[at] == joined:
                    hits.append((last, joined, [*gaps]))
            held: set[int] = set()
            for last, joined, gaps in reversed(hits):
                if len(held) == self._count:
                    break
                agree: dict[frozenset[int], bool] = {}
                for wanted, rule in self._rules[joined]:
                    if rule in held:
                        continue  # which has a longer phrase here
                    if wanted not in agree:
                        agree[wanted] = _agree(joined, wanted, gaps)
                    if agree[wanted]:
                        held.add(rule)
                        found[rule][places[first][0]] = places[last][1]

    def _pieces(self, text: str) -> list[str]:
        """Return what stands between the white space of a text, as phrases are compared."""
        form = text if text.isascii() else with_plain_apostrophes(composed(text)).translate(_APOSTROPHES)
        return (lower_case(form) if self._ignore_case else form).split()


def _agree(joined: str, wanted: Collection[int], gaps: Iterable[int]) -> bool:
    """Return whether white space of a phrase and of a text, at places in both without it, makes the same words.

    It may differ beside punctuation, in scripts without spaces and before `n't`, where tokenizers and typists differ.
    """
    return not any(
        cuts_a_word(joined, Piece(at, at)) and "'" not in joined[at : at + 2]
        for at in set(wanted).symmetric_difference(gaps)
    )
