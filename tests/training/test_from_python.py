"""`tagger.train` on sentences that a program holds. One training, which Ctrl-C ends, serves most tests."""

import gc
import io
import json
import pickle
from contextlib import redirect_stderr

import pytest

import tagger
from tagger.config.load import load_config
from tagger.errors import ConfigError, DataError, ModelError
from tagger.model.folder import CONFIG_FILE
from tagger.training import from_python
from tagger.training.callbacks import as_callbacks

SMALL = {
    "words.dimension": 8,
    "characters.encoder": "none",
    "encoder.units": 8,
    "tasks": {"ner": {}},
    "training": {"epochs": 9, "batch_size": 4, "learning_rate": 0.05, "average": 0.0},
}


@pytest.fixture(scope="module")
def sentences(tiny_corpus):
    """The sentences of train as pairs of words and tags of entities."""
    return [(sentence.words, sentence.tags["ner"]) for sentence in tagger.read(tiny_corpus, split="train")]


@pytest.fixture(scope="module")
def interrupted(sentences):
    """A training of nine epochs that Ctrl-C ends after two: the model, what callbacks got, and what was printed."""
    seen = []

    def press_ctrl_c(scores):
        seen.append(scores)
        if scores.epoch == 2:
            raise KeyboardInterrupt

    with redirect_stderr(io.StringIO()) as printed:
        model = tagger.train(sentences, test=sentences, config=SMALL, callbacks=[press_ctrl_c])
    return model, seen, printed.getvalue().splitlines()


def test_callbacks_get_the_scores_of_each_epoch(interrupted):
    model, seen, _ = interrupted
    history = json.loads((model.folder / "metrics.json").read_text())["history"]
    assert [(each.epoch, each.epochs) for each in seen] == [(1, 9), (2, 9)]
    for scores, noted in zip(seen, history, strict=True):
        assert (scores.loss, scores.scores, scores.seconds) == (noted["loss"], noted["dev"], noted["seconds"])
    assert seen[0].is_best and list(seen[0].scores) == ["ner"]


def test_ctrl_c_keeps_the_best_epoch_and_says_so(interrupted):
    model, seen, printed = interrupted
    metrics = json.loads((model.folder / "metrics.json").read_text())
    best = max(each.epoch for each in seen if each.is_best)
    assert (metrics["epochs"], metrics["best_epoch"]) == (2, best)
    assert f"interrupted in epoch 3: epoch {best}, the best so far, is kept" in printed
    assert "dev" in metrics and "test" in metrics


def test_what_is_printed_is_what_the_command_prints_and_the_cut_of_dev(interrupted):
    _, _, printed = interrupted
    assert printed[0] == "no dev split is given: every tenth sentence of train is taken for it (2 of 20 sentences)"
    assert any(line.startswith("epoch 2/9: loss ") for line in printed)
    known = ("no dev", "warning: only 18", "18 sentences", "epoch ", "interrupted", "done after", "dev", "ner:", "test")
    assert [line for line in printed if not line.startswith(known)] == []  # nothing of TensorFlow
    assert [line.partition(":")[0] for line in printed if line.startswith(("dev ", "test "))] == ["dev ner", "test ner"]


def test_a_model_of_a_temporary_folder_is_saved_to_another(interrupted, tmp_path):
    model, _, _ = interrupted
    model.save(tmp_path / "models" / "kept")
    text = "Ada left Paris."
    assert tagger.load(tmp_path / "models" / "kept")(text) == model(text) == pickle.loads(pickle.dumps(model))(text)
    with pytest.raises(ModelError, match="kept: exists already; name another folder"):
        model.save(tmp_path / "models" / "kept")
    with pytest.raises(ModelError, match="only a model that was loaded from its folder can be saved"):
        model.with_segmenter(None).save(tmp_path / "other")


