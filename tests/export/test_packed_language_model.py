"""Language models whose weights are kept in 8 and 16 bits."""

import io
import zipfile

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.errors import ModelError
from tagger.export.packed_language_model import pack_language_model
from tagger.network.packed_weights import pack_weights, unpacked_weights
from tagger.network.saved_weights import restore
from tagger.training.pretrained_encoder import pretrained_encoder


@pytest.fixture(scope="module")
def packed(word_language_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packed") / "pets"
    pack_language_model(word_language_model, folder)
    return folder


def numbers(settings, folder):
    """The weights that a tagger begins with."""
    encoder = settings["encoder"] | {"pretrained": str(folder)}
    shared = {name: settings[name] for name in ("words", "characters")}
    config = check_config({"tasks": {"upos": {}}, **shared, "encoder": encoder}, "test")
    return [variable.numpy() for variable in pretrained_encoder(config).model.network.trainable_variables]


def test_a_tagger_begins_with_the_same_weights_but_for_rounding(word_model_settings, word_language_model, packed):
    for whole, rounded in zip(
        numbers(word_model_settings, word_language_model), numbers(word_model_settings, packed), strict=True
    ):
        np.testing.assert_allclose(rounded, whole, rtol=2.0**-11, atol=2.0**-24)


def test_it_is_whole_and_writes_the_same_text(tagger, word_language_model, packed):
    command = ["--prompt", "The", "--length", "3", "--temperature", "0"]
    assert tagger("generate", packed, *command).out == tagger("generate", word_language_model, *command).out
    assert tagger("check", packed).code == 0


def test_a_table_of_many_rows_has_8_bits_and_a_scale_a_row(tmp_path):
    module, again = tf.Module(), tf.Module()
    rows = np.random.default_rng(1).normal(size=(2_500, 7)).astype(np.float32) * np.logspace(-1, 2, 2_500)[:, None]
    rows[3] = 0
    module.table, module.count = tf.Variable(rows.astype(np.float32)), tf.Variable(7, dtype=tf.int64)
    again.table, again.count = tf.Variable(np.zeros_like(rows, np.float32)), tf.Variable(0, dtype=tf.int64)
    tf.train.Checkpoint(network=module).write(str(tmp_path / "weights"))
    with (tmp_path / "file.npz").open("wb") as file:
        pack_weights(tmp_path / "weights", file)

    assert (tmp_path / "file.npz").stat().st_size < 2_500 * (7 + 2) + 3_000
    with unpacked_weights(tmp_path / "file.npz") as path:
        restore(tf.train.Checkpoint(network=again), path)
    error = np.abs(again.table.numpy() - rows).max(axis=1)
    assert (error <= 0.505 / 127 * np.abs(rows).max(axis=1)).all()
    assert int(again.count) == 7


def test_a_weight_that_16_bits_cannot_hold_is_an_error(tmp_path):
    module = tf.Module()
    module.weight = tf.Variable([70_000.0])
    tf.train.Checkpoint(network=module).write(str(tmp_path / "weights"))

    with pytest.raises(ModelError, match="has a weight above 65,504"):
        pack_weights(tmp_path / "weights", io.BytesIO())


@pytest.mark.parametrize("damage", ["cut", "compressed", "of another network"])
def test_a_damaged_file_is_an_error(tmp_path, packed, damage):
    path = packed / "checkpoint" / "weights.npz"
    file = tmp_path / "weights.npz"
    if damage == "cut":
        file.write_bytes(path.read_bytes()[:-100])
    else:
        arrays = {"a": np.zeros(3, np.float32)}
        (np.savez_compressed if damage == "compressed" else np.savez)(file, **arrays)
    checkpoint = tf.train.Checkpoint(network=tf.Module())
    checkpoint.network.weight = tf.Variable([1.0])

    with pytest.raises(ModelError, match=rf"{file}: damaged"), unpacked_weights(file) as unpacked:
        restore(checkpoint, unpacked, named=file)


def test_the_same_weights_are_the_same_bytes_and_are_not_packed_twice(tagger, word_language_model, packed, tmp_path):
    command = ["export", word_language_model, "--int8", "--output", tmp_path / "again"]
    assert tagger(*command).code == 0
    one, other = (folder / "checkpoint" / "weights.npz" for folder in (packed, tmp_path / "again"))
    assert one.read_bytes() == other.read_bytes()
    assert all(entry.compress_type == zipfile.ZIP_STORED for entry in zipfile.ZipFile(one).infolist())
    done = tagger("export", tmp_path / "again", "--int8", "--output", tmp_path / "twice")
    assert done.code == 1 and "packed already" in done.err
    done = tagger("export", word_language_model)
    assert done.code == 1 and "--int8 --output FOLDER" in done.err
