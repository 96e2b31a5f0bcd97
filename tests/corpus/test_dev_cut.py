from dataclasses import replace

from tagger.corpus.dev_cut import cut_dev
from tagger.corpus.document_groups import document_groups
from tagger.text.held_sentences import held_sentences
from tagger.text.sentence import Sentence


def sentences(count):
    return [Sentence.from_words([f"w{number}"]) for number in range(count)]


def words(split):
    return [sentence.words[0] for sentence in split]


def cut(split):
    return cut_dev(*document_groups(split))


def of_documents(*sizes):
    """Sentences of documents of these sizes, called d0, d1 and so on."""
    return [
        Sentence.from_words([f"d{number}.{place}"], id=f"s{number}{place}")
        for number, size in enumerate(sizes)
        for place in range(size)
    ]


def with_documents(split):
    return [replace(each, document=each.words[0].split(".")[0]) for each in split]


def test_every_tenth_sentence_is_cut_where_documents_are_unknown():
    found = cut(sentences(25))
    assert (words(found.dev), found.what, found.why_not) == (["w9", "w19"], "every tenth sentence", "")
    assert words(found.train) == [f"w{number}" for number in range(25) if number not in (9, 19)]
    assert cut(sentences(9)).dev == []


def test_every_tenth_text_is_cut_with_all_of_its_sentences():
    texts = [
        {"text": f"First{number} came. Then{number} left.\n\nLast{number} did.", "spans": []} for number in range(12)
    ]
    found = cut(held_sentences(texts))
    assert (words(found.dev), found.what) == (["First9", "Then9", "Last9"], "every tenth document")
    assert len(found.train) == 33


def test_documents_come_before_paragraphs():
    paragraphs = [replace(each, paragraph=number % 2 == 0) for number, each in enumerate(of_documents(*[3] * 10))]
    found = cut(with_documents(paragraphs))
    assert (words(found.dev), found.what) == (["d9.0", "d9.1", "d9.2"], "every tenth document")
    found = cut(paragraphs)
    assert (words(found.dev), found.what) == (["d6.0", "d6.1"], "every tenth paragraph")


def test_of_a_few_documents_the_one_of_about_a_tenth_is_cut():
    found = cut(with_documents(of_documents(9, 2, 1, 4)))  # a tenth is 1.6
    assert (words(found.dev), found.what) == (["d1.0", "d1.1"], "the document 'd1', one of 4,")
    assert len(found.train) == 14 and found.why_not == ""


def test_why_no_whole_document_is_cut_is_said():
    for sizes in ((10, 10), (40, 1, 40)):  # too few, and none of a twentieth to a third
        found = cut(with_documents(of_documents(*sizes)))
        assert (len(found.dev), found.what) == (sum(sizes) // 10, "every tenth sentence")
        assert found.why_not.startswith(f"the {len(sizes)} documents of train are too few, or too unlike in size")
