"""TFRecord files and SequenceExamples without TensorFlow, against TensorFlow's own."""

import random

import pytest

from tagger.backend import tf
from tagger.corpus.sequence_example import SequenceExample
from tagger.corpus.tfrecord import RecordWriter, compression_of, read_serialized
from tagger.errors import DataError

RECORDS = [b"", b"a", b"\x00" * 300_000, random.Random(1).randbytes(70_000)]


def written_by_tensorflow(path, compression="", records=RECORDS):
    with tf.io.TFRecordWriter(str(path), tf.io.TFRecordOptions(compression_type=compression)) as writer:
        for record in records:
            writer.write(record)
    return path


def test_a_file_has_the_bytes_that_tensorflow_writes(tmp_path):
    with RecordWriter(tmp_path / "ours") as writer:
        for record in RECORDS:
            writer.write(record)

    assert (tmp_path / "ours").read_bytes() == written_by_tensorflow(tmp_path / "theirs").read_bytes()


@pytest.mark.parametrize("compression", ["", "GZIP", "ZLIB"])
def test_a_file_of_tensorflow_is_read_whatever_its_compression(tmp_path, compression):
    path = written_by_tensorflow(tmp_path / "file", compression)

    assert compression_of(path) == compression
    assert list(read_serialized(path, compression)) == RECORDS


@pytest.mark.parametrize("start", [b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"])
def test_a_first_record_whose_length_looks_like_a_compression_is_read(tmp_path, start):
    records = [bytes(int.from_bytes(start, "little"))]

    assert compression_of(written_by_tensorflow(tmp_path / "file", records=records)) == ""


@pytest.mark.parametrize("compression", ["", "GZIP", "ZLIB"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.99999])
def test_a_file_that_is_cut_off_gives_the_records_before(tmp_path, compression, share):
    path = written_by_tensorflow(tmp_path / "file", compression)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    found = []

    with pytest.raises(DataError, match=f"{path}: record [345] is cut off; make or copy"):
        found.extend(read_serialized(path, compression))
    assert found == RECORDS[: len(found)]


@pytest.mark.parametrize(("compression", "place"), [("", 0), ("", 9), ("", 20), ("", -1), ("GZIP", 60), ("ZLIB", 30)])
def test_a_changed_byte_is_damage(tmp_path, compression, place):
    path = written_by_tensorflow(tmp_path / "file", compression, [b"a record of some length", b"another"])
    content = bytearray(path.read_bytes())
    content[place] ^= 0x55
    path.write_bytes(content)

    with pytest.raises(DataError, match=f"{path}: record [12] is (damaged|cut off)"):
        list(read_serialized(path, compression))


def test_an_empty_file_has_no_records(tmp_path):
    (tmp_path / "file").touch()

    assert list(read_serialized(tmp_path / "file")) == []


def test_a_message_is_that_of_tensorflow():
    theirs = tf.train.SequenceExample()
    theirs.context.feature["length"].int64_list.value.extend([3, -1, 2**62])
    theirs.context.feature["id"].bytes_list.value.append(b"\xffa")
    theirs.context.feature["nothing"].SetInParent()
    for name in ("tokens", "tags", "scores"):
        for number in range(3):
            feature = theirs.feature_lists.feature_list[name].feature.add()
            if name == "scores":
                feature.float_list.value.extend([0.5, number])
            else:
                feature.bytes_list.value.append(f"{name} {number}".encode())
    serialized = theirs.SerializeToString(deterministic=True)
    ours = SequenceExample.FromString(serialized)

    assert ours.SerializeToString(deterministic=True) == serialized
    assert str(ours) == str(theirs)
