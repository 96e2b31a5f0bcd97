"""TFRecord files of ids, written by TensorFlow as the RNN tutorials do, converted to a corpus of words and tags."""

import pytest

from tagger.backend import tf
from tagger.config.load import load_config
from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus, read_split
from tagger.errors import ConfigError, DataError
from tagger.training.train import train

WORDS = ["<pad>", "Ada", "sees", "Paris", "she", "left"]
TAGS = ["O", "B-PER", "B-LOC"]
# The tutorial's sequences: ids of words start at 1, because 0 is padding; its labels start at 0.
SEQUENCES = [[1, 2, 3], [4, 5, 1], [1, 2]]
LABELS = [[1, 0, 2], [0, 0, 1], [1, 0]]
FEATURES = {"tokens": "tokens", "ner": "labels"}


def record(tokens, labels, length=None, names=("tokens", "labels")) -> bytes:
    """A record as the tutorial makes it: an int64 feature for each token and each label, and maybe their number."""
    example = tf.train.SequenceExample()
    if length is not None:
        example.context.feature["length"].int64_list.value.append(length)
    for name, values in zip(names, (tokens, labels), strict=True):
        features = example.feature_lists.feature_list[name]
        features.SetInParent()
        for value in values:
            if isinstance(value, str):
                features.feature.add().bytes_list.value.append(value.encode())
            else:
                features.feature.add().int64_list.value.append(value)
    return example.SerializeToString()


def write(path, records, compression=""):
    with tf.io.TFRecordWriter(str(path), tf.io.TFRecordOptions(compression_type=compression)) as writer:
        for each in records:
            writer.write(each)
    return path


def write_names(path, names):
    path.write_text("".join(name + "\n" for name in names), encoding="utf-8")
    return path


@pytest.fixture
def lists(tmp_path):
    """The lists of names: words with padding in the first line, and tags."""
    return {"tokens": write_names(tmp_path / "words.txt", WORDS), "ner": write_names(tmp_path / "tags.txt", TAGS)}


def read(tmp_path, records, lists, compression="", **options) -> list[tuple[str, str]]:
    """The words and tags of each sentence of a corpus converted from one file of records."""
    path = write(tmp_path / "ids.tfrecord", records, compression)
    options = {"features": FEATURES, "vocabularies": lists, "overwrite": True, **options}
    corpus = convert({"train": path}, tmp_path / "corpus", shards=1, **options)
    return [(" ".join(each.words), " ".join(each.tags["ner"])) for each in read_split(corpus, "train")]


SENTENCES = [("Ada sees Paris", "B-PER O B-LOC"), ("she left Ada", "O O B-PER"), ("Ada sees", "B-PER O")]


@pytest.mark.parametrize("compression", ["", "GZIP", "ZLIB"])
def test_the_tutorials_records_become_words_and_tags(tmp_path, lists, compression):
    records = [record(tokens, labels, len(tokens)) for tokens, labels in zip(SEQUENCES, LABELS, strict=True)]
    assert read(tmp_path, records, lists, compression, format="sequence-example") == SENTENCES


def test_a_sentence_is_named_after_its_file_and_record(tmp_path, lists):
    path = write(tmp_path / "ids.tfrecord", [record([1], [1]), record([4], [0])])
    corpus = convert({"train": path}, tmp_path / "corpus", features=FEATURES, vocabularies=lists)
    assert [sentence.id for sentence in read_split(corpus, "train")] == ["ids.tfrecord:1", "ids.tfrecord:2"]


def test_the_first_line_can_have_another_id(tmp_path, lists):
    lists["tokens"] = write_names(tmp_path / "words.txt", WORDS[1:])
    lists["ner"] = write_names(tmp_path / "tags.txt", TAGS[::-1])
    records = [record(SEQUENCES[0], [-1, 0, -2])]
    assert read(tmp_path, records, lists, first_ids={"tokens": 1, "ner": -2}) == [("Ada sees Paris", "B-PER O B-LOC")]


def test_padding_at_the_end_is_left_out(tmp_path, lists):
    """Padded to four tokens: by `length`, or by the padding id; labels padded as well, or not."""
    records = [
        record([1, 2, 3, 0], [1, 0, 2, 0], 3),
        record([4, 5, 1, 0], [0, 0, 1], 3),
        record([1, 2, 0, 0], [1, 0, -100, -100]),
    ]
    assert read(tmp_path, records, lists) == SENTENCES


