import io

from rich.console import Console

from tagger.evaluation import evaluate
from tagger.evaluation.score_tables import print_scores
from tagger.text.sentence import Sentence


def printed(gold, predicted, schemes, **options):
    out = io.StringIO()
    print_scores(evaluate([(gold, predicted)], schemes, split="test", **options), Console(file=out, width=20))
    return out.getvalue()


def test_figures_are_printed_in_percent_and_never_cut_to_the_consoles_width():
    words = ["Ada", "saw", "Rome"]
    gold = Sentence.from_words(words, tags={"upos": ["PROPN", "VERB", "PROPN"], "ner": ["B-PER", "O", "B-LOC"]})
    given = Sentence.from_words(words, tags={"upos": ["PROPN", "VERB", "NOUN"], "ner": ["B-PER", "O", "I-LOC"]})
    lines = [" ".join(line.split()) for line in printed(gold, given, {"upos": None, "ner": "IOB2"}).splitlines()]

    assert "test: 1 sentences, 3 tokens" in lines
    assert "accuracy 66.67 of 3 tokens" in lines
    assert "PROPN 100.00 50.00 66.67 2" in lines
    assert "f1 66.67 macro average 50.00" in lines
    assert "invalid sequences 1 sentences with tags that the scheme does not allow" in lines
    assert "LOC 0.00 0.00 0.00 1" in lines


def test_tags_that_look_like_markup_are_printed_as_they_are():
    sentence = Sentence.from_words(["a"], tags={"xpos": ["[bold]"]})
    assert "[bold]" in printed(sentence, sentence, {"xpos": None})


def test_unknown_tags_are_named():
    gold, given = (Sentence.from_words(["a"], tags={"upos": [tag]}) for tag in ("DET", "X"))
    text = printed(gold, given, {"upos": None}, tags={"upos": {"X"}})
    assert "counted as wrong, not in the model: DET (1)" in text


def test_only_the_most_frequent_of_many_tags_are_printed():
    tags = [f"T{number}" for number in range(100)] + ["T99"]
    sentence = Sentence.from_words(["w"] * 101, tags={"xpos": tags})
    text = printed(sentence, sentence, {"xpos": None})
    assert "the 60 most frequent of 100; --json holds them all" in text
    assert " ".join(text.split()).count("100.00 100.00 100.00") == 60
    assert "T99" in text
