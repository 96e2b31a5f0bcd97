"""A SavedModel: the network with its vocabularies, for TensorFlow Serving.

Programs can load it without this package.
"""

import json
import re
from pathlib import Path

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.corpus.lookup import Lookup
from tagger.documents import parse_json
from tagger.errors import ExportError
from tagger.files import UNFINISHED_NAME, check_free, check_outside, foreign_entry, locked, new_folder, write_file
from tagger.model.folder import CONFIG_FILE, ModelFolder
from tagger.model.model_manifest import MANIFEST_FILE
from tagger.model.tensor_names import LENGTHS, SCORES, SERVED_GIVEN, TAGS, TOKENS
from tagger.model.transitions import scheme_transitions, sum_transitions
from tagger.network.crf import best_path
from tagger.network.network import Network
from tagger.network.saved_weights import load_network
from tagger.network.vocabularies import loaded_vocabularies

_SIGNATURE = "tag"
_MANIFEST = {"format": 1, "kind": "saved-model"}
"""The content of the file that marks a folder as one of our SavedModels, which `overwrite` may replace."""
_FILES = re.compile(
    rf"{re.escape(MANIFEST_FILE)}|(saved_model|fingerprint)\.pb|variables/(variables\.[\w.-]+)?|assets/.*"
    rf"|{UNFINISHED_NAME}"
)
"""All that is in such a folder."""


class Serving(tf.Module):
    """A network and its vocabularies as one graph, from words to tags and scores."""

    def __init__(self, network: Network, lookup: Lookup, folder: ModelFolder) -> None:
        super().__init__(name="tagger")
        self.network, self.lookup = network, lookup
        self.vectors = network.vectors and network.vectors.frozen()  # the network itself does not save it
        self._tags = {task: vocabulary.entries for task, vocabulary in folder.tags.items()}
        spans = {task: scheme for task, scheme in folder.schemes.items() if scheme}
        allowed = {task: scheme_transitions(scheme, self._tags[task]) for task, scheme in spans.items()}
        self._transitions = sum_transitions(network.transitions(), allowed)
        words = tf.TensorSpec([None, None], tf.string, name=TOKENS)
        given = [tf.TensorSpec([None, None], tf.string, name=SERVED_GIVEN + layer) for layer in lookup.given_layers]
        signature = [words, tf.TensorSpec([None], tf.int32, name=LENGTHS), *given]
        self.tag = tf.function(self._tag, input_signature=signature, autograph=False)

    def _tag(self, tokens: tf.Tensor, lengths: tf.Tensor, *given: tf.Tensor) -> dict[str, tf.Tensor]:
        """Tags and scores of each task, by output name.

        The outputs are `tags/TASK` `[B, T]`, "" in padding, and `scores/TASK` `[B, T, K]`, zero in padding. `tokens`
        `[B, T]` are words, of which the first `lengths` `[B]` of a row are a sentence; `given` has the tags `[B, T]`
        of each layer that the network reads.
        """
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
        for task, values in scores.items():
            values = tf.pad(values, [[0, 0], [0, width - tf.shape(values)[1]], [0, 0]])
            best = tf.gather(tf.constant(self._tags[task]), self._best(task, values, lengths))
            outputs[TAGS + task] = tf.where(real, best, "")
            outputs[SCORES + task] = tf.where(real[:, :, tf.newaxis], values, 0.0)
        return outputs

    def _best(self, task: str, scores: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Columns `[B, T]` of the best tags of scores `[B, T, K]`, as `runtime.decode` finds them."""
        if task not in self._transitions:
            return tf.argmax(scores, axis=-1, output_type=tf.int32)
        return best_path(scores, lengths, self._transitions[task])


def export_saved_model(folder: ModelFolder, output: Path, *, overwrite: bool = False) -> None:
    """Write a model as a SavedModel with the signature `tag`, which is also the default one.

    Raises DataError when something exists at `output`, ModelError where the folder has no checkpoint, ExportError where
    the model reads lists of names.
    """
    if folder.lists:
        names = " and ".join(f"[lists.{name}]" for name in folder.lists.by_type)
        raise ExportError(
            f"{folder.path}: reads {names}, and TensorFlow has no operation that finds names of a list: use the "
            "model folder with tagger tag or tagger.load, which need no TensorFlow, or train a model without lists"
        )
    if overwrite:
        check_outside([folder.path], output)
    check_free(output, overwrite=overwrite, marker=MANIFEST_FILE, foreign=_foreign)
    lookup = loaded_vocabularies(folder).lookup(check_config(folder.settings, str(folder.path / CONFIG_FILE)))
    serving = Serving(load_network(folder), lookup, folder)
    signatures = {_SIGNATURE: serving.tag, "serving_default": serving.tag}
    with (
        locked(output),
        new_folder(output, overwrite=overwrite, marker=MANIFEST_FILE, foreign=_foreign) as target,
    ):
        # The custom gradient of the fused recurrence cannot be saved, and nobody trains a served model.
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(serving, str(target), signatures, options)
        write_file(target / MANIFEST_FILE, json.dumps(_MANIFEST) + "\n")


def _foreign(folder: Path) -> str | None:
    """Say why a folder may not be replaced as a SavedModel of ours; None where all in it is what we write."""
    try:
        if parse_json((folder / MANIFEST_FILE).read_text(encoding="utf-8")) != _MANIFEST:
            return f"has a {MANIFEST_FILE} that is not of a SavedModel"
    except (OSError, ValueError) as error:
        return f"has a {MANIFEST_FILE} that cannot be read ({error})"
    entry = foreign_entry(folder, _FILES)
    return f"holds {entry}, which is no file of a SavedModel" if entry else None