@pytest.fixture
def trained(monkeypatch, tiny_model):
    """Calls `tagger.train` with a training that copies a model; returns the configuration, folder and options."""
    calls = []

    def copy(config, corpora, folder, options):
        calls.append((config, folder, options))
        tagger.load(tiny_model).save(folder)
        return {"seconds": 0.0, "best_epoch": 1}

    monkeypatch.setattr(from_python, "train_folder", copy)

    def train(*arguments, **options):
        model = tagger.train(*arguments, progress=False, **options)
        return model, *calls.pop()

    return train


@pytest.mark.filterwarnings("ignore:only")
def test_a_temporary_folder_lives_as_long_as_its_tagger(trained, sentences):
    model, _, folder, _ = trained(sentences)
    assert folder.is_dir() and model.folder == folder
    del model
    gc.collect()
    assert not folder.parent.exists()


def test_the_configuration_is_the_recipe_a_dictionary_or_what_is_given(trained, sentences, tiny_config, tmp_path):
    assert trained(sentences)[1].training.epochs == 60
    config = trained(sentences, config={"training.epochs": 3, "tasks": ["ner"]})[1]
    assert (config.training.epochs, config.tasks["ner"].decoder) == (3, "crf")
    named = trained(sentences, config={"tasks": {"entities": {"decoder": "softmax"}}})[1]
    assert named.tasks["entities"].decoder == "softmax"
    both = [(words, {"ner": tags, "upos": tags}) for words, tags in sentences]
    from_file = trained(both, config=tiny_config)[1]
    assert from_file.encoder.units == 8
    assert trained(both, config=from_file)[1] is from_file
    _, _, folder, options = trained(sentences, output=tmp_path / "mine", resume=True)
    assert (folder, options.resume, options.overwrite) == (tmp_path / "mine", True, False)


def test_a_model_to_begin_with_brings_its_settings_and_the_names_of_its_tasks(trained, sentences, tiny_model):
    settings = load_config(tiny_model / CONFIG_FILE)
    config = trained(sentences, init=tiny_model, config={"training.epochs": 3})[1]
    assert (config.init.model, config.training.epochs, list(config.tasks)) == (str(tiny_model), 3, ["ner"])
    assert config.encoder == settings.encoder
    with_file = trained(sentences, config=config, init="english")[1]
    assert (with_file.init.model, with_file.encoder) == ("english", config.encoder)


def test_tags_that_are_all_the_same_are_not_learned(trained, sentences):
    both = [(words, {"ner": tags, "langs": ["en"] * len(words)}) for words, tags in sentences]
    with pytest.warns(UserWarning, match="langs: every word of train has the same tag, so it is not learned"):
        assert list(trained(both)[1].tasks) == ["ner"]


def test_ctrl_c_before_an_epoch_is_finished_says_so(monkeypatch, sentences, capsys, tmp_path):
    def press_ctrl_c(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(from_python, "train_folder", press_ctrl_c)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        tagger.train(sentences)
    assert "interrupted: the training has made no model\n" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_trained_says_why(sentences, tmp_path):
    with pytest.raises(ConfigError, match=r"config: unknown key 'training.epoch': did you mean 'training.epochs'\?"):
        tagger.train(sentences, config={"training.epoch": 3})
    with pytest.raises(DataError, match="train, sentence 21: 1 words but 2 tags of 'tags'"):
        tagger.train([*sentences, (["Ada"], ["O", "O"])])
    with pytest.raises(DataError, match="task 'upos' of the configuration: no sentence has tags of it, only of ner"):
        tagger.train(sentences, config={"tasks": ["upos", "ner"]})
    with pytest.raises(DataError, match=r"train, sentence 1: .*--labels FILE gives .*labels= of tagger\.read"):
        tagger.train([{"tokens": ["Ada"], "ner_tags": [0]}])
    for wrong in (5, ["loss"], [print, None]):
        with pytest.raises(ConfigError, match=r"callbacks: .* is no function"):
            tagger.train(sentences, callbacks=wrong)
    assert as_callbacks(print) == as_callbacks([print]) == (print,)
    several = tmp_path / "several.toml"
    several.write_text('[[corpora]]\npath = "a"\n[tasks.ner]\n')
    with pytest.raises(ConfigError, match=r"this configuration has \[\[corpora\]\]"):
        tagger.train(sentences, config=several)
