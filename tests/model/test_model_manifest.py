"""A damaged model is an error and never a tag, and a stranger's model reads nothing outside its folder."""

import os
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from tagger.errors import ModelError
from tagger.model import model_manifest
from tagger.model.model_manifest import check_model_folder, read_model_manifest, write_model_manifest
from tagger.model.shipped_models import SHIPPED_FOLDER
from tagger.model.vector_table import open_vectors
from tagger.runtime.tagger import load

READ = [
    "config.toml",
    "metrics.json",
    "model.onnx",
    "characters.onnx",
    "vocabulary/words.txt",
    "vocabulary/tags.ner.txt",
]


@pytest.fixture
def model(tmp_path) -> Path:
    """A copy of the English model that a test may damage."""
    return Path(shutil.copytree(SHIPPED_FOLDER / "english", tmp_path / "model"))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("damage", ["flipped", "cut", "line ends"])
def test_a_damaged_file_is_an_error_that_names_it(model, name, damage):
    path = model / name
    if damage == "flipped":
        flip(path, 12345)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(ModelError, match=f"{path}: damaged") as error:
        load(model)
    assert "\n" not in str(error.value)
    with pytest.raises(ModelError, match=f"{path}: damaged"):
        check_model_folder(model)


def test_the_card_is_for_tagger_check_alone_and_a_changed_one_is_taken_on_request(model, tagger):
    with (model / "README.md").open("a") as card:
        card.write("Mine.\n")
    assert load(model)("Ada left.")
    assert "README.md: damaged" in tagger("check", model).err
    assert tagger("check", model, "--write-manifest").code == 0
    done = tagger("check", model)
    assert (done.code, done.err) == (0, f"{model}: OK, 21 files as they were written\n")


def test_a_folder_without_a_manifest_loads_but_carriage_returns_are_seen_there_too(model, tagger):
    (model / "manifest.json").unlink()
    assert load(model)("Ada left.")
    assert "has no manifest.json" in tagger("check", model).err
    tags = model / "vocabulary" / "tags.upos.txt"
    tags.write_bytes(tags.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(ModelError, match=r"tags\.upos\.txt: has carriage returns"):
        load(model)


def test_files_missing_or_not_in_the_manifest_are_found(model):
    (model / "metrics.json").unlink()
    assert load(model).tasks  # nothing that tagging reads
    with pytest.raises(ModelError, match=r"metrics\.json: there is no such file"):
        check_model_folder(model)
    (model / "vocabulary" / "vectors.npy").write_bytes(b"")
    with pytest.raises(ModelError, match=r"vectors\.npy: is not in manifest\.json"):
        load(model)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "kind": "model", "files": {"a": 1}}', "["]
)
def test_a_damaged_manifest_is_an_error(model, text):
    (model / "manifest.json").write_text(text)
    with pytest.raises(ModelError, match=r"manifest\.json: (cannot be read|is of another version)"):
        load(model)


def test_a_large_table_of_vectors_is_left_to_tagger_check(tmp_path, monkeypatch):
    (tmp_path / "vocabulary").mkdir()
    vectors = tmp_path / "vocabulary" / "vectors.npy"
    vectors.write_bytes(b"x" * 1000)
    write_model_manifest(tmp_path)
    monkeypatch.setattr(model_manifest, "CHECKED_WHOLE", 999)
    flip(vectors, 5)
    check_vectors = lambda: read_model_manifest(tmp_path).check("vocabulary/vectors.npy".__eq__)  # noqa: E731
    check_vectors()
    with pytest.raises(ModelError, match=r"vectors\.npy: damaged"):
        check_model_folder(tmp_path)
    vectors.write_bytes(b"x" * 999)
    with pytest.raises(ModelError, match="999 bytes where 1,000 were written"):
        check_vectors()


@pytest.mark.parametrize("name", ["vocabulary/words.txt", "model.onnx", "vocabulary"])
def test_a_link_that_leads_out_of_the_folder_is_an_error(model, tmp_path, name):
    (model / name).rename(tmp_path / "elsewhere")
    (model / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="link that leads out of the model folder"):
        load(model)


