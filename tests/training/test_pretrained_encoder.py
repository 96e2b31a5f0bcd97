"""Taggers that begin with a language model of words."""

import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tagger import load
from tagger.backend import tf
from tagger.config.load import check_config, check_pretraining_config
from tagger.corpus.read import open_corpus
from tagger.errors import ConfigError, ModelError
from tagger.model.language_model_folder import open_language_model
from tagger.model.vocabulary import FIRST_WORD, UNKNOWN, Vocabulary
from tagger.network.network import Network
from tagger.network.saved_language_model import load_language_model
from tagger.network.vocabularies import Vocabularies
from tagger.pretraining.pretrain import pretrain
from tagger.training.initial_config import doubts_about_beginning
from tagger.training.options import TrainingOptions
from tagger.training.pretrained_encoder import open_pretrained, pretrained_encoder
from tagger.training.train import train

SEED = tf.constant([0, 0])


@pytest.fixture
def settings(word_model_settings, word_language_model):
    """The settings of a tagger that begins with the model of two sentences."""
    shared = {name: word_model_settings[name] for name in ("words", "characters")}
    encoder = word_model_settings["encoder"] | {"pretrained": str(word_language_model)}
    return {"tasks": {"upos": {}}, **shared, "encoder": encoder, "segmenter": {"train": "never"}}


def vocabularies_of(counts):
    words = Vocabulary(tuple(sorted(counts, key=lambda word: (-counts[word], word))), FIRST_WORD)
    tags = {"upos": Vocabulary(("A", "B"), 1)}
    return Vocabularies(words, Vocabulary(tuple("xyt"), FIRST_WORD), tags, FIRST_WORD)


def test_words_of_the_corpus_come_first_then_those_of_the_language_model_then_the_rare(settings):
    counts = Counter({"bird": 5, "cat": 1, "fish": 1, "dog": 3})
    pretrained = pretrained_encoder(check_config(settings, "test"))
    joined = pretrained.joined(vocabularies_of(counts), counts)
    assert joined.words.entries[:3] == ("bird", "dog", "cat")
    assert set(joined.words.entries[3:-1]) == {".", "the", "sat", "a", "ran"}
    assert joined.words.entries[-1] == "fish" and joined.first_singleton == FIRST_WORD + 8
    assert set(joined.characters.entries) == set("TheAcdogsatrn.") | set("xyt")
    assert joined.characters.entries[-2:] == ("x", "y")  # t is known


def batch_of(vocabularies, config, words):
    return vocabularies.lookup(config).inputs(tf.ragged.constant([words]))


def test_a_tagger_encodes_words_as_its_language_model_does(settings, word_language_model):
    config = check_config(settings, "test")
    counts = Counter({"bird": 5, "fish": 1})
    pretrained = pretrained_encoder(config)
    vocabularies = pretrained.joined(vocabularies_of(counts), counts)
    network = Network(config, vocabularies.sizes)
    pretrained.give(network, vocabularies)
    model = load_language_model(open_language_model(word_language_model))
    for words in (["The", "cat", "sat", "."], ["a", "bird"]):  # the language model reads `bird` as unknown
        expected = model.network.encode(model.lookup.inputs(tf.ragged.constant([words])), False, SEED)
        found = network.encode(batch_of(vocabularies, config, words), False, SEED)
        known = [word for word in words if word != "bird"]
        np.testing.assert_allclose(found[:, : len(known)], expected[:, : len(known)], atol=1e-6)
    table = network.words.table.numpy()
    np.testing.assert_array_equal(table[vocabularies.words.ids["bird"]], model.network.words.table[UNKNOWN])
    assert not table[0].any()


def test_further_features_leave_what_the_language_model_gave(settings, word_language_model):
    given = {"pos": {"dimension": 3, "dropout": 0.0}}
    config = check_config({**settings, "given": given}, "test")
    pretrained = pretrained_encoder(config)
    vocabularies = pretrained.joined(vocabularies_of({}), {})
    vocabularies = replace(vocabularies, given={"pos": Vocabulary(("N",), FIRST_WORD)})
    network = Network(config, vocabularies.sizes)
    pretrained.give(network, vocabularies)
    network.given["pos"].table.assign(tf.zeros_like(network.given["pos"].table))
    model = load_language_model(open_language_model(word_language_model))
    words = ["The", "cat", "sat", "."]
    batch = batch_of(vocabularies, config, words) | {"given/pos": tf.fill([1, 4], 2)}
    expected = model.network.encode(model.lookup.inputs(tf.ragged.constant([words])), False, SEED)
    np.testing.assert_allclose(network.encode(batch, False, SEED), expected, atol=1e-6)
    network.given["pos"].table.assign(tf.ones_like(network.given["pos"].table))
    assert not np.allclose(network.encode(batch, False, SEED), expected)  # they are read


def test_what_differs_is_refused_by_name(settings, character_model):
    other = settings | {"words": {"dimension": 9}, "encoder": settings["encoder"] | {"cell": "gru"}}
    message = r"pets has words\.dimension = 8, not 9; words\.lowercase = True, not False; encoder\.cell = 'lstm', not"
    with pytest.raises(ConfigError, match=message):
        pretrained_encoder(check_config(other, "test"))
    other = settings | {"encoder": settings["encoder"] | {"pretrained": str(character_model)}}
    with pytest.raises(ConfigError, match=r"abab is a language model of characters: give one of words"):
        pretrained_encoder(check_config(other, "test"))
    assert pretrained_encoder(check_config({"tasks": {"upos": {}}}, "test")) is None


@pytest.fixture
def corpus(tiny_corpus):
    with open_corpus(tiny_corpus) as opened:
        yield opened


