"""Sentences of tagged units: whole passages at a time give what reading one unit after the other gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.runtime import sentence_builder
from tagger.runtime.sentence_builder import NOTHING_ENDS, SENTENCE_END, TOKEN_END, SentenceBuilder, TaggedUnits
from tagger.text.multiword import ONE_WORD, MultiwordRules
from tagger.text.passages import passages_of
from tagger.text.sentence import Sentence

RULES = MultiwordRules(("*n't=* n't", "zum=zu dem"))


class UnitByUnit:
    """The plain way: every unit continues a token, ends it, or ends the sentence with it."""

    def __init__(self):
        self.text, self.text_start, self.token_start, self.read, self.tokens = "", 0, -1, 0, []

    def add(self, passage, tagged):
        if passage.begins:
            self.text, self.text_start, self.read = "", passage.first, passage.first
        self.text += passage.text[self.text_start + len(self.text) - passage.start :]
        rules = tagged.rules or [ONE_WORD] * len(tagged.starts)
        stop = passage.start + len(passage.text)
        for start, end, boundary, rule in zip(tagged.starts, tagged.ends, tagged.boundaries, rules, strict=True):
            if end <= self.read or start >= passage.last:
                continue
            if self.token_start < 0:
                self.token_start = max(start, self.read)
            self.read = end
            is_short = end - self.token_start < sentence_builder.LONGEST_TOKEN
            if is_short and (boundary == NOTHING_ENDS or (end == stop and not passage.ends)):
                continue
            self.tokens.append((self.token_start, end, rule))
            self.token_start = -1
            if boundary == SENTENCE_END or len(self.tokens) >= sentence_builder.LONGEST_SENTENCE:
                yield self.sentence()
        if passage.ends:
            if self.token_start >= 0:
                self.tokens.append((self.token_start, self.read, ONE_WORD))
                self.token_start = -1
            if self.tokens:
                yield self.sentence()

    def sentence(self):
        text, shift = self.text, self.text_start
        words, starts, ends, spaces, ranges = [], [], [], [], []
        for start, end, rule in self.tokens:
            token = text[start - shift : end - shift]
            parts = RULES.split(rule, token) if rule != ONE_WORD else (token,)
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
                words.append(" ".join(token.split()))
                starts.append(start)
                ends.append(end)
            spaces.append(end - shift >= len(text) or text[end - shift].isspace())
        first, last = self.tokens[0][0], self.tokens[-1][1]
        self.tokens = []
        self.text, self.text_start = text[last - shift :], last
        columns = map(tuple, (words, starts, ends, spaces))
        return Sentence(*columns, text[first - shift : last - shift], first, multiword=tuple(ranges))


def units_of(text, start, boundaries, rules):
    """Units of two characters at most, tagged by the offsets at which they stand."""
    starts, ends, at = [], [], 0
    while at < len(text):
        size = 0 if text[at].isspace() else 1 + (start + at) % 3
        end = next((each for each in range(at, at + size) if each >= len(text) or text[each].isspace()), at + size)
        if end > at:
            starts.append(start + at)
            ends.append(start + end)
        at = max(end, at + 1)
    tags = [boundaries[each % len(boundaries)] for each in ends]
    chosen = [rules[each % len(rules)] for each in ends] if rules else None
    return TaggedUnits(starts, ends, bytes(tags), chosen)


@given(
    st.lists(
        st.sampled_from(["don't ", "zum", "Ab\n", "c ", "\n\n", "longer words than that ", "x" * 90]), max_size=120
    ),
    st.lists(st.sampled_from([NOTHING_ENDS, TOKEN_END, TOKEN_END, SENTENCE_END]), min_size=1, max_size=7),
    st.one_of(st.none(), st.lists(st.sampled_from([ONE_WORD, *RULES.rules]), min_size=1, max_size=5)),
    st.sampled_from([3, 20, 100_000]),
    st.sampled_from([1, 2, 20_000]),
)
def test_sentences_are_those_of_units_read_one_after_the_other(pieces, boundaries, rules, longest, tokens):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentence_builder, "LONGEST_TOKEN", longest)
        patch.setattr(sentence_builder, "LONGEST_SENTENCE", tokens)
        quick, plain = SentenceBuilder(RULES), UnitByUnit()
        for passage in passages_of(["".join(pieces)]):
            tagged = units_of(passage.text, passage.start, boundaries, rules)
            assert list(quick.add(passage, tagged)) == list(plain.add(passage, tagged))
