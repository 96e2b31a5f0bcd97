import shutil
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tagger.text import punkt
from tagger.text.equivalents import with_plain_space

BARE = "import nltk.data; nltk.data.path.clear()\nfrom tagger.text.punkt import sentence_starts, tokenizer\n"

# Everything that Punkt's expressions and its model look at, with white space of all kinds, next to any other character.
MARKS = [".", "?", "!"] * 3 + ["...", ". . .", "--", "-", ",", ";", ":", "*", "@", "`", "“", "”", "‘", "’", "«", "»"]
MARKS += list("\"'()[]{}")
TOKENS = ["Mr", "Dr", "U.S", "etc", "p.m", "e.g", "St", "J", "A", "I", "i", "The", "the", "He", "he", "No", "Jan", "5"]
TOKENS += ["3.5", "Word", "word", "well-known", "vs", "é", "ΟΔΟΣ", "\u0660", "e\u0301"]
BLANKS = [" "] * 8 + ["\n", "\n", "  ", "\t", "\r\n", "\x0c", "\x1c", "\x1f", "\x85", "\xa0", "\u2028", "\u3000"]
CHARACTERS = st.characters(codec=None, exclude_categories=())
TEXTS = st.lists(
    st.one_of(*map(st.sampled_from, (MARKS, TOKENS, BLANKS)), st.sampled_from([". ", ".", " "]), CHARACTERS)
).map("".join)


@pytest.fixture(scope="module", params=["with the model", "without"])
def either(request):
    """Punkt with its own model, and with the word lists of `tagger.text.punkt`; nothing else decides."""
    import nltk.data

    path = []
    if request.param == "with the model":
        path = [str(request.getfixturevalue("shared_corpora") / "nltk_data")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nltk.data, "path", path)
        patch.setattr(punkt, "goes_on", lambda *place: False)
        patch.setattr(punkt, "further_starts", lambda text: [])
        punkt.tokenizer.cache_clear()
        yield punkt.tokenizer()
    punkt.tokenizer.cache_clear()


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


def test_missing_data_is_reported_once_in_one_line():
    program = BARE + "sentence_starts('One. Two.'); sentence_starts('Three. Four.')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "python -m nltk.downloader punkt_tab" in done.stderr


def test_with_nltks_data_the_sentences_are_nltks(with_data, shared_corpora, caplog):
    from nltk.tokenize import PunktTokenizer

    text = (shared_corpora / "raw" / "ewt_train_sentences.txt").read_text("utf-8")[:50_000]
    theirs = [first for first, _ in PunktTokenizer("english").span_tokenize(text)]
    ours = punkt.sentence_starts(text)
    assert set(ours) < set(theirs)
    assert {text[:first].split()[-1] for first in set(theirs) - set(ours)} == {"Gov.", "etc."}
    assert not caplog.records


def test_the_model_is_read_as_nltk_reads_it_zipped_or_not(with_data, shared_corpora, tmp_path, monkeypatch):
    import nltk.data
    from nltk.tokenize import PunktTokenizer

    theirs = vars(PunktTokenizer("english")._params)
    assert vars(punkt.tokenizer()._params) == theirs
    shutil.make_archive(
        tmp_path / "tokenizers" / "punkt_tab", "zip", shared_corpora / "nltk_data" / "tokenizers", "punkt_tab/english"
    )
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    punkt.tokenizer.cache_clear()
    assert vars(punkt.tokenizer()._params) == theirs


def test_the_model_does_not_grow_with_the_text(with_data):
    before = len(punkt.tokenizer()._params.ortho_context)
    punkt.sentence_starts(" ".join(f"Word{number}. Then{number}." for number in range(1000)))
    assert len(punkt.tokenizer()._params.ortho_context) == before


@settings(deadline=None, max_examples=500)
@given(TEXTS)
@example("?! ?!? a.?")
@example(".")
@example(' . "x" ! \' )--')
@example("a.\xa0. . b")
@example('It ended.) \') "Yes"--no.\n)\nMr. X')
@example("x.\x1c A")
def test_sentences_of_any_text_are_nltks(either, text):
    assert punkt.sentence_starts(text) == [first for first, _ in either.span_tokenize(with_plain_space(text))]


@pytest.mark.slow
def test_sentences_of_ewt_and_of_verse_are_nltks(either, shared_corpora):
    texts = []
    for file in (shared_corpora / "ud" / "UD_English-EWT").glob("*.conllu"):
        lines = [line[9:] for line in file.read_text("utf-8").split("\n") if line.startswith("# text = ")]
        texts += [*lines, " ".join(lines)]
    for name in ("ewt_train_sentences.txt", "tinyshakespeare.txt"):
        text = (shared_corpora / "raw" / name).read_text("utf-8")
        texts += [*text.split("\n\n"), text]
    assert len(texts) > 20_000
    for text in texts:
        assert punkt.sentence_starts(text) == [first for first, _ in either.span_tokenize(with_plain_space(text))]


def test_long_runs_are_split_as_nltk_splits_them(either):
    for text in (
        ". " * 20_000,
        "a.)" * 10_000,
        "!" * 30_000,
        "x" * 30_000 + ". X",
        "'" * 20_000 + "." + ")" * 20_000,
    ):
        assert punkt.sentence_starts(text) == [first for first, _ in either.span_tokenize(text)]


def test_the_caches_are_bounded(without_data, monkeypatch):
    monkeypatch.setattr(punkt, "CACHE_SIZE", 10)
    text = " ".join(f"Nr{number}. See p. {number}. On." for number in range(100))
    assert punkt.sentence_starts(text) == [first for first, _ in punkt.tokenizer().span_tokenize(text)]
    splitter = punkt.splitter(punkt.tokenizer())
    for kept in (splitter.always_ends, splitter.ends_before):
        assert kept.cache_info().currsize == kept.cache_info().maxsize == 10
