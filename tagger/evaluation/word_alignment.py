"""Aligning the words of two segmentations of one text, by the definitions of the CoNLL 2018 shared task.

Zeman, Hajič, Popel, Potthast, Straka, Ginter, Nivre and Petrov (2018), "CoNLL 2018 Shared Task: Multilingual Parsing
from Raw Text to Universal Dependencies", section 5; the alignment is that of the task's evaluation script by Straka and
Popel, of which nothing is copied.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from tagger.text.sentence import Sentence

Place = tuple[int, int]
"""Start and end of a token, word or sentence, counted in the characters of the text that are no white space."""


class PlacedWord(NamedTuple):
    """A word, and where its token stands in the text.

    `form` is the word in lower case and without white space, `multiword` tells whether its token is a multiword token.
    """

    form: str
    start: int
    end: int
    multiword: bool


@dataclass(frozen=True, slots=True)
class Segmentation:
    """A text cut into sentences, tokens and words: the places of sentences and tokens, and the words."""

    sentences: tuple[Place, ...]
    tokens: tuple[Place, ...]
    words: tuple[PlacedWord, ...]


def solid_offsets(text: str) -> Sequence[int]:
    """For each offset in a text, its end included: the number of characters before it that are no white space."""
    return array("I", accumulate((not character.isspace() for character in text), initial=0))


def segmentation(sentences: Iterable[Sentence], solid: Sequence[int]) -> Segmentation:
    """Return where the sentences, tokens and words of a text stand, given the `solid_offsets` of the text.

    A sentence stands where its tokens do; one without any is left out.
    """
    places: list[Place] = []
    tokens: list[Place] = []
    words: list[PlacedWord] = []
    for sentence in filter(len, sentences):
        multiword = {first for first, _ in sentence.multiword}
        begin = len(tokens)
        for (first, last), offsets in zip(sentence.token_places, sentence.token_offsets, strict=True):
            start, end = (solid[offset] for offset in offsets)
            tokens.append((start, end))
            words.extend(
                PlacedWord("".join(word.lower().split()), start, end, first in multiword)
                for word in sentence.words[first : last + 1]
            )
        places.append((tokens[begin][0], tokens[-1][1]))
    return Segmentation(tuple(places), tuple(tokens), tuple(words))


def aligned_words(gold: Sequence[PlacedWord], predicted: Sequence[PlacedWord]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of words that correspond, each as its places in `gold` and in `predicted`, in order.

    Words that are tokens correspond where their tokens have the same place. Where either side has a multiword token,
    the words of all tokens in the smallest stretch that cuts no multiword token are aligned by the longest common
    subsequence of their forms.
    """
    g = p = 0
    while g < len(gold) and p < len(predicted):
        ours, theirs = gold[g], predicted[p]
        if ours.multiword or theirs.multiword:
            g, p, stretch = _past_stretch(gold, g, predicted, p)
            yield from _by_forms(gold, stretch[0], predicted, stretch[1])
        elif (ours.start, ours.end) == (theirs.start, theirs.end):
            yield g, p
            g, p = g + 1, p + 1
        elif ours.start <= theirs.start:
            g += 1
        else:
            p += 1


def _past_stretch(
    gold: Sequence[PlacedWord], g: int, predicted: Sequence[PlacedWord], p: int
) -> tuple[int, int, tuple[range, range]]:
    """Find the stretch of multiword tokens that begins at the words `g` and `p`, of which one is in such a token.

    Returns the places of the words after it, and the ranges of the words in it. A word that is a token and begins
    before the stretch or ends after it is not in it.
    """
    lead = gold[g] if gold[g].multiword else predicted[p]
    g += gold[g].start < lead.start and not gold[g].multiword
    p += predicted[p].start < lead.start and not predicted[p].multiword
    first, end = (g, p), lead.end
    while _lies_in(gold, g, end) or _lies_in(predicted, p, end):
        # The word that begins first is taken, even where only the other one lies in the stretch: so does the script.
        if p == len(predicted) or (g < len(gold) and gold[g].start <= predicted[p].start):
            word, g = gold[g], g + 1
        else:
            word, p = predicted[p], p + 1
        if word.multiword:
            end = max(end, word.end)
    return g, p, (range(first[0], g), range(first[1], p))


def _lies_in(words: Sequence[PlacedWord], place: int, end: int) -> bool:
    """Whether the word at a place, if there is one, lies in a stretch up to `end`.

    Words of a multiword token do where the token begins in it, others where they end in it.
    """
    if place >= len(words):
        return False
    word = words[place]
    return word.start < end if word.multiword else word.end <= end


def _by_forms(
    gold: Sequence[PlacedWord], ours: range, predicted: Sequence[PlacedWord], theirs: range
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a longest common subsequence of the forms of some gold and some predicted words."""
    # longest[i][j]: the length of the longest common subsequence of the forms from the i-th and the j-th on.
    longest = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in reversed(range(len(ours))):
        for j in reversed(range(len(theirs))):
            if gold[ours[i]].form == predicted[theirs[j]].form:
                longest[i][j] = longest[i + 1][j + 1] + 1
            else:
                longest[i][j] = max(longest[i + 1][j], longest[i][j + 1])
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if gold[ours[i]].form == predicted[theirs[j]].form:
            yield ours[i], theirs[j]
            i, j = i + 1, j + 1
        elif longest[i][j] == longest[i + 1][j]:
            i += 1
        else:
            j += 1
