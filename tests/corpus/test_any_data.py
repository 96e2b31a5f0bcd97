"""What `tagger.read` reads, the corpora that `tagger.train` makes of it, and what `tagger.convert` takes over."""

import json
import warnings

import pytest

import tagger
from tagger.corpus.any_data import open_data
from tagger.corpus.read import read_split
from tagger.errors import ConfigError, DataError

PAIRS = [(["Ada", "slept"], ["B-PER", "O"]), (["Go"], ["O"])]


def test_files_corpora_and_data_are_read_alike(tiny_files, tiny_corpus):
    from_file = tagger.read(tiny_files["dev"], columns=["token", "upos", "ner"])
    from_corpus = tagger.read(tiny_corpus, split="dev")
    from_data = tagger.read([(sentence.words, sentence.tags) for sentence in from_file])
    assert len(from_file) == 6
    for found in (from_corpus, from_data):
        assert [(each.words, each.tags) for each in found] == [(each.words, each.tags) for each in from_file]
    with pytest.raises(DataError, match="has the splits train, dev, test: say which, with split='train'"):
        tagger.read(tiny_corpus)


def test_json_lines_have_the_same_tasks_as_the_same_dictionaries(tmp_path):
    record = {"tokens": ["Ada"], "ner_tags": ["B-PER"]}
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps(record))
    assert tagger.read(file)[0].tags == tagger.read([record])[0].tags == {"ner": ("B-PER",)}
    assert tagger.read([record], tasks={"names": "ner_tags"})[0].tags == {"names": ("B-PER",)}


def test_what_is_not_read_as_it_stands_is_warned_of():
    spans = [{"start": 0, "end": 4, "label": "PER"}]
    with pytest.warns(UserWarning, match="spans with white space at their ends, read without it: 1, at sentence 1"):
        tagger.read([{"text": "Ada slept.", "spans": spans}])
    with pytest.raises(ConfigError, match="columns is for files, not for sentences that a program holds"):
        tagger.read(PAIRS, columns=["token"])


def opened(train, dev=None, test=None, known=None):
    """The splits of the corpus, each with its sentences, and what was said."""
    said = []
    with open_data(train, dev, test, said.append, known) as corpus:
        return {split: list(read_split(corpus, split)) for split in corpus.splits}, said


def test_a_dev_split_is_cut_from_train_where_none_is_given():
    splits, said = opened(PAIRS * 10)
    assert {split: len(sentences) for split, sentences in splits.items()} == {"train": 18, "dev": 2}
    assert said == ["no dev split is given: every tenth sentence of train is taken for it (2 of 20 sentences)"]
    assert splits["dev"][0].tags == {"ner": ("O",)}


def test_json_lines_and_the_same_dictionaries_are_cut_by_their_documents(tmp_path):
    rows = [{"tokens": ["Ada"], "ner_tags": ["B-PER"], "doc_id": f"d{number // 3}"} for number in range(60)]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for given in (file, rows):
        splits, said = opened(given)
        assert said == ["no dev split is given: every tenth document of train is taken for it (6 of 60 sentences)"]
        assert [each.document for each in splits["dev"]] == ["d9"] * 3 + ["d19"] * 3  # kept in the corpus
    _, said = opened([{**row, "doc_id": number // 30} for number, row in enumerate(rows)])
    assert said == [
        "no dev split is given: every tenth sentence of train is taken for it (6 of 60 sentences); the 2 documents of "
        "train are too few, or too unlike in size, to take a whole one, so sentences of one may be in both"
    ]


def test_a_corpus_folder_is_used_as_it_is_and_other_splits_take_the_place_of_its_own(tiny_corpus):
    with open_data(tiny_corpus, None, None, pytest.fail) as corpus:
        assert corpus.directory == tiny_corpus
    splits, said = opened(tiny_corpus, dev=[(["Ada"], ["PROPN"])])
    assert splits["dev"][0].tags == {"upos": ("PROPN",)}  # the corpus's only task of plain tags
    assert ({split: len(each) for split, each in splits.items()}, said) == ({"train": 20, "dev": 1, "test": 6}, [])


def test_splits_may_be_a_dictionary_such_as_a_dataset_dict():
    splits, said = opened({"train": PAIRS, "validation": PAIRS[:1]}, test=PAIRS[1:])
    assert ({split: len(each) for split, each in splits.items()}, said) == ({"train": 2, "dev": 1, "test": 1}, [])
    with pytest.raises(DataError, match="'tokens' is no split"):
        opened({"tokens": ["Ada"], "ner": ["O"]})


def test_wrong_tags_are_named_by_split_and_sentence():
    with pytest.raises(DataError, match=r"dev, sentence 1: 'I-LOC' may not follow 'B-PER' in IOB2"):
        opened(PAIRS, dev=[(["Ada", "slept"], ["B-PER", "I-LOC"])])


def test_remarks_of_all_splits_are_said():
    text = {"text": "Ada slept.", "spans": [{"start": 0, "end": 4, "label": "PER"}]}
    assert opened([text], dev=[text])[1] == [
        "warning: train: spans with white space at their ends, read without it: 1, at train, sentence 1",
        "warning: dev: spans with white space at their ends, read without it: 1, at dev, sentence 1",
    ]


def test_convert_writes_what_a_program_holds_beside_files(tmp_path, tiny_files):
    file = tmp_path / "dev.jsonl"
    file.write_text('{"tokens": ["Ada"], "ner": ["B-PER"]}\n')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus = tagger.convert({"train": PAIRS, "dev": file}, tmp_path / "corpus")
    assert corpus.tasks["ner"].scheme == "IOB2"
    assert [sentence.words for sentence in read_split(corpus, "train")] == [("Ada", "slept"), ("Go",)]
    ids = [{"tokens": ["Ada"], "ner_tags": [1]}]
    corpus = tagger.convert({"train": ids}, tmp_path / "ids", labels=["O", "B-PER"])
    assert corpus.tasks["ner"].tags == {"train": {"B-PER": 1}}
