import json
import re
import shutil
from pathlib import Path

import pytest

import tagger as package
from tagger.errors import ModelError
from tagger.model import shipped_models as models
from tagger.model.shipped_models import ABOUT_FILE, find_model, model_names, shipped_models
from tagger.text.layout import Layout
from tagger.text.render import render_sentence


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """An empty folder in place of that of the shipped models."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "README.md").touch()
    monkeypatch.setattr(models, "SHIPPED_FOLDER", folder)
    monkeypatch.setenv("TAGGER_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def english(shipped, tiny_model):
    """The tiny model, as the shipped model named `english`."""
    return shutil.copytree(tiny_model, shipped / "english")


def test_a_model_is_found_by_name_and_the_default_is_english(shipped, english, tiny_model):
    shutil.copytree(tiny_model, shipped / "latin")
    assert find_model("latin") == shipped / "latin"
    assert find_model("english") == find_model(None) == english
    assert package.load().tasks == package.load("english").tasks == ("upos", "ner")


def test_an_existing_path_wins_over_a_name_but_not_over_the_default(english, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "english").mkdir()
    assert find_model("english").resolve() == tmp_path / "english"
    assert find_model(None) == english


def test_an_unknown_name_is_an_error_that_lists_the_names(english):
    with pytest.raises(ModelError, match=r"^latin: no such model folder, .*: those that come .* are english; "):
        package.load("latin")


def test_an_install_without_models_says_so(shipped, tagger, tmp_path):
    (tmp_path / "text").write_text("She left.", encoding="utf-8")
    done = tagger("tag", tmp_path / "text")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("tagger: no model was named, and none comes with this install: give the folder of one")
    with pytest.raises(ModelError, match=r"english: no such model folder, .*: none comes with this install"):
        package.load("english")
    done = tagger("models")
    assert (done.code, done.out) == (0, "")
    assert "no model comes with this install" in done.err
    assert tagger("models", "--json").out == "[]\n"


def test_the_command_tags_and_scores_by_name(english, tagger, tiny_model, tiny_corpus, tmp_path):
    (tmp_path / "text").write_text("Ada sees Paris.", encoding="utf-8")
    expected = tagger("tag", tmp_path / "text", "--model", tiny_model).out
    for options in ([], ["--model", "english"]):
        assert tagger("tag", tmp_path / "text", *options).out == expected
    assert tagger("eval", "english", tiny_corpus).out == tagger("eval", tiny_model, tiny_corpus).out


def test_models_are_listed_with_their_descriptions(shipped, english, tagger, tiny_model):
    shutil.copytree(tiny_model, shipped / "bare")
    about = {"language": "English", "corpora": ["a", "b"], "licence": "CC0-1.0", "scores": {"a test": {"upos": 0.9512}}}
    (english / ABOUT_FILE).write_text(json.dumps(about), encoding="utf-8")
    bare, described = shipped_models()
    assert (bare.name, bare.tasks, bare.licence, bare.scores) == ("bare", ("upos", "ner"), "", {})
    assert (described.language, described.corpora, described.licence) == ("English", ("a", "b"), "CC0-1.0")
    assert described.size > bare.size > 1000
    lines = tagger("models").out.splitlines()
    assert lines[0] == "bare" and "english (tags where no --model is given)" in lines
    assert "  licence   CC0-1.0" in lines and "  scores    a test: upos 95.12" in lines
    assert json.loads(tagger("models", "--json").out)[1]["scores"] == {"a test": {"upos": 0.9512}}


def test_a_damaged_description_is_an_error(english):
    for content in ("{", "[]", "{}", '{"corpora": [], "colour": "blue"}'):
        (english / ABOUT_FILE).write_text(content, encoding="utf-8")
        with pytest.raises(ModelError, match=r"about\.json: cannot be read"):
            shipped_models()


@pytest.mark.skipif("english" not in model_names(), reason="no English model comes with this install")
def test_the_english_model_tags_the_readmes_example_as_it_says():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    text, expected = re.search(r'echo "(.*)" \| \S*tagger tag --format brackets +# (.*)', readme).groups()
    (sentence,) = package.load("english")(text)
    assert render_sentence(sentence, "brackets", Layout(("ner",), ("ner",))).strip() == expected


@pytest.mark.parametrize("name", model_names())
def test_a_shipped_model_is_small_and_names_its_licence(name):
    info = next(model for model in shipped_models() if model.name == name)
    assert info.size <= {"english": 14_000_000, "english-small": 4_000_000}[name]
    assert info.licence and info.corpora and info.scores
    for file in ("LICENSE", "README.md"):
        assert find_model(name).joinpath(file).stat().st_size > 500
    (sentence,) = package.load(name)("Ada Lovelace was born in London.")
    assert set(sentence.tags) == set(info.tasks)
    if name == "english":
        assert [(span.text, span.label) for span in sentence.spans("ner")][-1] == ("London", "LOC")
