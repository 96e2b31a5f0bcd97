import subprocess
import sys
from itertools import pairwise

import pytest

from tagger.text import punkt

BARE = "import nltk.data; nltk.data.path.clear()\nfrom tagger.text.punkt import sentence_starts, tokenizer\n"


@pytest.fixture
def without_data(monkeypatch):
    import nltk.data

    monkeypatch.setattr(nltk.data, "path", [])
    punkt.tokenizer.cache_clear()
    yield
    punkt.tokenizer.cache_clear()


@pytest.fixture
def with_data(monkeypatch, shared_corpora):
    import nltk.data

    monkeypatch.setattr(nltk.data, "path", [str(shared_corpora / "nltk_data")])
    punkt.tokenizer.cache_clear()
    yield
    punkt.tokenizer.cache_clear()


def sentences(text):
    starts = [*punkt.sentence_starts(text), len(text)]
    return [text[first:last].rstrip() for first, last in pairwise(starts)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Mr. Smith and Dr. Jones met in St. Louis, Mo., on Jan. 5 at 3 p.m. sharp.", "They talked."],
        ["The U.S. Senate, e.g. Sen. J. R. Doe, voted.", "It passed by 3.5 percent."],
        ["We left at 5 p.m. on Oct. 3.", "He stayed."],
        ['"Really?"', 'She asked "why."', "(Nobody knew.)", "So it was!"],
        ["It works, i.e. it runs.", "See Fig. 3 of Smith et al. for more."],
        ["no end at all"],
    ],
)
def test_common_abbreviations_end_no_sentence_without_nltks_data(without_data, expected):
    assert sentences(" ".join(expected)) == expected


def test_an_abbreviation_before_a_word_that_starts_sentences_ends_one(without_data):
    assert sentences("We flew to the U.S. They stayed.") == ["We flew to the U.S.", "They stayed."]


def test_blank_text_has_no_sentences(without_data):
    assert punkt.sentence_starts("") == punkt.sentence_starts(" \n") == []


def test_missing_data_is_said_once_in_one_line():
    program = BARE + "sentence_starts('One. Two.'); sentence_starts('Three. Four.')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "python -m nltk.downloader punkt_tab" in done.stderr


def test_with_nltks_data_the_sentences_are_nltks(with_data, shared_corpora, caplog):
    from nltk.tokenize import PunktTokenizer

    text = (shared_corpora / "raw" / "ewt_train_sentences.txt").read_text("utf-8")[:50_000]
    expected = [first for first, _ in PunktTokenizer("english").span_tokenize(text)]
    assert punkt.sentence_starts(text) == expected
    assert not caplog.records


def test_the_model_does_not_grow_with_the_text(with_data):
    before = len(punkt.tokenizer()._params.ortho_context)
    punkt.sentence_starts(" ".join(f"Word{number}. Then{number}." for number in range(1000)))
    assert len(punkt.tokenizer()._params.ortho_context) == before
