"""What `tagger package` writes: wheels that pip installs, zip files, and the same bytes each time."""

import base64
import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import tagger as package
from tagger.errors import ConfigError, DataError, ModelError
from tagger.model.folder import open_model
from tagger.model.shipped_models import find_model, known_names
from tagger.service.served_models import ServedModels
from tagger.sharing.package_model import PackageOptions, package_model

ROOT = Path(__file__).parents[2]
TEXT = "Ada Lovelace sees New York."


def quiet(message: str) -> None:
    """Is told what others should know of a model."""


@pytest.fixture(scope="module")
def wheel(tiny_model, tmp_path_factory):
    """A wheel of the tiny model. Leave it as it is."""
    options = PackageOptions("Pets_NER", "2.0rc1", "CC0-1.0", language="English")
    return package_model(tiny_model, tmp_path_factory.mktemp("wheel"), options, say=quiet)


def test_a_wheel_is_installed_by_pip_and_found_by_name(wheel, tiny_model, tmp_path, monkeypatch, tagger):
    site = tmp_path / "site"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "--target",
        site,
    ]
    done = subprocess.run([*pip, wheel], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    monkeypatch.syspath_prepend(str(site))

    for name in ("pets-ner", "Pets_NER"):
        assert package.load(name)(TEXT) == package.load(tiny_model)(TEXT)
    (listed,) = (each for each in json.loads(tagger("models", "--json").out) if each["name"] == "pets-ner")
    assert (listed["source"], listed["version"]) == ("package tagger-model-pets-ner 2.0rc1", "2.0rc1")
    assert (listed["tasks"], listed["licence"], listed["language"]) == (["upos", "ner"], "CC0-1.0", "English")
    assert tagger("check", "pets-ner").code == 0
    done = tagger("tag", "none", "--model", "dogs")
    assert not any(name.startswith("tagger_model") for name in sys.modules)
    with pytest.raises(ModelError, match="installed by packages are pets-ner"):
        package.load("dogs")


def test_a_wheel_has_the_parts_of_pep_427_and_no_code(wheel):
    assert wheel.name == "tagger_model_pets_ner-2.0rc1-py3-none-any.whl"
    about = "tagger_model_pets_ner-2.0rc1.dist-info"
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        records = list(csv.reader(io.StringIO(opened.read(f"{about}/RECORD").decode())))
        for name, digest, size in records[:-1]:
            content = opened.read(name)
            expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            assert (digest, size) == (f"sha256={expected}", str(len(content)))
        metadata = opened.read(f"{about}/METADATA").decode()
    assert [name for name, *_ in records] == names and records[-1] == [f"{about}/RECORD", "", ""]
    assert not any(name.endswith(".py") or "/checkpoint/" in name or "/logs/" in name for name in names)
    head, _, card = metadata.partition("\n\n")
    assert "Name: tagger-model-pets-ner\nVersion: 2.0rc1\n" in head and "\nLicense: CC0-1.0\n" in head
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"\nRequires-Python: {project['requires-python']}\n" in head
    assert card.startswith("# tiny\n")


def test_the_same_model_gives_the_same_bytes(wheel, tiny_model, tmp_path, archive):
    copy = shutil.copytree(tiny_model, tmp_path / "copy", copy_function=shutil.copyfile)
    options = PackageOptions("Pets_NER", "2.0rc1", "CC0-1.0", language="English")
    assert package_model(copy, tmp_path, options, say=quiet).read_bytes() == wheel.read_bytes()
    # A package made of an archive is that of the folder.
    assert package_model(archive, tmp_path / "of-zip", options, say=quiet).read_bytes() == wheel.read_bytes()


def test_a_zip_file_and_a_wheel_are_loaded_as_they_are(wheel, archive, tiny_model, tagger, cache):
    expected = package.load(tiny_model)(TEXT)
    for path in (wheel, archive):
        assert package.load(path)(TEXT) == package.load(str(path))(TEXT) == expected
    assert package.load(archive).folder.name == "pets"
    assert list(ServedModels([str(wheel), str(archive)]).by_name) == ["pets-ner", "pets"]
    listed = [each for each in json.loads(tagger("models", "--json").out) if each["source"].startswith("unpacked")]
    assert sorted(each["name"] for each in listed) == ["pets", "pets-ner"]
    assert {each["source"] for each in listed} == {f"unpacked from {path}" for path in (wheel, archive)}
    # Both are found by their names from now on, as long as no other has the same.
    assert find_model("Pets").samefile(find_model(archive)) and find_model("pets_ner").samefile(find_model(wheel))
    assert list(ServedModels(["pets"]).by_name) == ["pets"] and set(known_names()) >= {"pets", "pets-ner"}
    assert "\npets\n" in tagger("models").out
    with pytest.raises(ModelError, match=r"those in the cache are .*pets"):
        find_model("dogs")
    # A model of the cache that is damaged is said, and hides no other.
    (package.load(archive).folder / "config.toml").write_text("", encoding="utf-8")
    done = tagger("models", "--json")
    assert "config.toml: damaged" in done.err and "pets-ner" in done.out


def test_the_command_says_what_to_do_with_the_file(tiny_model, tmp_path, tagger):
    done = tagger("package", tiny_model, "--output", tmp_path / "dist")
    assert done.code == 0, done.err
    path = tmp_path / "dist" / "tagger_model_tiny-1.0.0-py3-none-any.whl"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"pip install {path}, then --model tiny\n" in done.err and f".whl#sha256={digest}'" in done.err
    assert "no licence is named" in done.err
    assert tagger("package", tiny_model, "--output", tmp_path / "dist").err.startswith(
        f"tagger: {path}: exists already"
    )
    assert tagger("package", tiny_model, "--output", tmp_path / "dist", "--overwrite").code == 0


def test_a_model_for_training_further_keeps_its_weights(tiny_model, tmp_path):
    for format, has_checkpoint in (("zip", True), ("wheel", False)):
        options = PackageOptions(checkpoint=has_checkpoint)
        path = package_model(tiny_model, tmp_path, options, format=format, say=quiet)
        assert open_model(find_model(path)).has_checkpoint == has_checkpoint


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ('{"corpora": [], "language": "\\u001b[31mRed"}', "is not one line of text"),
        ('{"corpora": [], "licence": 1}', "is not one line of text"),
        ('{"corpora": "news"}', "'corpora' is no list"),
        ('{"corpora": [], "scores": [1]}', "'scores' is no object"),
        ('{"corpora": [], "scores": {"test": {"ner": "1"}}}', "is no number"),
        ("[]", "is no object"),
    ],
)
def test_what_a_model_says_of_itself_must_be_plain(tiny_model, tmp_path, about, why):
    folder = shutil.copytree(tiny_model, tmp_path / "pets")
    (folder / "about.json").write_text(about, encoding="utf-8")
    (folder / "manifest.json").unlink()
    with pytest.raises(ModelError, match=why):
        package_model(folder, tmp_path / "dist", PackageOptions(), say=quiet)


