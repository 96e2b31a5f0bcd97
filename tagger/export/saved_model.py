"""A SavedModel: the network with its vocabularies inside, for TensorFlow Serving and for whoever has no `tagger`."""

from pathlib import Path

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.corpus.lookup import Lookup
from tagger.files import new_folder
from tagger.model.folder import CONFIG_FILE, ModelFolder
from tagger.model.tensor_names import LENGTHS, SCORES, SERVED_GIVEN, TAGS, TOKENS
from tagger.model.transitions import scheme_transitions, sum_transitions
from tagger.network.crf import best_path
from tagger.network.network import Network
from tagger.network.saved_weights import load_network
from tagger.network.vocabularies import loaded_vocabularies

SIGNATURE = "tag"
PROOF = "saved_model.pb"
"""What marks a folder as a SavedModel, which may be overwritten."""


class Serving(tf.Module):
    """Words in, tags and scores out, as one graph."""

    def __init__(self, network: Network, lookup: Lookup, folder: ModelFolder) -> None:
        super().__init__(name="tagger")
        self.network, self.lookup = network, lookup
        self.vectors = network.vectors and network.vectors.frozen()  # which the network does not save
        self._tags = {task: vocabulary.entries for task, vocabulary in folder.tags.items()}
        spans = {task: scheme for task, scheme in folder.schemes.items() if scheme}
        allowed = {task: scheme_transitions(scheme, self._tags[task]) for task, scheme in spans.items()}
        self._transitions = sum_transitions(network.transitions(), allowed)
        words = tf.TensorSpec([None, None], tf.string, name=TOKENS)
        given = [tf.TensorSpec([None, None], tf.string, name=SERVED_GIVEN + layer) for layer in lookup.given_layers]
        signature = [words, tf.TensorSpec([None], tf.int32, name=LENGTHS), *given]
        self.tag = tf.function(self._tag, input_signature=signature)

    def _tag(self, tokens: tf.Tensor, lengths: tf.Tensor, *given: tf.Tensor) -> dict[str, tf.Tensor]:
        """Of words `[B, T]`, of which `lengths` `[B]` are a sentence and the rest is padding, and the tags `[B, T]` of
        each layer that the network is given: for each task `tags/TASK` `[B, T]`, "" past a sentence's end, and
        `scores/TASK` `[B, T, K]`, zero there."""
        sentences = tf.RaggedTensor.from_tensor(tokens, lengths)
        layers = {
            layer: tf.RaggedTensor.from_tensor(tags, lengths)
            for layer, tags in zip(self.lookup.given_layers, given, strict=True)
        }
        batch = self.lookup.inputs(sentences) | self.lookup.given(sentences, layers)
        scores = self.network.scores(batch, training=False, seed=tf.zeros([2], tf.int32))
        width = tf.shape(tokens)[1]
        real = tf.sequence_mask(lengths, width)
        outputs = {}
        for task, of in scores.items():
            of = tf.pad(of, [[0, 0], [0, width - tf.shape(of)[1]], [0, 0]])
            best = tf.gather(tf.constant(self._tags[task]), self._best(task, of, lengths))
            outputs[TAGS + task] = tf.where(real, best, "")
            outputs[SCORES + task] = tf.where(real[:, :, tf.newaxis], of, 0.0)
        return outputs

    def _best(self, task: str, scores: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """The columns `[B, T]` of the best tags, as `runtime.decode` finds them."""
        if task not in self._transitions:
            return tf.argmax(scores, axis=-1, output_type=tf.int32)
        return best_path(scores, lengths, self._transitions[task])


def export_saved_model(folder: ModelFolder, output: Path, *, overwrite: bool = False) -> None:
    """Write a model as a SavedModel whose signature is `tag`, and the one that is served by default.

    Raises DataError when something is at the output, ModelError where the folder has no weights.
    """
    lookup = loaded_vocabularies(folder).lookup(check_config(folder.settings, str(folder.path / CONFIG_FILE)))
    serving = Serving(load_network(folder), lookup, folder)
    signatures = {SIGNATURE: serving.tag, "serving_default": serving.tag}
    with new_folder(output, overwrite=overwrite, marker=PROOF) as target:
        # The fused recurrence has a gradient of its own, which cannot be saved, and nobody trains what is served.
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(serving, str(target), signatures, options)