def trained(settings, corpus, output, **training):
    training = {"epochs": 2, "batch_size": 4, "learning_rate": 0.01} | training
    task = next(iter(corpus.tasks))
    config = check_config(settings | {"tasks": {task: {}}, "training": training}, "test")
    train(config, [corpus], output, TrainingOptions(say=print))
    return tf.train.load_checkpoint(str(output / "checkpoint" / "weights"))


def test_a_tagger_knows_the_words_of_its_language_model(settings, corpus, tmp_path):
    trained(settings, corpus, tmp_path / "model")
    tagger = load(tmp_path / "model")
    assert tagger.knows("Dog") and not tagger.knows("unheard-of")
    assert [len(sentence) for sentence in tagger("The dog ran.")] == [4]


@pytest.mark.slow
def test_weights_are_frozen_for_some_epochs_and_learn_at_their_own_rate(
    settings, corpus, word_language_model, tmp_path
):
    kernel = "network/encoder/forward/cells/0/cell/kernel/.ATTRIBUTES/VARIABLE_VALUE"
    model = load_language_model(open_language_model(word_language_model))
    given = model.network.encoder.forward.cells[0].cell.kernel.numpy()
    kept = settings | {"pretrained": {"frozen_epochs": 2}}
    frozen = trained(kept, corpus, tmp_path / "frozen")
    np.testing.assert_array_equal(frozen.get_tensor(kernel), given)
    projections = [name for name in frozen.get_variable_to_shape_map() if "projections" in name and "bias" in name]
    assert projections and all(frozen.get_tensor(name).any() for name in projections)
    changes = []
    for rate in (0.0001, 0.005):
        slow = trained(settings | {"pretrained": {"learning_rate": rate}}, corpus, tmp_path / f"rate-{rate}")
        changes.append(np.abs(slow.get_tensor(kernel) - given).max())
    assert 0 < changes[0] < changes[1] / 5
    usual = trained(settings, corpus, tmp_path / "usual")  # half of 0.01, the rate of training
    assert np.abs(usual.get_tensor(kernel) - given).max() == changes[1]


@pytest.mark.slow
def test_a_run_that_began_with_another_language_model_is_not_resumed(
    settings, corpus, word_language_model, word_model_settings, pets, tmp_path
):
    moved, output = tmp_path / "moved", tmp_path / "tagger"
    shutil.copytree(word_language_model, moved)
    trained(settings, corpus, output, epochs=1, decay="none")
    began = settings | {"encoder": settings["encoder"] | {"pretrained": str(moved)}}
    task = next(iter(corpus.tasks))
    values = began | {"tasks": {task: {}}, "training": {"epochs": 2, "batch_size": 4, "learning_rate": 0.01}}
    values["training"]["decay"] = "none"
    resumed = TrainingOptions(resume=True, say=print)
    train(check_config(values, "test"), [corpus], output, resumed)  # the same one may have moved
    config = check_pretraining_config({**word_model_settings, "seed": 2}, "test")
    pretrain(config, [str(pets)], moved, overwrite=True, say=print)
    values["training"]["epochs"] = 3
    with pytest.raises(ConfigError, match=r"or with another language model than .*moved"):
        train(check_config(values, "test"), [corpus], output, resumed)
    shutil.rmtree(moved)
    with pytest.raises(ModelError, match="moved: no such model folder"):
        train(check_config(values, "test"), [corpus], output, resumed)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tagger"]  # nothing was begun


def test_settings_without_effect_may_differ_and_those_of_pretraining_need_a_language_model(settings):
    config = check_config({**settings, "characters": settings["characters"] | {"units": 77}}, "test")
    open_pretrained(config)  # the convolution has no units
    with pytest.raises(ConfigError, match=r"\[pretrained\] goes with encoder\.pretrained"):
        check_config({"tasks": {"upos": {}}, "pretrained": {"frozen_epochs": 1}}, "test")


def test_what_stays_frozen_in_all_epochs_of_a_model_or_of_its_teachers_is_said(settings):
    for frozen, more, expected in (
        (2, {"training": {"epochs": 2}}, ["leaves none of 2 epochs"]),
        (2, {"training": {"epochs": 3}, "distillation": {"teachers": 1, "epochs": 1}}, ["leaves none of 1 epochs"]),
        (2, {"training": {"epochs": 3}}, []),
    ):
        config = check_config({**settings, "pretrained": {"frozen_epochs": frozen}, **more}, "test")
        doubts = list(doubts_about_beginning(config, config))
        assert len(doubts) == len(expected) and all(map(str.__contains__, doubts, expected))


@pytest.mark.slow
def test_a_cell_whose_weights_cannot_take_further_features_is_refused(word_model_settings, pets, tmp_path):
    encoder = word_model_settings["encoder"] | {"cell": "weighted_gru"}
    training = word_model_settings["training"] | {"epochs": 1}
    folder = tmp_path / "model"
    config = check_pretraining_config({**word_model_settings, "encoder": encoder, "training": training}, "test")
    pretrain(config, [str(pets)], folder, say=print)
    shared = {name: word_model_settings[name] for name in ("words", "characters")}
    values = {"tasks": {"upos": {}}, **shared, "encoder": encoder | {"pretrained": str(folder)}}
    pretrained = pretrained_encoder(check_config(values, "test"))
    vocabularies = pretrained.joined(vocabularies_of({}), {})
    pretrained.give(Network(check_config(values, "test"), vocabularies.sizes), vocabularies)
    more = check_config(values | {"given": {"pos": {}}}, "test")
    vocabularies = replace(vocabularies, given={"pos": Vocabulary(("N",), FIRST_WORD)})
    with pytest.raises(ConfigError, match="this cell cannot begin with a language model that reads fewer features"):
        pretrained.give(Network(more, vocabularies.sizes), vocabularies)
