import resource
from pathlib import Path

import pytest

from tagger.backend import tf
from tagger.corpus.records import make_example
from tagger.corpus.shards import ShardWriter, checksum, read_shard, read_shards, shard_name, split_of
from tagger.errors import DataError
from tagger.text.sentence import Sentence


def sentences(count):
    return [Sentence.from_words(["word"] * (index + 1), tags={"t": ["A"] * (index + 1)}) for index in range(count)]


def write(folder, count, shards=1):
    with ShardWriter(folder, "train", shards) as writer:
        for sentence in sentences(count):
            writer.write(sentence)
        return writer.close()


@pytest.mark.parametrize(("count", "shards"), [(10, 4), (8, 4), (1, 4), (3, 1)])
def test_reading_in_turn_gives_the_order_back(tmp_path, count, shards):
    infos = write(tmp_path, count, shards)

    assert list(read_shards([tmp_path / info.file for info in infos])) == sentences(count)


def test_each_shard_is_described(tmp_path):
    infos = write(tmp_path, 5, 2)

    assert [info.file for info in infos] == ["train-00000-of-00002.tfrecord", "train-00001-of-00002.tfrecord"]
    assert [(info.sentences, info.tokens) for info in infos] == [(3, 1 + 3 + 5), (2, 2 + 4)]
    assert [info.sha256 for info in infos] == [checksum(tmp_path / info.file) for info in infos]


def damaged(folder, change):
    write(folder, 3)
    path = folder / shard_name("train", 0, 1)
    path.write_bytes(change(bytearray(path.read_bytes())))
    return path


def test_truncated_record_is_named(tmp_path):
    path = damaged(tmp_path, lambda content: content[:-3])

    with pytest.raises(DataError, match=f"{path}: record 3 is cut off"):
        list(read_shard(path))


def test_flipped_bit_is_named(tmp_path):
    def flip(content):
        second = int.from_bytes(content[:8], "little") + 16  # length, its checksum, the record, its checksum
        content[second + 20] ^= 1
        return content

    path = damaged(tmp_path, flip)

    with pytest.raises(DataError, match=f"{path}: record 2 is damaged"):
        list(read_shard(path))


def test_records_before_the_damage_are_read_wherever_it_is(tmp_path):
    write(tmp_path, 64)
    path = tmp_path / shard_name("train", 0, 1)
    path.write_bytes(path.read_bytes()[:-3])
    seen = []

    with pytest.raises(DataError, match=f"{path}: record 64 is cut off"):
        seen.extend(read_shard(path))
    assert seen == sentences(63)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's account of memory")
def test_an_open_file_takes_little_memory(tmp_path):
    """A buffer of 16 MiB for each shard, as in TensorFlow's own iterator, would be 8 GB for 500 shards."""
    record = make_example(Sentence.from_words(["word" * 2_500]))
    paths = [tmp_path / f"{number}.tfrecord" for number in range(3)]
    for path in paths:
        with tf.io.TFRecordWriter(str(path)) as writer:
            for _ in range(1_700):  # 17 MB
                writer.write(record)
    before = resident()
    readers = [read_shard(path) for path in paths]
    for reader in readers:
        next(reader)

    assert resident() - before < 3 * 8e6


def resident() -> int:
    """The resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * resource.getpagesize()


def test_record_of_another_shape_is_named(tmp_path):
    path = tmp_path / "train.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(tf.train.SequenceExample().SerializeToString())

    with pytest.raises(DataError, match=f"{path}: record 1: it has no feature list 'tokens'"):
        list(read_shard(path))


def test_missing_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"none\.tfrecord: cannot be read: .*No such file"):
        list(read_shard(tmp_path / "none.tfrecord"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_is_an_error(tmp_path):
    (tmp_path / shard_name("train", 0, 1)).symlink_to("/dev/full")

    with pytest.raises(DataError, match="could not be written: No space left on device"):
        write(tmp_path, 3)


def test_number_of_shards_is_checked(tmp_path):
    with pytest.raises(DataError, match="0 shards"):
        ShardWriter(tmp_path, "train", 0)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train-00000-of-00004.tfrecord", "train"),
        ("test.tfrecord", "test"),
        ("train_1.tfrecords", "train"),
        ("validation.tfrecord-00000-of-00001", "dev"),
    ],
)
def test_split_of_a_file(name, split):
    assert split_of(Path(name)) == split
