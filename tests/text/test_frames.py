"""Data frames: those of pandas, and a class that stands for those of polars, which is not installed."""

import pytest

from tagger.errors import DataError
from tagger.text.held_sentences import held_sentences

pandas = pytest.importorskip("pandas")


class DataFrame:
    """Has of a frame of polars what is read of it: columns by name, each with `to_list`."""

    class Series(list):
        def to_list(self):
            return list(self)

    def __init__(self, columns):
        self.columns, self._columns = list(columns), columns
        self.shape = (len(next(iter(columns.values()))), len(columns))

    def __getitem__(self, name):
        return self.Series(self._columns[name])


ROWS = {
    "Sentence #": ["Sentence: 1", None, "Sentence: 2", float("nan")],
    "Word": ["Ada", "slept", "Bob", "left"],
    "POS": ["NNP", "VBD", "NNP", "VBD"],
    "Tag": ["B-per", "O", "B-per", None],
    "lemma": ["Ada", "sleep", "Bob", "leave"],
}


@pytest.fixture(params=["pandas", "polars"])
def frame_of(request):
    return pandas.DataFrame if request.param == "pandas" else DataFrame


def without(*names):
    return {name: column for name, column in ROWS.items() if name not in names}


def test_a_row_for_each_token(frame_of):
    first, second = held_sentences(frame_of(ROWS))
    assert (first.id, first.words, second.words) == ("Sentence: 1", ("Ada", "slept"), ("Bob", "left"))
    assert first.tags == {"POS": ("NNP", "VBD"), "Tag": ("B-per", "O")}
    assert second.tags["Tag"] == ("B-per", "")


def test_tasks_name_columns(frame_of):
    first, _ = held_sentences(frame_of(ROWS), tasks={"lemmas": "lemma"})
    assert first.tags == {"lemmas": ("Ada", "sleep")}


def test_a_column_of_documents_begins_sentences_too(frame_of):
    columns = {"doc_id": ["a", "a", "b", "b"], "sentence_id": [1, 2, 2, 2], "token": list("wxyz"), "ner": list("OOOO")}
    found = held_sentences(frame_of(columns))
    assert [(sentence.words, sentence.paragraph) for sentence in found] == [
        (("w",), True),
        (("x",), False),
        (("y", "z"), True),
    ]


def test_a_row_for_each_sentence(frame_of):
    columns = {"tokens": [["Ada", "slept"], ["Go"]], "ner_tags": [[1, 0], [0]], "note": ["a", None]}
    first, second = held_sentences(frame_of(columns), labels={"ner_tags": ["O", "B-PER"]})
    assert (first.tags, second.tags) == ({"ner_tags": ("B-PER", "O")}, {"ner_tags": ("O",)})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (without("Word"), "dev, the frame has no column of words, only Sentence #, POS, Tag, lemma: name one 'token'"),
        (without("Sentence #"), "dev, the frame has a row for each token, but no column that numbers the sentences"),
        (without("POS", "Tag"), "dev, the frame has no column of tags, only Sentence #, Word, lemma: name one 'ner'"),
        ({**ROWS, "Word": ["Ada", None, "Bob", "left"]}, "dev, row 2 of the frame: its word is missing: read the file"),
        ({**ROWS, "Word": ["Ada", 3, "Bob", "left"]}, "dev, row 2 of the frame: its word is 3; every word is a string"),
    ],
)
def test_a_frame_that_cannot_be_read_says_why(frame_of, columns, message):
    with pytest.raises(DataError) as raised:
        held_sentences(frame_of(columns), "dev")
    assert str(raised.value).startswith(message)