def test_the_padding_id_need_not_be_in_the_list(tmp_path, lists):
    lists["tokens"] = write_names(tmp_path / "words.txt", WORDS[1:])
    records = [record([0, 1, 2, -1], [1, 0, 2, 0])]
    assert read(tmp_path, records, lists, padding_id=-1) == [("Ada sees Paris", "B-PER O B-LOC")]


def test_an_id_0_that_is_not_padding_is_a_word(tmp_path, lists):
    """The sign of an id is no mask: without a padding id the first name is a name like any other."""
    lists["tokens"] = write_names(tmp_path / "words.txt", WORDS[1:])
    assert read(tmp_path, [record([1, 0], [0, 1])], lists) == [("sees Ada", "O B-PER")]


@pytest.mark.parametrize("name", ["<pad>", "[PAD]", "_PAD_", "<PADDING>", ""])
def test_common_names_of_padding_are_known(tmp_path, lists, name):
    lists["tokens"] = write_names(tmp_path / "words.txt", [*WORDS[1:], "pad", name])
    assert read(tmp_path, [record([0, 5, 6, 6], [1, 0, 0, 0])], lists) == [("Ada pad", "B-PER O")]


def test_features_may_hold_names_already(tmp_path, lists):
    del lists["tokens"]
    assert read(tmp_path, [record(["Ada", "sees", ""], [1, 0, 0], 2)], lists) == [("Ada sees", "B-PER O")]
    records = [record(["Ada", "sees"], ["B-PER", "O"])]
    assert read(tmp_path, records, None, format="sequence-example") == [("Ada sees", "B-PER O")]


WRONG = {
    "id beyond the list": (
        record([1, 6], [0, 0]),
        "'tokens' of token 2: id 6 is not in .*words.txt, whose 6 lines",
    ),
    "negative label": (record([1], [-100]), "'labels' of token 1: id -100 is not in .*tags.txt, .* the ids 0 to 2"),
    "padding inside": (record([1, 0, 2], [1, 0, 0]), r"'tokens' of token 2 is padding \(id 0\), but .* has 3 tokens"),
    "padding in length": (record([1, 2, 0], [1, 0, 0], 3), r"'tokens' of token 3 is padding \(id 0\)"),
    "too short a length": (record([1, 2, 3], [1, 0, 2], 2), "its 'length' is 2, but token 3 is id 3 and not padding"),
    "too long a length": (record([1, 2], [1, 0], 3), "its 'length' is 3, but its tokens are 2"),
    "negative length": (record([1, 2], [1, 0], -1), "its 'length' is -1, but its tokens are 2"),
    "fewer labels": (record([1, 2, 3], [1, 0]), "'tokens': 3, but 'labels': 2; there must be one for each token"),
    "more labels": (record([1, 2, 0], [1, 0, 0, 0]), "'tokens': 2, but 'labels': 4; there must be one for each token"),
    "other features": (record([1], [0], 1, ("words", "tags")), "no feature list 'tokens'; it has length, tags, words"),
    "no labels": (record([1], [0], 1, ("tokens", "tags")), "no feature list 'labels'; it has length, tags, tokens"),
    "names": (record(["Ada"], [0]), "'tokens' holds bytes where int64 must be: these are names; take tokens out"),
    "not a record": (b"no record", "it is not a SequenceExample"),
}


@pytest.mark.parametrize("wrong, message", WRONG.values(), ids=WRONG)
def test_a_wrong_record_is_refused_with_its_number(tmp_path, lists, wrong, message):
    with pytest.raises(DataError, match=f"ids.tfrecord: record 2: .*{message}"):
        read(tmp_path, [record([1], [0]), wrong], lists)
    assert not (tmp_path / "corpus").exists()


def test_ids_without_a_list_are_refused_with_the_way_out(tmp_path, lists):
    del lists["ner"]
    with pytest.raises(DataError, match=r"record 1: 'labels' holds int64 .* names with --vocabulary ner=FILE"):
        read(tmp_path, [record([1], [0])], lists)