def test_a_pipe_in_the_folder_is_an_error_and_not_waited_for(model):
    (model / "metrics.json").unlink()
    os.mkfifo(model / "metrics.json")
    with pytest.raises(ModelError, match=r"metrics\.json: is neither a file nor a folder"):
        load(model)


def external(model: Path, name: str, change) -> None:
    network = onnx.load(model / name)
    change(network)
    (model / name).write_bytes(network.SerializeToString())
    write_model_manifest(model)


def test_tensors_in_other_files_are_refused_wherever_they_stand(model, tmp_path):
    def move(tensor: onnx.TensorProto) -> None:
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="../secret")

    (tmp_path / "secret").write_bytes(bytes(100))
    external(model, "characters.onnx", lambda network: move(network.graph.initializer[0]))
    with pytest.raises(ModelError, match=r"characters\.onnx: damaged \(it keeps numbers in other files"):
        load(model)
    external(
        model, "model.onnx", lambda network: move(network.graph.node[0].attribute.add(name="x").g.initializer.add())
    )
    with pytest.raises(ModelError, match=r"model\.onnx: damaged \(it keeps numbers in other files"):
        load(model)


def test_damaged_metadata_is_an_error(model):
    content = (model / "model.onnx").read_bytes()
    assert content.count(b"float32") or content.count(b"int8")
    (model / "model.onnx").write_bytes(content.replace(b"tagger", b"t\xffgger").replace(b"int8", b"\xff\xfe\xfd\xfc"))
    (model / "manifest.json").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx: damaged"):
        load(model)


def test_scores_that_are_no_numbers_are_an_error(model):
    def damage(network: onnx.ModelProto) -> None:
        for tensor in network.graph.initializer:
            if tensor.data_type == onnx.TensorProto.FLOAT:
                tensor.raw_data = np.full(tensor.dims, np.nan, np.float32).tobytes()

    external(model, "model.onnx", damage)
    for scores in (True, False):
        with pytest.raises(ModelError, match=r"no numbers"):
            load(model)("Ada left.", scores=scores)


WRONG = {
    "[words]": "[[words]]",
    "lowercase = true": 'lowercase = "no"',
    'encoder = "convolution"': "encoder = 3",
    "max_length = ": "max_length = -",
    "[tasks.upos]": '[tasks."u\\u0000s"]',
    "[tasks.xpos]": '[tasks."../../words"]',
    "[tasks.ner]": "[tasks.tokens]",
    'scheme = "IOB2"': 'scheme = "IOBES"',
    "[vectors]": "[vectors.path]",
    "[shape]": "[shape.dimension]",
    "[training]": "[trained]",
    "seed = ": "seed = " + "9" * 5000,
}


@pytest.mark.parametrize(("right", "wrong"), WRONG.items(), ids=WRONG)
def test_a_configuration_that_cannot_be_is_an_error_with_onnx_too(model, right, wrong):
    config = model / "config.toml"
    text = config.read_text(encoding="utf-8")
    assert right in text
    config.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    (model / "manifest.json").unlink()
    with pytest.raises(ModelError, match=r"config\.toml: cannot be read \(") as error:
        load(model)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


HEADERS = [
    b"{'shape': " + b"(" * 5000,
    b"{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }",
    b"\xff" * 60,
    b"1" * 5000,
]
HEADERS += [
    f"{{'descr': '<f4', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    for order, shape in (
        ("False", "(3, 10**30)"),
        ("False", "(3, 99999999999999999)"),
        ("False", "(-3, 2)"),
        ("0", "(3, 2)"),
        ("True", "3"),
    )
]


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_a_damaged_header_of_vectors_is_an_error(tmp_path, header):
    (tmp_path / "vectors.txt").write_text("a\nb\n")
    (tmp_path / "vectors.npy").write_bytes(
        b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(24)
    )
    with pytest.raises(ModelError, match=r"vectors\.npy: ") as error:
        open_vectors(tmp_path, tuned=False)
    assert "\n" not in str(error.value)
