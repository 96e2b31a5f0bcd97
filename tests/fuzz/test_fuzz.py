"""No input is too bad for a clear error: `scripts/fuzz --minutes N` tries more of the same."""

import pytest
from fuzzing import try_inputs
from hypothesis import given
from hypothesis import strategies as st
from targets import TARGETS, checked, targets

from tagger.text.tokenize import tokenize

pytestmark = pytest.mark.slow
_SEED, _COUNT, _COUNT_OF_FOLDERS = 1, 60, 12


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_input_gives_a_result_that_holds_or_one_error(name):
    failures = list(try_inputs(name, TARGETS[name], _SEED, range(_COUNT)))
    assert not failures, "\n\n".join(f"{one.number}: {one.content[:500]!r}\n{one.trace}" for one in failures[:3])


def test_a_damaged_file_of_a_corpus_or_of_a_model_is_an_error_or_warned_of():
    for name, target in targets().items():
        if name not in TARGETS:
            failures = list(try_inputs(name, target, _SEED, range(_COUNT_OF_FOLDERS)))
            assert not failures, "\n\n".join(f"{one.target} {one.number}: {one.trace}" for one in failures[:3])


@given(st.text(max_size=300))
def test_every_character_of_any_text_is_in_a_word_or_is_white_space(text):
    covered = set()
    for sentence in checked(tokenize(text)):
        for word, start, end in zip(sentence.words, sentence.starts, sentence.ends, strict=True):
            assert text[start:end] == word
            covered.update(range(start, end))
    assert all(place in covered or character.isspace() for place, character in enumerate(text))