def test_an_invalid_tag_names_its_record(tmp_path, lists):
    lists["ner"] = write_names(tmp_path / "tags.txt", ["O", "I-PER", "B-PER", "B-LOC", "I-LOC"])
    with pytest.raises(DataError, match=r"ids.tfrecord:2: .*I-LOC"):
        read(tmp_path, [record([1, 2], [2, 0]), record([1, 2], [2, 4])], lists, scheme="IOB2")


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_an_empty_file_is_refused(tmp_path, lists, compression):
    with pytest.raises(DataError, match=r"ids.tfrecord: there is no record in it"):
        read(tmp_path, [], lists, compression)


@pytest.mark.parametrize("compression", ["", "GZIP", "ZLIB"])
def test_a_damaged_file_is_refused(tmp_path, lists, compression):
    path = write(tmp_path / "ids.tfrecord", [record([1] * 99, [0] * 99)] * 99, compression)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"ids.tfrecord: record \d+ is (cut off|damaged)"):
        convert({"train": path}, tmp_path / "corpus", features=FEATURES, vocabularies=lists)


def test_a_missing_file_is_an_error(tmp_path, lists):
    with pytest.raises(DataError, match=r"none.tfrecord: cannot be read: No such file"):
        convert({"train": tmp_path / "none.tfrecord"}, tmp_path / "corpus", features=FEATURES, vocabularies=lists)
    lists["ner"] = tmp_path / "none.txt"
    with pytest.raises(DataError, match=r"none.txt: there is no such file"):
        read(tmp_path, [], lists)


@pytest.mark.parametrize(
    "text, message",
    [
        ("Ada\nsees\nAda\n", r"words.txt:3: 'Ada' is in line 1 as well"),
        ("Ada\t17\n", r"words.txt:1: a tab in it"),
        ("", r"words.txt: the file is empty"),
    ],
)
def test_a_list_holds_each_name_once_and_nothing_else(tmp_path, lists, text, message):
    lists["tokens"].write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read(tmp_path, [record([1], [0])], lists)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"format": None, "features": None}, "--features: which feature holds the tokens"),
        ({"features": None}, "--features: which feature holds the tokens"),
        ({"features": {"ner": "labels"}}, "--features: which feature holds the tokens"),
        ({"features": {"tokens": "tokens"}}, "--vocabulary ner: there is no 'ner' here, only tokens"),
        ({"first_ids": {"chunk": 1}}, "--first-id chunk: there is no 'chunk' here, only tokens, ner"),
        ({"vocabularies": {}, "padding_id": 0}, "--padding-id is for tokens that are ids"),
        ({"tasks": {"ner": "labels"}}, "--tasks does not go with sequence-example"),
        ({"format": "jsonl"}, "go with --format sequence-example"),
        ({"format": "tfrecord", "features": None, "vocabularies": None}, "no format 'tfrecord'.* sequence-example"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, lists, options, message):
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, [record([1], [0])], lists, **{"format": "sequence-example", **options})


def test_the_command_reads_them_and_the_corpus_trains(tmp_path, lists, tagger, tiny_config):
    lists["tokens"] = write_names(tmp_path / "words.txt", WORDS[1:])
    records = [record([*tokens, 0], [*labels, 0]) for tokens, labels in zip(SEQUENCES, LABELS, strict=True)]
    train_file, dev = (write(tmp_path / f"{split}.tfrecord", records * 4) for split in ("train", "dev"))
    done = tagger(
        *("convert", f"train={train_file}", f"dev={dev}", "--format", "sequence-example", "--to", tmp_path / "corpus"),
        *("--features", "tokens=tokens,ner=labels", "--vocabulary", f"tokens={lists['tokens']},ner={lists['ner']}"),
        *("--first-id", "tokens=1", "--padding-id", "0"),
    )
    assert done.code == 0 and "train: 12 sentences, 32 tokens" in done.err, done.err

    config = load_config(tiny_config, ["training.epochs=1"])
    config = config.model_copy(update={"tasks": {"ner": config.tasks["ner"]}})
    metrics = train(config, [open_corpus(tmp_path / "corpus")], tmp_path / "model")
    assert metrics["train"]["tokens"] == 32


def test_the_command_refuses_a_first_id_that_is_no_number(tmp_path, tagger):
    done = tagger("convert", "train=ids.tfrecord", "--first-id", "tokens=one", "--to", tmp_path / "corpus")
    assert done.code == 1 and "--first-id tokens=one: 'one' is not a whole number" in done.err
