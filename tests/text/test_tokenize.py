from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nltk.tokenize.destructive import NLTKWordTokenizer

from tagger.text import tokenize as module
from tagger.text.equivalents import with_plain_apostrophes
from tagger.text.tokenize import pretokenized, tokenize, tokenize_lines, tokenize_stream

# Everything that NLTK's expressions look at, white space of all kinds, next to any character, lone surrogates too.
PIECES = ['"', "''", "'", "``", "`", "“", "”", "‘", "«", "...", ".", ",", ":", "--", "—", "(", "]", "<", "$", "@", "!"]
PIECES += ["can", "not", "n't", "'ll", "'S", "gonna", "'tis", "5", "Mr.", "U.S. ", ". A", "? ", ".\n", '." ', "\ufeff"]
PIECES += [" ", "  ", "\n", "\r\n", "\n\n", "\n \n", "\t", "\x0c", "\x1c", "\x85", "\xa0", "\u2028", "\u2029", "\u3000"]
STRANGE = st.characters(codec=None, exclude_categories=())
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), STRANGE, st.text("abcdnst"))).map("".join)


def words(text):
    return [word for sentence in tokenize(text) for word in sentence.words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I can't see 3.14 (or so).", "I|ca|n't|see|3.14|(|or|so|)|."),
        ('He said: "It\'s 10:30 -- gonna go?"', 'He|said|:|"|It|\'s|10:30|--|gon|na|go|?|"'),
        ("``Quoted'' and \"quoted\" and “quoted”", "``|Quoted|''|and|\"|quoted|\"|and|“|quoted|”"),
        ("write to a.b@c.org, see [1] #tag", "write|to|a.b|@|c.org|,|see|[|1|]|#|tag"),
        ("中文，字 e\u0301té \u200bzero \U0001f600!", "中文，字|e\u0301té|\u200bzero|\U0001f600|!"),
        ("\x00 \ud800 \u202ea\u202c", "\x00|\ud800|\u202ea\u202c"),
        ("Mira’s “O’Tol” don’t, it’s ‘so’.", "Mira|’s|“|O’Tol|”|do|n’t|,|it|’s|‘|so|’|."),
        ("it\x1cis\x1fhere", "it|is|here"),
        (" \n\t ", ""),
        ("", ""),
    ],
)
def test_tokens_are_the_very_text(text, expected):
    assert "|".join(words(text)) == expected


@settings(deadline=None)
@given(TEXTS)
@example("\"''\"' ``\"`(''x\"")
def test_words_are_nltks_except_rewritten_quotes(text):
    for sentence in tokenize(text):
        read = with_plain_apostrophes(sentence.text)
        theirs = NLTKWordTokenizer().tokenize(read)
        assert len(theirs) == len(sentence)
        words = (read[token.start - sentence.start : token.end - sentence.start] for token in sentence)
        for word, word_of_nltk in zip(words, theirs, strict=True):
            assert word == word_of_nltk or (word in {'"', "''"} and word_of_nltk in {"``", "''"})


@settings(deadline=None)
@given(TEXTS, st.integers(0, 1000))
def test_every_character_that_is_not_white_space_is_in_exactly_one_token(text, start):
    covered, before = [], 0
    for sentence in tokenize(text, start):
        assert sentence.text == text[sentence.start - start : sentence.end - start]
        assert (sentence.start, sentence.end) == (sentence.starts[0], sentence.ends[-1])
        assert sentence.start >= before
        before = sentence.end
        for token in sentence:
            assert text[token.start - start : token.end - start] == token.text
            following = text[token.end - start : token.end - start + 1]
            assert token.space_after == (not following or following.isspace())
            covered += range(token.start - start, token.end - start)
    assert covered == [index for index, character in enumerate(text) if not character.isspace()]


def test_offsets_count_the_characters_of_the_whole_input():
    text = "\n  Hello \tthere.   It's me.\n\n\nBye"
    sentences = list(tokenize(text, start=100))
    assert [(sentence.text, sentence.start) for sentence in sentences] == [
        ("Hello \tthere.", 103),
        ("It's me.", 119),
        ("Bye", 130),
    ]
    assert sentences[1].words == ("It", "'s", "me", ".")
    assert sentences[1].starts == (119, 121, 124, 126)
    assert sentences[1].space_after == (False, True, False, True)


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\n \t\n", "\r\r", "\n\n\n\n", "\u2029"])
def test_a_blank_line_ends_a_sentence(blank):
    assert [sentence.text for sentence in tokenize(f"a heading{blank}and text")] == ["a heading", "and text"]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", " \n\t", "\x0c", "\u2028"])
