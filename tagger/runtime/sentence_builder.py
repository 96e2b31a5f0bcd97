"""Putting sentences together from the tagged units of passages."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, repeat
from typing import NamedTuple

from tagger.text.multiword import ONE_WORD, MultiwordRules
from tagger.text.passages import Passage
from tagger.text.sentence import Sentence

NOTHING_ENDS, TOKEN_END, SENTENCE_END = 0, 1, 2
"""Numbers of what ends with a unit: nothing, a token, or a sentence and with it a token."""

LONGEST_TOKEN = 100_000
"""Characters at which a token ends, whatever the network says."""
LONGEST_SENTENCE = 20_000
"""Tokens at which a sentence ends, whatever the network says."""


class TaggedUnits(NamedTuple):
    """The U units of a passage: the offsets of their starts and ends, and their tags."""

    starts: Sequence[int]
    ends: Sequence[int]
    boundaries: bytes
    """Numbers of what ends with each unit."""
    rules: Sequence[str] | None
    """The rule of each unit's token; None where every token is one word."""


class _Tokens(NamedTuple):
    """Tokens by their starts and ends (exclusive), offsets in the input, and the rules that split them into words."""

    starts: list[int]
    ends: list[int]
    rules: list[str]


class SentenceBuilder:
    """Puts sentences together from the tagged units of passages that follow each other."""

    def __init__(self, multiword: MultiwordRules) -> None:
        self._multiword = multiword
        self._text, self._text_start = "", 0  # of the paragraph, from the end of the last sentence on
        self._token_start = -1  # offset of the open token, -1 where there is none
        self._read = 0  # offset up to which units were read
        self._open = _Tokens([], [], [])  # tokens of the open sentence

    def add(self, passage: Passage, tagged: TaggedUnits) -> Iterator[Sentence]:
        """Yield the sentences that end in a passage."""
        if passage.begins:
            self._text, self._text_start, self._read = "", passage.first, passage.first
        self._text += passage.text[self._text_start + len(self._text) - passage.start :]
        # The context belongs to the passages before and after, but for a unit that is longer than it.
        first = bisect_right(tagged.ends, self._read)
        last = bisect_left(tagged.starts, passage.last)
        if first < last:
            yield from self._read_units(passage, tagged, slice(first, last))
        if passage.ends:
            if self._token_start >= 0:
                self._put([self._token_start], [self._read], [ONE_WORD])
                self._token_start = -1
            if self._open.starts:
                yield self._sentence(len(self._open.starts))

    def _read_units(self, passage: Passage, tagged: TaggedUnits, part: slice) -> Iterator[Sentence]:
        """Yield the sentences that end with some of the units of a passage."""
        starts, ends, boundaries = tagged.starts[part], tagged.ends[part], tagged.boundaries[part]
        stop = passage.start + len(passage.text)
        if ends[-1] == stop and not passage.ends:
            boundaries = boundaries[:-1] + bytes([NOTHING_ENDS])  # it may go on
        begin = self._token_start if self._token_start >= 0 else max(starts[0], self._read)
        if stop - begin >= LONGEST_TOKEN:
            boundaries = _with_long_tokens_ended(begin, starts, ends, boundaries, tagged.boundaries[part])
        self._read = ends[-1]
        before = len(self._open.starts)
        # A byte that is not NOTHING_ENDS selects a unit with which a token ends; the unit after it begins the next.
        begins = [begin, *compress(starts[1:], boundaries)]
        self._token_start = begins.pop() if boundaries[-1] == NOTHING_ENDS else -1
        rules = compress(tagged.rules[part], boundaries) if tagged.rules else repeat(ONE_WORD, len(begins))
        self._put(begins, compress(ends, boundaries), rules)
        of_tokens = boundaries.replace(bytes([NOTHING_ENDS]), b"")
        at = taken = 0
        while at := of_tokens.find(SENTENCE_END, at) + 1:
            yield from self._sentences(before + at - taken)
            taken = before + at
        while len(self._open.starts) >= LONGEST_SENTENCE:
            yield self._sentence(LONGEST_SENTENCE)

    def _sentences(self, count: int) -> Iterator[Sentence]:
        """Yield the sentence of the first tokens that were read; several where it is too long."""
        while count > LONGEST_SENTENCE:
            yield self._sentence(LONGEST_SENTENCE)
            count -= LONGEST_SENTENCE
        yield self._sentence(count)

    def _put(self, starts: Iterable[int], ends: Iterable[int], rules: Iterable[str]) -> None:
        """Add tokens to the open sentence."""
        self._open.starts.extend(starts)
        self._open.ends.extend(ends)
        self._open.rules.extend(rules)

    def _sentence(self, count: int) -> Sentence:
        """Return the sentence of the first tokens that were read, and begin the next."""
        text, shift = self._text, self._text_start
        starts, ends, rules = self._open.starts[:count], self._open.ends[:count], self._open.rules[:count]
        for column in self._open:
            del column[:count]
        first, last = starts[0], ends[-1]
        words = [text[start - shift : end - shift] for start, end in zip(starts, ends, strict=True)]
        spaces = [text[end - shift].isspace() for end in ends[:-1]]
        spaces.append(last - shift >= len(text) or text[last - shift].isspace())
        ranges: list[tuple[int, int]] = []
        if rules.count(ONE_WORD) < count:
            words, starts, ends, spaces, ranges = self._split(words, _Tokens(starts, ends, rules), spaces)
        elif len(" ".join(words).split()) > count:  # there is white space within words
            words = [_one_line(word) for word in words]
        self._text, self._text_start = text[last - shift :], last
        return Sentence(
            tuple(words),
            tuple(starts),
            tuple(ends),
            tuple(spaces),
            text[first - shift : last - shift],
            first,
            multiword=tuple(ranges),
        )

    def _split(
        self, texts: Sequence[str], tokens: _Tokens, space_after: Sequence[bool]
    ) -> tuple[list[str], list[int], list[int], list[bool], list[tuple[int, int]]]:
        """Return the words of tokens, their starts and ends, after which a space stands, and the multiword tokens."""
        words: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        spaces: list[bool] = []
        ranges: list[tuple[int, int]] = []
        for token, start, end, rule, space in zip(texts, *tokens, space_after, strict=True):
            parts = self._multiword.split(rule, token) if rule != ONE_WORD else (token,)
            if len(parts) > 1:
                ranges.append((len(words), len(words) + len(parts) - 1))
                at, spelled = start, "".join(parts) == token
                for part in parts:
                    starts.append(at if spelled else start)
                    ends.append(at + len(part) if spelled else end)
                    at += len(part)
                words += parts
                spaces += [False] * (len(parts) - 1)
            else:
                words.append(_one_line(token))
                starts.append(start)
                ends.append(end)
            spaces.append(space)
        return words, starts, ends, spaces, ranges


def _one_line(word: str) -> str:
    """Return a word with a space in place of all white space in it."""
    return " ".join(word.split())


def _with_long_tokens_ended(
    begin: int, starts: Sequence[int], ends: Sequence[int], boundaries: bytes, tagged: bytes
) -> bytes:
    """End tokens at LONGEST_TOKEN; the first begins at `begin`. `tagged` are the boundaries that the network found."""
    ended = bytearray(boundaries)
    for place in range(len(starts)):
        if ends[place] - begin >= LONGEST_TOKEN and ended[place] == NOTHING_ENDS:
            ended[place] = max(TOKEN_END, tagged[place])
        if ended[place] != NOTHING_ENDS and place + 1 < len(starts):
            begin = starts[place + 1]
    return bytes(ended)
