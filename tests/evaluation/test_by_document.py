"""`tagger eval --by document` and `tagger.evaluate(…, by="document")`."""

import json

import pytest

import tagger as package
from tagger.corpus.convert import convert
from tagger.corpus.read import read_split
from tagger.errors import ConfigError, DataError
from tagger.text.sentence import Sentence


@pytest.fixture(scope="module")
def documents(tiny_corpus, tmp_path_factory):
    """A corpus whose test split has three documents: of one no tag is right, and one has no entity."""
    good = list(read_split(tiny_corpus, "test"))[:3]
    wrong = [[("Ada", "X", "O"), ("left", "X", "B-LOC")]]
    without = [[("She", "PRON", "O"), ("left", "VERB", "O")]]
    made = [
        (f"good-{number}", list(zip(each.words, each.tags["upos"], each.tags["ner"], strict=True)))
        for number, each in enumerate(good, start=1)
    ]
    made += [("wrong-1", wrong[0]), ("without-1", without[0])]
    sentences = [
        Sentence.from_words(
            [word for word, _, _ in rows],
            tags={"upos": [tag for _, tag, _ in rows], "ner": [tag for _, _, tag in rows]},
            id=name,
        )
        for name, rows in made
    ]
    return convert({"test": sentences}, tmp_path_factory.mktemp("documents") / "corpus").directory


def test_the_worst_document_is_first_and_all_together_have_the_scores_of_the_split(tiny_model, tiny_corpus, documents):
    scores = package.evaluate(tiny_model, documents, by="document")
    assert scores.grouped_by == "document"
    assert scores.documents[0].name == "wrong"
    assert {each.name: (each.sentences, each.tokens) for each in scores.documents} == {
        "wrong": (1, 2),
        "good": (3, sum(map(len, list(read_split(tiny_corpus, "test"))[:3]))),
        "without": (1, 2),
    }
    (wrong,) = (each for each in scores.documents if each.name == "wrong")
    assert (wrong.figure("upos"), wrong.figure("ner")) == (0, 0)
    assert package.evaluate(tiny_model, documents).tasks == scores.tasks
    with pytest.raises(DataError, match=r"^the sentences: split 'test' has zz, the model does upos, ner"):
        package.evaluate(tiny_model, [(["Ada"], {"zz": ["X"]})])
    with pytest.raises(ConfigError, match="by='page'"):
        package.evaluate(tiny_model, documents, by="page")


def test_dictionaries_keep_the_names_of_their_documents(tiny_model, tmp_path):
    rows = [{"tokens": ["Ada", "left"], "ner": ["B-PER", "O"], "upos": ["PROPN", "VERB"]} for _ in range(8)]
    file = tmp_path / "rows.jsonl"
    for order in ("aaabbbcc", "abcabcab"):
        given = [{**row, "doc_id": document} for row, document in zip(rows, order, strict=True)]
        file.write_text("".join(json.dumps(row) + "\n" for row in given))
        for data in (given, convert({"test": str(file)}, tmp_path / order).directory):
            scores = package.evaluate(tiny_model, data, by="document")
            assert scores.grouped_by == "document"
            assert {each.name: each.sentences for each in scores.documents} == {"a": 3, "b": 3, "c": 2}


def test_as_a_user_sees_it(tagger, tiny_model, documents):
    done = tagger("eval", tiny_model, documents, "--by", "document")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert (done.code, lines[0], lines[2]) == (0, "test", "document sentences tokens upos accuracy ner f1")
    assert lines[4] == "wrong 1 2 0.00 0.00"
    assert [line.split()[0] for line in lines[-2:] if line] == ["all"]
    found = json.loads(tagger("eval", tiny_model, documents, "--by", "document", "--json").out)
    assert found["documents"][0]["name"] == "wrong" and len(found["documents"]) == 3
    assert (found["split"], sorted(found["tasks"])) == ("test", ["ner", "upos"])
    refused = tagger("eval", tiny_model, documents, "--by", "document", "--raw")
    assert (refused.code, "leave --raw and --report out" in refused.err) == (1, True)
