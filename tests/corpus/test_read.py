import pytest

from tagger.backend import tf
from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus, read_split, verify
from tagger.corpus.records import make_example
from tagger.errors import DataError
from tagger.text.conllu import read_conllu
from tagger.text.sentence import Sentence


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / "train.tsv").write_text("".join(f"w{number}\tA\nx\tB\n\n" for number in range(10)))
    return convert({"train": tmp_path / "train.tsv"}, tmp_path / "corpus", columns=["token", "t"], shards=3)


def foreign_file(path, *examples):
    """Write TFRecords as another program might: with feature lists only."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for lists in examples:
            example = tf.train.SequenceExample()
            for name, values in lists.items():
                for value in values.split():
                    example.feature_lists.feature_list[name].feature.add().bytes_list.value.append(value.encode())
            writer.write(example.SerializeToString())


def test_sentences_come_in_the_order_of_their_source(corpus):
    assert [sentence.words[0] for sentence in read_split(corpus.directory, "train")] == [f"w{n}" for n in range(10)]


def test_a_file_cut_off_between_two_records_is_noticed(corpus):
    path = corpus.shards("train")[1]
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(make_example(Sentence.from_words(["w1", "x"], tags={"t": ["A", "B"]})))

    with pytest.raises(DataError, match="'train' should have 10 sentences but has 8"):
        list(read_split(corpus, "train"))


def test_verify_finds_what_has_changed(corpus):
    assert verify(corpus) == []
    first, second, _ = corpus.shards("train")
    first.unlink()
    content = bytearray(second.read_bytes())
    content[-1] ^= 1
    second.write_bytes(content)

    assert verify(corpus.directory) == [
        f"{first} is missing",
        f"{second} has changed since the corpus was made: its checksum differs",
    ]


def test_damaged_records_are_named(corpus):
    path = corpus.shards("train")[0]
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(DataError, match=f"{path}: record 4 is cut off"):
        list(read_split(corpus, "train"))


def test_records_of_another_program_are_a_corpus(tmp_path):
    foreign_file(tmp_path / "train-0.tfrecord", {"tokens": "in Rome", "ner": "O B-LOC", "upos": "ADP PROPN"})
    foreign_file(tmp_path / "train-1.tfrecord", {"tokens": "it", "ner": "O"})
    foreign_file(tmp_path / "validation.tfrecord", {"tokens": "so it is", "ner": "O O O"})

    with open_corpus(tmp_path) as corpus:
        assert {split: (info.sentences, info.tokens) for split, info in corpus.splits.items()} == {
            "train": (2, 3),
            "dev": (1, 3),
        }
        assert (corpus.tasks["ner"].scheme, corpus.tasks["upos"].scheme) == ("IOB2", None)
        assert corpus.tasks["ner"].counts("train") == {"O": 2, "B-LOC": 1}
        assert corpus.shards("train") == [tmp_path / "train-0.tfrecord", tmp_path / "train-1.tfrecord"]
        assert [sentence.words for sentence in read_split(corpus, "train")] == [("in", "Rome"), ("it",)]
        assert '"B-LOC": 1' in corpus.as_json()


def test_spans_of_another_program_become_iob2(tmp_path):
    foreign_file(tmp_path / "train.tfrecord", {"tokens": "Rome fell", "ner": "I-LOC O"})

    with open_corpus(tmp_path) as corpus:
        assert [sentence.tags["ner"] for sentence in read_split(corpus, "train")] == [("B-LOC", "O")]
        assert corpus.directory != tmp_path
    assert not corpus.directory.exists()


def test_recipe_with_its_data_is_a_temporary_corpus(tmp_path):
    (tmp_path / "train.tsv").write_text("Rome\tB-LOC\n")
    (tmp_path / "corpus.toml").write_text(
        'name = "toy"\nsource = "us"\nlicence = "CC0-1.0"\nformat = "columns"\ncolumns = ["token", "ner"]\n'
        'splits.train.file = "train.tsv"\n'
    )

    with open_corpus(tmp_path) as corpus:
        assert corpus.name == "toy"
        assert [sentence.words for sentence in read_split(corpus, "train")] == [("Rome",)]
    assert not corpus.directory.exists()


def test_what_is_no_corpus_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        open_corpus(tmp_path / "none")
    with pytest.raises(DataError, match="this is not a corpus"):
        open_corpus(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="is not a folder"):
        open_corpus(tmp_path / "file")


def test_missing_split_is_an_error(corpus):
    with pytest.raises(DataError, match="no 'test' split; it has train"):
        list(read_split(corpus, "test"))


@pytest.mark.slow
def test_what_is_read_back_is_what_the_source_says(tmp_path, shared_corpora):
    path = shared_corpora / "ud" / "UD_English-EWT" / "en_ewt-ud-dev.conllu"

    corpus = convert({"dev": path}, tmp_path / "corpus", shards=5)

    assert list(read_split(corpus, "dev")) == list(read_conllu(path))