def test_a_line_break_alone_does_not(line_break):
    assert len(list(tokenize(f"a sentence{line_break}on two lines"))) == 1


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 60)), st.integers(3, 40))
def test_it_makes_no_difference_where_a_stream_is_cut(text, cuts, longest):
    places = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    stream = [text[first:last] for first, last in pairwise(places)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_SENTENCE_LENGTH", longest)
        assert list(tokenize_stream(stream)) == list(tokenize(text))


@pytest.mark.parametrize("read", [tokenize_lines, pretokenized])
@settings(deadline=None)
@given(text=TEXTS, longest=st.integers(1, 20))
def test_it_makes_no_difference_into_which_pieces_a_line_is_cut(read, text, longest):
    lines = [line + "\n" for line in text.split("\n")]
    pieces = [line[at : at + longest] for line in lines for at in range(0, len(line), longest)]
    assert list(read(pieces)) == list(read(lines))


def test_a_line_of_tokens_without_end_is_cut_at_white_space_and_that_is_said(monkeypatch, caplog):
    monkeypatch.setattr(module, "MAX_LINE_LENGTH", 12)
    sentences = list(pretokenized(["a b\n", "one two ", "three fo", "ur\n", "x" * 30, "\n"]))
    assert [sentence.text for sentence in sentences] == ["a b", "one two", "three four", "x" * 12, "x" * 12, "x" * 6]
    assert [sentence.start for sentence in sentences] == [0, 4, 12, 23, 35, 47]
    assert "the line at character 4 has over 12 characters" in caplog.text


def test_a_paragraph_read_in_pieces_has_the_sentences_of_the_whole(shared_corpora, monkeypatch):
    text = (shared_corpora / "raw" / "ewt_train_sentences.txt").read_text("utf-8")[:60_000].replace("\n\n", "\n")
    whole = list(tokenize(text))
    monkeypatch.setattr(module, "MAX_SENTENCE_LENGTH", 2000)
    assert list(tokenize(text)) == whole
    assert len(whole) > 400


def test_endless_text_is_cut_at_white_space_and_an_endless_word_anywhere():
    sentences = list(tokenize("word " * 50_000 + "x" * 250_000 + " end"))
    assert max(len(sentence.text) for sentence in sentences) <= module.MAX_SENTENCE_LENGTH
    assert "".join(word for sentence in sentences for word in sentence.words) == "word" * 50_000 + "x" * 250_000 + "end"
    assert {word for sentence in sentences[:2] for word in sentence.words} == {"word"}
    parts = [token for sentence in sentences for token in sentence if token.text.startswith("x")]
    assert [part.space_after for part in parts] == [False] * (len(parts) - 1) + [True]


def test_a_stream_is_read_no_further_than_necessary():
    def lines():
        yield "One paragraph.\n"
        yield "\n"
        raise AssertionError("read on")

    assert next(tokenize_stream(lines())).text == "One paragraph."


def test_lines_are_separate_texts_with_offsets_in_the_whole_input():
    text = "bob: hi ada\r\n\nI am in\n London. Yes.\n"
    found = list(tokenize_lines(text.splitlines(keepends=True), start=10))
    assert [sentence.text for sentence in found] == ["bob: hi ada", "I am in", "London.", "Yes."]
    assert [sentence.start for sentence in found] == [10, 24, 33, 41]
    assert all(text[each.start - 10 : each.end - 10] == each.text for each in found)


def test_a_line_is_tokenized_before_the_next_one_is_read():
    def lines():
        yield "Ada is here.\n"
        raise AssertionError("read on")

    assert next(tokenize_lines(lines())).words == ("Ada", "is", "here", ".")


def test_pretokenized_lines_keep_their_tokens_and_offsets():
    lines = ["Ada's  (first) program.\n", "\n", " don't\tsplit\n"]
    first, second = pretokenized(lines, start=10)
    assert (first.words, first.starts, first.text) == (
        ("Ada's", "(first)", "program."),
        (10, 17, 25),
        "Ada's  (first) program.",
    )
    assert (second.words, second.starts, second.ends) == (("don't", "split"), (36, 42), (41, 47))
    assert second.start == 36
