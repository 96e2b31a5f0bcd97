"""Rows written column by column are those that the writers of the formats write cell by cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import DataError
from tagger.text import columns, conllu
from tagger.text.columns import write_columns
from tagger.text.conllu import write_conllu
from tagger.text.plain_rows import conllu_rows, tab_separated_rows
from tagger.text.sentence import Sentence

WORDS = st.text(st.sampled_from("aé_ |=\t\n\r\x85\u2028'"), max_size=3)
TAGS = st.sampled_from(["NOUN", "O", "_", "", "a=b", "a|b", "a\tb", " ", "é"])


@st.composite
def sentences(draw):
    """Sentences of odd words with odd tags, some of whose words share a token."""
    words = draw(st.lists(WORDS, max_size=6))
    size = len(words)
    column = st.lists(TAGS, min_size=size, max_size=size)
    tags = {task: draw(column) for task in draw(st.sets(st.sampled_from(["upos", "xpos", "lemma", "ner", "chunk"])))}
    spaces = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    made = Sentence.from_words(words, space_after=spaces, tags=tags, id=draw(st.sampled_from(["", "s 1"])))
    multiword = ((0, 1),) if size > 2 and draw(st.booleans()) else ()
    after = draw(st.sampled_from([None, "", " ", "\n", "  "]))
    fields = {name: getattr(made, name) for name in ("words", "starts", "ends", "space_after", "text", "id", "tags")}
    return Sentence(**fields, multiword=multiword, after=after, paragraph=draw(st.booleans()))


def both(write, module, name):
    """What is written with and without the function of this name: texts, or the errors' messages."""
    results = []
    for function in (getattr(module, name), lambda *given: None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, function)
            try:
                results.append(write())
            except DataError as error:
                results.append(str(error))
    return results


@given(
    sentences(),
    st.dictionaries(
        st.sampled_from(["upos", "xpos", "lemma", "ner", "chunk"]),
        st.sampled_from(["UPOS", "XPOS", "FORM", "MISC", "MISC:NER", "MISC:SpaceAfter", "MISC:a=b", "DEPS"]),
    ),
)
def test_conllu_is_what_the_writer_of_cells_writes(sentence, tasks):
    quick, by_cell = both(lambda: write_conllu(sentence, tasks), conllu, "conllu_rows")
    assert quick == by_cell


@given(sentences(), st.permutations(["token", "upos", "ner", "chunk", "_", "_"]))
def test_columns_are_what_the_writer_of_cells_writes(sentence, names):
    quick, by_cell = both(lambda: write_columns(sentence, names), columns, "tab_separated_rows")
    assert quick == by_cell


def test_a_range_stands_before_the_words_of_a_multiword_token():
    sentence = Sentence(
        ("do", "n't", "go"), (0, 2, 6), (2, 5, 8), (False, True, False), "don't go", multiword=((0, 1),)
    )
    written = conllu_rows(sentence, {3: ("AUX", "PART", "VERB")}, {"NER": ("O", "O", "")}, ["_", "SpaceAfter=No"])
    assert written == (
        "1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "1\tdo\t_\tAUX\t_\t_\t_\t_\t_\tNER=O\n"
        "2\tn't\t_\tPART\t_\t_\t_\t_\t_\tNER=O\n"
        "3\tgo\t_\tVERB\t_\t_\t_\t_\t_\tSpaceAfter=No|NER=_\n"
    )


def test_rows_that_a_cell_would_break_are_not_written():
    sentence = Sentence.from_words(["a\tb"])
    assert conllu_rows(sentence, {}, {}, ["_"]) is None
    assert tab_separated_rows(sentence, ["token"]) is None
    assert conllu_rows(Sentence.from_words(["a"]), {}, {"NER": ("B|C",)}, ["_"]) is None
