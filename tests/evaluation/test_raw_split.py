from dataclasses import replace

from tagger.evaluation import raw_split
from tagger.evaluation.raw_scores import RawCounts
from tagger.evaluation.raw_split import score_raw
from tagger.text.sentence import Sentence


def sentence(*words: str, after: str | None = " ", paragraph: bool = False, start: int = 0) -> Sentence:
    made = Sentence.from_words(words, tags={"upos": ["X"] * len(words)}, start=start)
    return replace(made, after=after, paragraph=paragraph)


GOLD = [
    sentence("One", "two", ".", paragraph=True),
    sentence("Three", ".", after="\n"),
    sentence("Four", "!", after="", paragraph=True),
    sentence("Five", "?", after="\n\n"),
    sentence("Six", after=" "),
]
TEXT = "One two . Three .\n\nFour !Five ?\n\nSix"


class LineReader:
    """Takes each line as a sentence and what stands between spaces as words; remembers the texts it was given."""

    def __init__(self):
        self.texts = []

    def __call__(self, text):
        self.texts.append(text)
        start = 0
        for line in text.split("\n"):
            if line:
                yield sentence(*line.split(" "), start=start)
            start += len(line) + 1


def test_the_text_is_that_of_the_paragraphs_and_offsets_count_in_it():
    # Lines are sentences, so of five gold sentences the last one is found; `!Five` is one word in place of two.
    reader = LineReader()
    sums = score_raw(reader, GOLD, {"upos": None})
    assert reader.texts == [TEXT]
    assert sums.sentences == RawCounts(1, 3, 5)
    assert sums.tokens == RawCounts(8, 9, 10)
    assert sums.tasks["upos"] == sums.words == RawCounts(8, 9, 10, 8)


def test_a_long_text_is_scored_in_pieces_with_the_same_result(monkeypatch):
    whole = score_raw(LineReader(), GOLD, {"upos": None})
    for longest, pieces in ((1, 3), (31, 2), (36, 1)):
        monkeypatch.setattr(raw_split, "CHARACTERS_AT_ONCE", longest)
        reader = LineReader()
        assert score_raw(reader, iter(GOLD), {"upos": None}) == whole
        assert len(reader.texts) == pieces
        assert "\n\n".join(reader.texts) == TEXT


def test_sentences_whose_white_space_is_unknown_are_counted_and_left_out():
    unknown = replace(GOLD[1], after=None)
    sums = score_raw(LineReader(), [GOLD[0], unknown, unknown, *GOLD[2:]], {"upos": None})
    assert (sums.unplaced, sums.sentences.gold, sums.words.gold) == (2, 4, 8)
    none = score_raw(LineReader(), [unknown], {"upos": None})
    assert (none.unplaced, none.words) == (1, RawCounts())


def test_a_corpus_without_white_space_is_an_error(tagger, tiny_model, tiny_corpus):
    done = tagger("eval", tiny_model, tiny_corpus, "--raw")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"tagger: {tiny_corpus}: split 'test' does not say where white space stands, so its raw text is unknown: "
        "convert the corpus again from a source that does, such as CoNLL-U, or score it without --raw\n"
    )


def test_a_model_that_reads_tags_is_an_error(tagger, given_model, tiny_corpus):
    done = tagger("eval", given_model, tiny_corpus, "--raw")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "tagger: this model reads 'upos' of each word, which raw text does not have: score it without --raw\n"
    )
