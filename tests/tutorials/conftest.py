"""Characters as tokens: what the lessons that predict the next character share."""

from collections import Counter

import pytest

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.corpus.lookup import Lookup, Spelling
from tagger.model.vocabulary import tag_vocabulary, word_vocabulary
from tagger.network.network import Network, VocabularySizes
from tagger.training.step import TrainingStep

PLAIN = {
    "words": {"dimension": 25, "unknown_rate": 0.0, "singleton_rate": 0.0},
    "characters": {"encoder": "none"},
    "encoder": {"cell": "basic_lstm", "bidirectional": False, "dropout": 0.0},
    "training": {"decay": "none"},
}
"""The project's network as the tutorials have theirs: one direction, nothing dropped, one learning rate."""


class NextCharacter:
    """The tagging task whose words are characters and whose tags are those that follow, as one batch."""

    def __init__(self, texts, answers, steps, **settings):
        values = {section: {**PLAIN.get(section, {}), **settings.get(section, {})} for section in PLAIN}
        config = check_config({"tasks": {"next": {}}, **values}, "lesson")
        words = word_vocabulary(Counter("".join(texts)))
        self.tags = tag_vocabulary("".join(answers))
        lookup = Lookup(words, words, {"next": self.tags}, Spelling(lowercase=False, max_length=2))
        self.batch = lookup.inputs(tf.ragged.constant([list(text) for text in texts]))
        longest = tf.shape(self.batch["words"], tf.int64)[1]
        self.batch["tags/next"] = lookup.tags("next", tf.ragged.constant([list(text) for text in answers]), longest)
        self.batch["annotated/next"] = tf.fill([len(texts)], True)
        self.network = Network(config, VocabularySizes(len(words), len(words), {"next": len(self.tags)}, len(words)))
        signature = {name: tf.TensorSpec([None] * part.shape.rank, part.dtype) for name, part in self.batch.items()}
        self.step = TrainingStep(self.network, config, steps, signature)
        self.steps = steps

    def train(self):
        """Take the steps, and return the loss after the last of them."""
        for _ in range(self.steps):
            self.step.run(self.batch)
        return self.loss()

    def loss(self):
        """The mean loss over all characters."""
        return float(self.network.loss(self.batch, tf.zeros([2], tf.int32)))

    def read(self):
        """What the network says comes after each character of each text."""
        ids = self.network.best_tags(self.batch)["next"].numpy()
        return ["".join(self.tags.entries[tag - self.tags.first] for tag in row) for row in ids]


@pytest.fixture
def next_character():
    return NextCharacter
