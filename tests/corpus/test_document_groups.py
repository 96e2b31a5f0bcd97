from dataclasses import replace

from tagger.corpus.document_groups import SENTENCE, document_groups, pooled_groups
from tagger.text.sentence import Sentence


def named(*ids, paragraphs=()):
    sentences = [Sentence.from_words(["a"], id=each) for each in ids]
    return [replace(each, paragraph=number in paragraphs) for number, each in enumerate(sentences)]


def groups(sentences):
    found, what = document_groups(sentences)
    return [(group.name, len(group.sentences)) for group in found], what


def test_ids_of_treebanks_and_of_texts_name_documents():
    assert groups(named("web-a-0001", "web-a-0002", "web-b-0001")) == ([("web-a", 2), ("web-b", 1)], "document")
    # A text of one sentence has no number of a sentence.
    assert groups(named("x.jsonl:1-1", "x.jsonl:1-2", "x.jsonl:2", "x.jsonl:3")) == (
        [("x.jsonl:1", 2), ("x.jsonl:2", 1), ("x.jsonl:3", 1)],
        "document",
    )


def test_names_of_documents_come_before_ids_and_what_has_none_is_grouped_by_itself():
    sentences = named("web-a-1", "web-b-1", "web-a-2", "web-b-2", paragraphs=(0, 2))
    alternating = [replace(each, document="xy"[number % 2]) for number, each in enumerate(sentences)]
    assert groups(alternating) == ([("x", 2), ("y", 2)], "document")
    assert groups([replace(each, document=each.id) for each in sentences])[1] == "document"  # of one sentence each
    assert groups(sentences[:2] + alternating[2:]) == (
        [("web-a-1 (1)", 1), ("web-b-1 (2)", 1), ("x", 1), ("y", 1)],
        "document and sentence",
    )
    # One name for all tells nothing apart.
    assert groups([replace(each, document="x") for each in sentences]) == groups(sentences)
    assert groups(sentences) == ([("web-a", 2), ("web-b", 2)], "document")


def test_without_documents_groups_are_paragraphs_and_without_these_sentences():
    assert groups(named("dev-1", "dev-2", "dev-3", paragraphs=(0, 2))) == (
        [("dev-1 (1)", 2), ("dev-3 (3)", 1)],
        "paragraph",
    )
    assert groups(named("dev-1", "dev-2")) == ([("dev-1 (1)", 1), ("dev-2 (2)", 1)], "sentence")
    assert groups(named("", "")) == ([("sentence 1", 1), ("sentence 2", 1)], "sentence")
    assert groups([]) == ([], "sentence")


def test_numbers_that_count_a_whole_split_name_no_documents():
    train = named(*(f"train-{number}" for number in range(40)), paragraphs=range(0, 40, 4))
    assert groups(train)[1] == "paragraph" and len(groups(train)[0]) == 10
    # 19 of 20 sentences would be one document.
    assert groups(named(*(f"train-{number}" for number in range(19)), "note-1"))[1] == "sentence"
    # The numbers do not begin anew: they are no sentences of documents.
    assert groups(named("a-1", "a-2", "b-3", "b-4"))[1] == "sentence"


def test_each_split_tells_its_documents_apart_for_itself():
    train = named(*(f"train-{number}" for number in range(8)), paragraphs=(0, 4))
    dev = named("dev-1", "dev-2")
    found, what = pooled_groups([train, dev])
    assert ([len(group.sentences) for group in found], what) == ([4, 4, 1, 1], "paragraph and sentence")
    found, what = pooled_groups([named("a-1", "a-2", "b-1"), named("b-2", "c-1", "c-2")])
    assert ([(group.name, len(group.sentences)) for group in found], what) == (
        [("a", 2), ("b", 2), ("c", 2)],
        "document",
    )
    assert pooled_groups([train, dev], SENTENCE)[1] == "sentence"
    texts = [
        [replace(each, document=name) for each, name in zip(train[:3], names, strict=True)] for names in ("abb", "bcc")
    ]
    found, what = pooled_groups(texts)
    assert ([(group.name, len(group.sentences)) for group in found], what) == (
        [("a", 1), ("b", 3), ("c", 2)],
        "document",
    )
