from dataclasses import replace

from tagger.corpus.dev_cut import cut_dev
from tagger.text.held_sentences import held_sentences
from tagger.text.sentence import Origin, Sentence


def sentences(count):
    return [Sentence.from_words([f"w{number}"]) for number in range(count)]


def words(split):
    return [sentence.words[0] for sentence in split]


def test_every_tenth_sentence_is_cut_where_documents_are_unknown():
    train, dev, what = cut_dev(sentences(25))
    assert (words(dev), what) == (["w9", "w19"], "sentence")
    assert words(train) == [f"w{number}" for number in range(25) if number not in (9, 19)]
    assert cut_dev(sentences(9))[1] == []


def test_every_tenth_text_is_cut_with_all_of_its_sentences():
    texts = [
        {"text": f"First{number} came. Then{number} left.\n\nLast{number} did.", "spans": []} for number in range(12)
    ]
    train, dev, what = cut_dev(held_sentences(texts))
    assert (words(dev), what) == (["First9", "Then9", "Last9"], "document")
    assert len(train) == 33
    few, dev, what = cut_dev(held_sentences(texts[:9]))
    assert (len(few), len(dev), what) == (25, 2, "sentence")


def test_marks_of_documents_in_files_are_known_and_paragraphs_are_second_best():
    def marked(number, line):
        lines = (line,) if number % 2 == 0 else ()
        return Sentence.from_words([f"w{number}"], origin=Origin("conllu", "a.conllu", number, lines, (0,)))

    for line in ("# newdoc id = a\n", "-DOCSTART- O\n"):
        _, dev, what = cut_dev([marked(number, line) for number in range(30)])
        assert (words(dev), what) == (["w18", "w19"], "document")
    paragraphs = [replace(each, paragraph=number % 2 == 0) for number, each in enumerate(sentences(30))]
    _, dev, what = cut_dev(paragraphs)
    assert (words(dev), what) == (["w18", "w19"], "paragraph")
