from collections.abc import Mapping

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import apply_override, check_config
from tagger.config.schema import Config
from tagger.network.network import Network, VocabularySizes

SIZES = VocabularySizes(words=12, characters=7, tags={"upos": 5, "ner": 4}, first_singleton=8)
SEED = tf.constant([1, 2])
STILL = ("encoder.dropout=0", "words.unknown_rate=0", "words.singleton_rate=0")
"""Settings without anything random in training."""
SMOOTH = ("training.label_smoothing=0.1",)


def config_of(*overrides: str) -> Config:
    values = {
        "tasks": {"upos": {}, "ner": {}},
        "words": {"dimension": 5},
        "characters": {"dimension": 3, "filters": 4, "units": 3},
        "encoder": {"units": 6},
    }
    for override in overrides:
        apply_override(values, override)
    return check_config(values, "test")


def network_of(*overrides: str) -> Network:
    return Network(config_of(*overrides), SIZES)


SPELLINGS = np.random.default_rng(5).integers(2, 7, (13, 5))
SPELLINGS[0] = 0
SPELLINGS[1:7, 3:] = 0


def batch_of(*sentences: list[int], annotated: Mapping[str, list[bool]] | None = None) -> dict[str, tf.Tensor]:
    """A batch of sentences of word ids; characters and tags follow from the ids."""
    longest = max(map(len, sentences))
    words = np.array([sentence + [0] * (longest - len(sentence)) for sentence in sentences])
    batch = {"words": words, "distinct": words, "characters": SPELLINGS, "lengths": [len(each) for each in sentences]}
    batch |= {"shapes": SPELLINGS[:, :1], "affixes": np.tile(SPELLINGS, 2)[:, :7]}
    for task, tags in SIZES.tags.items():
        batch[f"tags/{task}"] = np.where(words > 0, 1 + words % (tags - 1), 0)
        batch[f"annotated/{task}"] = (annotated or {}).get(task, [True] * len(sentences))
    return {
        name: tf.constant(value, tf.bool if name.startswith("annotated") else tf.int32) for name, value in batch.items()
    }


BATCH = batch_of([2, 3, 4, 5, 6], [7, 8], [9], [10, 11, 2])


def gradients(network: Network, batch: Mapping[str, tf.Tensor]) -> tuple[float, list[np.ndarray]]:
    with tf.GradientTape() as tape:
        loss = network.loss(batch, SEED)
    found = tape.gradient(loss, network.trainable_variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return loss.numpy(), [tf.convert_to_tensor(gradient).numpy() for gradient in found]


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("characters.encoder=bidirectional", "encoder.cell=gru"),
        ("characters.encoder=none", "encoder.cell=basic_rnn", "encoder.bidirectional=false"),
        ("encoder.layers=2", "encoder.residual=true", "encoder.variational=true", "encoder.state_dropout=0.3"),
        ("encoder.layers=2", "encoder.stack=layers", "encoder.residual=true", "encoder.dropout_around=cells"),
        ("encoder.options.use_peepholes=true", "encoder.options.num_proj=4", "characters.dropout=0.3"),
        ("shape.dimension=2", "affixes.dimension=3", "affixes.dropout=0.2"),
        ("shape.dimension=2", "shape.dropout=0.2", "characters.encoder=none"),
        ("language_model.weight=0.1",),
    ],
    ids=" ".join,
)
def test_every_variable_has_a_gradient(overrides):
    network = network_of(*overrides)
    _, found = gradients(network, BATCH)
    names = [variable.name for variable in network.trainable_variables]
    assert [name for name, gradient in zip(names, found, strict=True) if not gradient.any()] == []


def test_two_networks_in_one_process_share_nothing():
    first, second = network_of(), network_of()
    batch = batch_of([2, 3, 4])
    was = second.scores(batch, False, SEED)["upos"].numpy()
    for variable in first.variables:
        variable.assign(tf.zeros_like(variable))
    assert (second.scores(batch, False, SEED)["upos"].numpy() == was).all()
    assert {id(variable) for variable in first.variables}.isdisjoint(id(variable) for variable in second.variables)


