from dataclasses import replace

from tagger.corpus.document_groups import document_groups
from tagger.text.conllu import read_conllu
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


def test_without_documents_groups_are_paragraphs_and_without_these_sentences():
    assert groups(named("dev-1", "dev-2", "dev-3", paragraphs=(0, 2))) == (
        [("dev-1 (1)", 2), ("dev-3 (3)", 1)],
        "paragraph",
    )
    assert groups(named("dev-1", "dev-2")) == ([("dev-1 (1)", 1), ("dev-2 (2)", 1)], "sentence")
    assert groups(named("", "")) == ([("sentence 1", 1), ("sentence 2", 1)], "sentence")
    assert groups([]) == ([], "sentence")


def test_lines_that_begin_documents_are_believed_first(tmp_path):
    path = tmp_path / "a.conllu"
    line = "1\ta\t_\tX" + "\t_" * 6 + "\n\n"
    path.write_text(f"# newdoc id = d\n{line}{line}# newdoc\n# sent_id = d-7\n{line}", encoding="utf-8")
    found, what = groups(list(read_conllu(str(path))))
    assert (what, [count for _, count in found]) == ("document", [2, 1])