def test_a_model_may_not_say_that_it_is_another_and_a_damaged_one_hides_no_other(archive, tagger, cache):
    other = find_model(archive)
    for name in ("a", "b"):
        shutil.copytree(other.parent, cache / (name * 64))
    with pytest.raises(ModelError, match="pets: 3 models in the cache have this name: give the folder of one") as error:
        find_model("pets")
    assert f"\n  {other} (unpacked from {archive})" in str(error.value)
    assert "pets" not in known_names()
    assert tagger("models").out.count("\npets (another model has this name: --model takes the folder)\n") == 3
    claims = {"name": "english", "folder": "/", "source": "", "size": 1, "corpora": []}
    (cache / ("a" * 64) / "pets" / "about.json").write_text(json.dumps(claims), encoding="utf-8")
    (cache / ("b" * 64) / "pets" / "about.json").write_text('{"corpora": [], "scores": 1}', encoding="utf-8")
    listed = tagger("models", "--json")
    found = {each["folder"]: each["name"] for each in json.loads(listed.out)}
    assert found[str(other)] == "pets" and "/" not in found
    assert "about.json: cannot be read ('folder' is nothing that a model may say of itself)" in listed.err
    assert "about.json: cannot be read ('scores' is no object" in listed.err


def test_paths_on_this_machine_are_said_of_every_file(tiny_model, tmp_path):
    folder, said = shutil.copytree(tiny_model, tmp_path / "pets"), []
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    metrics["corpora"] = [{"name": "pets", "path": "/home/ada/pets"}, {"name": "dogs", "path": "/home/ada/dogs"}]
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    (folder / "manifest.json").unlink()
    package_model(folder, tmp_path / "dist", PackageOptions(), say=said.append)
    assert any(
        "in metrics.json, 2 times, where files are on this machine, such as /home/ada/pets" in each for each in said
    )


def test_what_cannot_be_a_package_is_refused(tiny_model, tmp_path):
    for options, why in [
        (PackageOptions(name="a b"), "'a b' cannot be the name"),
        (PackageOptions(version="v1"), "'v1' is no version"),
        (PackageOptions(name="English"), "'english' is the name of a model that comes with tagger"),
        (PackageOptions(licence="MIT\nName: numpy"), "not one line"),
    ]:
        with pytest.raises(ConfigError, match=why):
            package_model(tiny_model, tmp_path / "dist", options, say=quiet)
    with pytest.raises(ModelError, match=r"english: has no checkpoint to pack.*leave --checkpoint out"):
        package_model("english", tmp_path / "dist", PackageOptions(name="mine", checkpoint=True), say=quiet)
    with pytest.raises(DataError, match="none: cannot be read"):
        package_model(tiny_model, tmp_path / "dist", PackageOptions(licence_file=tmp_path / "none"), say=quiet)
    damaged = shutil.copytree(tiny_model, tmp_path / "damaged")
    (damaged / "README.md").write_text("other", encoding="utf-8")
    with pytest.raises(ModelError, match=r"README\.md: damaged"):
        package_model(damaged, tmp_path / "dist", PackageOptions(), say=quiet)
    assert not (tmp_path / "dist").exists() or not list((tmp_path / "dist").iterdir())