def test_the_seed_decides_the_initial_weights():
    one, same, other = network_of("seed=1"), network_of("seed=1"), network_of("seed=2")
    for a, b in zip(one.trainable_variables, same.trainable_variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert not (one.words.table.numpy() == other.words.table.numpy()).all()
    kernels = [network.encoder.forward.cells[0].cell.kernel.numpy() for network in (one, other)]
    assert not (kernels[0] == kernels[1]).all()


@pytest.mark.parametrize("characters", ["convolution", "bidirectional"])
def test_padding_changes_neither_loss_nor_gradients_nor_scores(characters):
    network = network_of(*STILL, f"characters.encoder={characters}")
    filled = dict(BATCH)
    padding = BATCH["words"] == 0
    for name, id in (("words", 11), ("distinct", 9), ("tags/upos", 2), ("tags/ner", 1)):
        filled[name] = tf.where(padding, id, BATCH[name])
    loss, found = gradients(network, BATCH)
    filled_loss, filled_found = gradients(network, filled)
    assert filled_loss == pytest.approx(loss, rel=1e-6)
    for gradient, other in zip(found, filled_found, strict=True):
        np.testing.assert_allclose(other, gradient, atol=1e-7)
    real = ~padding.numpy()
    scores, filled_scores = (network.scores(batch, False, SEED) for batch in (BATCH, filled))
    for task in scores:
        np.testing.assert_allclose(filled_scores[task].numpy()[real], scores[task].numpy()[real], atol=1e-6)


@pytest.mark.parametrize("overrides", [(), ("encoder.layers=2", "encoder.cell=gru", "encoder.residual=true")])
def test_scores_of_a_sentence_do_not_depend_on_the_rest_of_the_batch(overrides):
    network = network_of(*overrides)
    alone = network.scores(batch_of([7, 8]), False, SEED)
    together = network.scores(BATCH, False, SEED)
    for task in alone:
        np.testing.assert_allclose(together[task].numpy()[1, :2], alone[task].numpy()[0], atol=1e-6)


def test_a_sentence_without_tags_of_a_task_adds_nothing_to_its_loss():
    network = network_of(*STILL, "tasks.ner.weight=1e-9")
    bare = batch_of([2, 3, 4, 5, 6], [7, 8], annotated={"upos": [True, False]})
    alone = batch_of([2, 3, 4, 5, 6])
    assert network.loss(bare, SEED).numpy() == pytest.approx(network.loss(alone, SEED).numpy(), rel=1e-6)
    none = batch_of([2, 3], [7, 8], annotated={"upos": [False, False], "ner": [False, False]})
    assert network.loss(none, SEED).numpy() == 0


def test_the_loss_is_the_weighted_sum_of_the_mean_losses_of_tasks():
    network = network_of(*STILL, "tasks.upos.weight=2.0", "tasks.ner.weight=0.5")
    total = 0.0
    for task, weight in (("upos", 2.0), ("ner", 0.5)):
        scores = network.scores(BATCH, False, SEED)[task].numpy().astype(np.float64)
        real = BATCH["words"].numpy() > 0
        logits, columns = scores[real], BATCH[f"tags/{task}"].numpy()[real] - 1
        losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(columns)), columns]
        total += weight * losses.mean()
    assert network.loss(BATCH, SEED).numpy() == pytest.approx(total, rel=1e-5)


def test_label_smoothing_applies_to_softmax_and_not_to_a_crf():
    losses = {}
    for decoder in ("softmax", "crf"):
        settings = (*STILL, f"tasks.upos.decoder={decoder}", "tasks.ner.weight=1e-9")
        losses[decoder] = [network_of(*settings, *more).loss(BATCH, SEED).numpy() for more in ((), SMOOTH)]
    scores = network_of(*STILL).scores(BATCH, False, SEED)["upos"]
    even = -tf.reduce_mean(tf.nn.log_softmax(scores), axis=-1).numpy()[BATCH["words"].numpy() > 0].mean()
    plain, smoothed = losses["softmax"]
    assert smoothed == pytest.approx(0.9 * plain + 0.1 * even, rel=1e-5)
    assert losses["crf"] == pytest.approx([plain, plain], rel=1e-5)  # transitions start at 0


def test_dropout_only_in_training():
    network = network_of()
    first, second = (network.scores(BATCH, True, SEED)["upos"].numpy() for _ in range(2))
    assert not (first == second).all()
    first, second = (network.scores(BATCH, False, SEED)["upos"].numpy() for _ in range(2))
    assert (first == second).all()


def test_dropout_drops_the_whole_character_vector_of_a_token():
    network = network_of(*STILL, "characters.dropout=0.5")
    read = []
    network.encoder = lambda features, *_: read.append(features.numpy()) or tf.zeros([*features.shape[:2], 12])
    network.loss(batch_of([2, 3, 4, 5, 6] * 40), SEED)
    spelled = read[0][0, :, 5:]  # after the word embedding
    of_word = network.characters(BATCH["characters"], False).numpy()[np.tile([2, 3, 4, 5, 6], 40)]
    is_left_out = (spelled == 0).all(axis=1)
    np.testing.assert_allclose(spelled[~is_left_out], 2 * of_word[~is_left_out], rtol=1e-6)
    assert 70 < is_left_out.sum() < 130  # of 200 tokens, with dropout 0.5


def test_best_tags_are_the_columns_of_the_highest_scores_plus_1():
    network = network_of()
    scores, best = network.scores(BATCH, False, SEED), network.best_tags(BATCH)
    for task, sizes in SIZES.tags.items():
        assert scores[task].shape == (4, 5, sizes - 1)
        assert (best[task].numpy() == scores[task].numpy().argmax(axis=-1) + 1).all()


def test_one_direction_does_not_see_later_words_and_two_do():
    for is_bidirectional in (False, True):
        network = network_of(f"encoder.bidirectional={str(is_bidirectional).lower()}")
        one, other = (network.scores(batch_of(words), False, SEED)["upos"] for words in ([2, 3, 4], [2, 3, 5]))
        assert np.allclose(one[0, :2], other[0, :2], atol=1e-6) is not is_bidirectional


def test_the_loss_of_empty_sentences_is_zero():
    network = network_of()
    assert tf.function(network.loss, autograph=False)(batch_of([], []), SEED).numpy() == 0


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_a_token_without_a_tag_teaches_nothing_of_it(decoder):
    network = network_of(*STILL, f"tasks.upos.decoder={decoder}")
    has_tag = tf.constant([[True, False, True, False, True], [True, False, False, False, False]])
    found = []
    for id in (0, 1, 2):  # whatever stands in place of the tag
        batch = batch_of([2, 3, 4, 5, 6], [7, 8])
        batch["tags/upos"] = tf.where(has_tag, batch["tags/upos"], id)
        found.append(network.loss(batch | {"has_tag/upos": has_tag}, SEED).numpy())
    assert np.isfinite(found[0])
    assert found == [found[0]] * 3
    assert network.loss(batch_of([2, 3, 4, 5, 6], [7, 8]), SEED).numpy() != found[0]
