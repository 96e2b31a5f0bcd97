import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nltk.tokenize.destructive import NLTKWordTokenizer

from tagger.text import word_tokenizer as module
from tagger.text.equivalents import with_plain_apostrophes
from tagger.text.word_tokenizer import LONGEST_CACHED, piece_cache, word_columns

# Everything that NLTK's expressions look at: marks, letters and digits of all kinds, white space of all kinds (also
# what is none for the `regex` package), next to any other character.
MARKS = ['"', "''", "'", "``", "`", "“", "”", "‘", "’", "«", "»", "...", ".", ",", ":", "--", "–", "(", ")", "]", ">"]
MARKS += ["$", "@", "!", "?", "*", ";", "%", "-", "_", "\u200b", "\ufeff"]
LETTERS = [
    "can",
    "not",
    "cannot",
    "wanna",
    "more'n",
    "d'ye",
    "'tis",
    "'twas",
    "n't",
    "N'T",
    "'ll",
    "'s",
    "'S",
    "s",
    "x",
]
LETTERS += ["x", "5", "12", "é", "Ж", "²", "½", "e\u0301", "ſ", "K", "İ", "ı", "\u0660", "\u09e6", "\U0001f600"]
BLANKS = [" "] * 6 + ["\n", "\n", "  ", "\t", "\r\n", "\x0c", "\x1c", "\x1f", "\x85", "\xa0", "\u2028", "\u3000"]
CHARACTERS = st.characters(codec=None, exclude_categories=())
SENTENCES = st.lists(
    st.one_of(st.sampled_from(MARKS), st.sampled_from(LETTERS), st.sampled_from(BLANKS), CHARACTERS)
).map("".join)


def spans(sentence):
    words, starts, ends = word_columns(sentence)
    assert words == tuple(sentence[first:last] for first, last in zip(starts, ends, strict=True))
    return list(zip(starts, ends, strict=True))


def nltk_spans(sentence):
    return list(NLTKWordTokenizer().span_tokenize(with_plain_apostrophes(sentence)))


@pytest.fixture
def nothing_kept():
    piece_cache.cache_clear()
    yield
    piece_cache.cache_clear()


@settings(deadline=None, max_examples=500)
@given(SENTENCES)
@example("He said it. ) '")
@example("He said it. \"'")
@example("it's' ")
@example("it's'\n")
@example("it's' it's'\nit's'")
@example("\"'' x\n''x''")
@example("' '\"''")
@example("cannot, (wanna) x-cannot more'n")
@example("the end.\x1c")
def test_words_are_nltks(sentence):
    assert spans(sentence) == nltk_spans(sentence)


@pytest.mark.slow
def test_words_are_nltks_in_ewt_and_in_novels(shared_corpora):
    texts = (shared_corpora / "ud" / "UD_English-EWT").glob("*.conllu")
    lines = [line[9:] for text in texts for line in text.read_text("utf-8").split("\n") if line.startswith("# text = ")]
    raw = (shared_corpora / "raw" / "ewt_train_sentences.txt").read_text("utf-8")
    wrapped = (shared_corpora / "raw" / "tinyshakespeare.txt").read_text("utf-8")
    sentences = [*lines, *raw.split("\n\n"), *wrapped.split("\n\n")]
    assert len(sentences) > 20_000
    for sentence in sentences:
        assert spans(sentence) == nltk_spans(sentence)


@pytest.mark.parametrize("corpus", ["Korean-GSD", "Uyghur-UDT", "Vietnamese-VTB"])
def test_words_are_nltks_in_other_scripts(shared_corpora, corpus):
    (text,) = (shared_corpora / "ud" / f"UD_{corpus}").glob("*-dev.conllu")
    lines = [line[9:] for line in text.read_text("utf-8").split("\n") if line.startswith("# text = ")]
    for sentence in lines[:300]:
        assert spans(sentence) == nltk_spans(sentence)


def test_re_and_regex_agree_about_common_characters():
    common = [character for code in range(0x110000) if module.COMMON_CHARACTERS.fullmatch(character := chr(code))]
    assert len(common) > 500
    for kind in (r"\w", r"\d", r"\s"):
        theirs, ours = regex.compile(kind), re.compile(kind)
        assert [bool(theirs.match(one)) for one in common] == [bool(ours.match(one)) for one in common]


def test_every_contraction_without_an_apostrophe_is_known():
    for word in ("cannot", "Gimme", "GONNA", "gotta", "lemme", "wanna"):
        assert len(spans(word)) == len(spans(f"So: {word}, then")) - 4 == 2
        assert module.shape_of(f"({word})") == f"({word})"


@pytest.mark.usefixtures("nothing_kept")
def test_the_caches_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "CACHE_SIZE", 20)
    for number in range(100):
        sentence = f"word{number} {'x' * (number % 30)}, 'q{number}'\nand cannot{number} (s{number}. )"
        assert spans(sentence) == nltk_spans(sentence)
        caches = [piece_cache(left, right) for left, right in (("x ", " x"), ("x ", ""), ("x\n", " x"), ("x ", "\nx"))]
        assert all(len(pieces) <= 20 and len(pieces.shapes) <= 20 for pieces in caches)
    assert any(caches)
    many = " ".join(f"w{number}" for number in range(50))
    assert spans(many) == nltk_spans(many)
    assert len(piece_cache("x ", " x")) <= 20


@pytest.mark.usefixtures("nothing_kept")
def test_a_word_of_a_million_characters_is_not_cached():
    long = "x" * 1_000_000
    assert [len(word) for word in word_columns(f"{long} is {long}.")[0]] == [1_000_000, 2, 1_000_000, 1]
    for pieces in (piece_cache("x ", " x"), piece_cache("x ", "")):
        assert max(map(len, [*pieces, *pieces.shapes, ""])) <= LONGEST_CACHED


@pytest.mark.usefixtures("nothing_kept")
def test_threads_may_share_the_caches(monkeypatch):
    monkeypatch.setattr(module, "CACHE_SIZE", 8)
    sentences = [f"It's {number} o'clock, \"Miss {number}.\" cannot{number} go)" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(spans, sentences * 5))
    assert found == [nltk_spans(sentence) for sentence in sentences] * 5
