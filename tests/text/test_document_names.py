"""The documents of sentences, by each source that names them."""

import json

import pytest

from tagger.text.brat import read_brat
from tagger.text.columns import read_columns
from tagger.text.conll2012 import read_conll2012
from tagger.text.conllu import read_conllu
from tagger.text.document_names import document_name, document_of
from tagger.text.held_sentences import held_sentences
from tagger.text.jsonl import read_jsonl


def documents(sentences):
    return [(sentence.document, sentence.paragraph) for sentence in sentences]


def conllu(*parts):
    return "".join(f"{part}\n1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n\n" for part in parts)


def test_lines_of_conllu_name_documents_until_the_next(tmp_path):
    file = tmp_path / "a.conllu"
    file.write_text(conllu("# a = b", "# newdoc id = web 1", "# sent_id = s", "# newpar", "# newdoc", "# sent_id = t"))
    assert documents(read_conllu(file)) == [
        ("", False),
        ("web 1", True),
        ("web 1", False),
        ("web 1", True),
        ("a.conllu:13", True),
        ("a.conllu:13", False),
    ]
    file.write_text(conllu("# newdoc id = d") + "# newdoc id = nothing follows\n")
    assert documents(read_conllu(file)) == [("d", True)]


def test_lines_of_column_files_name_documents(tmp_path):
    file = tmp_path / "a.conll"
    file.write_text("Go O\n\n-DOCSTART- O\n\nAda B-PER\n\nIt O\n\n-DOCSTART- O\n\nOsk B-PER\n")
    assert documents(read_columns(file, ["token", "ner"])) == [
        ("", False),
        ("a.conll:3", True),
        ("a.conll:3", False),
        ("a.conll:9", True),
    ]
    file.write_text("# hipe2022:document_id = NZZ-1\nAda\tB-PER\n\nIt\tO\n\n# newdoc id = d2\nGo\tO\n")
    assert documents(read_columns(file, ["token", "ner"])) == [("NZZ-1", True), ("NZZ-1", False), ("d2", True)]


def test_the_first_column_of_conll_2012_names_the_document(tmp_path):
    file = tmp_path / "a.gold_conll"
    rows = [f"{name} 0 0 Ada NNP * - - - - (PER)\n\n" for name in ("bc/a", "bc/a", "bc/b")]
    file.write_text(f"#begin document (bc/a); part 000\n{''.join(rows)}#end document\n")
    assert documents(read_conll2012(file)) == [("bc/a", True), ("bc/a", False), ("bc/b", True)]


def test_each_text_of_brat_is_a_document_named_after_its_place_in_the_folder(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.txt").write_text("Ada came. She left.\n")
        (tmp_path / name / "1.ann").write_text("T1\tPER 0 3\tAda\n")
    assert [name for name, _ in documents(read_brat(tmp_path))] == ["a/1.txt", "a/1.txt", "b/1.txt", "b/1.txt"]
    assert {name for name, _ in documents(read_brat(tmp_path / "a" / "1.ann"))} == {"1.txt"}


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({"doc_id": "a"}, "a"),
        ({"document": 7}, "7"),
        ({"doc": 7.0}, "7"),
        ({"doc_id": None, "doc": "b"}, "b"),
        ({"document": ["B-PER"]}, ""),
        ({"doc": True, "id": "x"}, ""),
        ({"meta": {"source": "news/1.txt", "start": 0}}, "news/1.txt"),  # tagger annotate --to jsonl and prodigy
        ({"data": {"source": "1.txt", "start": 40, "text": "…"}}, "1.txt"),  # label-studio
        ({"source": "1.txt", "start": 40}, "1.txt"),  # doccano
        ({"file": "1.txt", "start": 40}, "1.txt"),  # tagger tag --format jsonl
        ({"source": "twitter"}, ""),  # no file
        ({"meta": {"document_id": "c"}}, "c"),
    ],
)
def test_keys_of_records_name_documents(keys, name):
    assert document_of(keys) == name


def test_a_whole_text_in_place_of_a_name_is_shortened():
    text, other = "word " * 200, "word " * 201
    assert len(document_name(text)) < 80 and document_name(text) != document_name(other)


def test_records_of_files_and_of_programs_have_the_same_documents(tmp_path):
    records = [{"tokens": ["Go"], "ner": ["O"], "doc_id": each} for each in ("a", "a", "b")]
    records += [{"tokens": ["Go"], "ner": ["O"]}, {"text": "Ada came. She left.", "spans": []}]
    file = tmp_path / "a.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in records))
    found = documents(read_jsonl(file))
    assert found[:4] == documents(held_sentences(records))[:4] == [("a", True), ("a", False), ("b", True), ("", True)]
    assert found[4:] == [("a.jsonl:5", True), ("a.jsonl:5", False)]
