"""Lesson: sequences kept as `tf.train.SequenceExample` records."""

import pytest

from tagger.backend import tf
from tagger.corpus.records import make_example
from tagger.corpus.shards import ShardWriter, read_shard
from tagger.errors import DataError
from tagger.text.sentence import Sentence

SEQUENCES = [[1, 2, 3], [4, 5, 1], [1, 2]]
LABELS = [[0, 1, 0], [1, 0, 0], [1, 1]]


def sentences():
    """The three sequences as a corpus holds them: in strings, so that no vocabulary has to be known."""
    for number, (sequence, labels) in enumerate(zip(SEQUENCES, LABELS, strict=True)):
        yield Sentence.from_words(map(str, sequence), tags={"labels": tuple(map(str, labels))}, id=f"sequence {number}")


def test_what_is_written_is_read_back(tmp_path):
    with ShardWriter(tmp_path, "train", 1) as writer:
        for sentence in sentences():
            writer.write(sentence)
        (shard,) = writer.close()
    read = list(read_shard(tmp_path / shard.file))

    assert read == list(sentences())
    assert [[int(word) for word in sentence.words] for sentence in read] == SEQUENCES
    assert [[int(tag) for tag in sentence.tags["labels"]] for sentence in read] == LABELS


def test_tensorflow_itself_parses_a_record():
    strings = tf.io.FixedLenSequenceFeature([], tf.string)
    for sentence, sequence, labels in zip(sentences(), SEQUENCES, LABELS, strict=True):
        context, lists = tf.io.parse_single_sequence_example(
            make_example(sentence),
            context_features={"length": tf.io.FixedLenFeature([], tf.int64)},
            sequence_features={"tokens": strings, "labels": strings},
        )
        assert context["length"] == len(sequence)
        assert tf.strings.to_number(lists["tokens"], tf.int32).numpy().tolist() == sequence
        assert tf.strings.to_number(lists["labels"], tf.int32).numpy().tolist() == labels


def numbers_as_they_are(sequence, labels):
    """A record that holds ids, as the tutorial's do."""
    example = tf.train.SequenceExample()
    example.context.feature["length"].int64_list.value.append(len(sequence))
    for name, numbers in (("tokens", sequence), ("labels", labels)):
        for number in numbers:
            example.feature_lists.feature_list[name].feature.add().int64_list.value.append(number)
    return example.SerializeToString()


def test_records_of_numbers_come_back_equal_from_a_file(tmp_path):
    path = str(tmp_path / "numbers.tfrecord")
    with tf.io.TFRecordWriter(path) as writer:
        for sequence, labels in zip(SEQUENCES, LABELS, strict=True):
            writer.write(numbers_as_they_are(sequence, labels))

    numbers = tf.io.FixedLenSequenceFeature([], tf.int64)
    read = [
        tf.io.parse_single_sequence_example(
            record,
            context_features={"length": tf.io.FixedLenFeature([], tf.int64)},
            sequence_features={"tokens": numbers, "labels": numbers},
        )
        for record in tf.data.TFRecordDataset(path)
    ]
    assert [int(context["length"]) for context, _ in read] == [3, 3, 2]
    assert [lists["tokens"].numpy().tolist() for _, lists in read] == SEQUENCES
    assert [lists["labels"].numpy().tolist() for _, lists in read] == LABELS


def test_a_corpus_of_numbers_is_refused_with_the_way_out(tmp_path):
    path = tmp_path / "train.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(numbers_as_they_are(SEQUENCES[0], LABELS[0]))
    with pytest.raises(DataError, match="look like ids; map them to their strings first"):
        list(read_shard(path))
