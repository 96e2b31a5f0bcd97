"""A recurrent language model: from the ids that were read, scores of the next one, and a state to go on from."""

import numpy as np

from tagger.backend import tf
from tagger.config.pretraining_keys import CharacterModelConfig
from tagger.network.cells import State, training_mode
from tagger.network.cells.initializers import embedding
from tagger.network.encoder import explained, kernel_of, stack_of_cells
from tagger.network.fused import fused_window
from tagger.network.projection import Projection


class RecurrentLanguageModel(tf.Module):
    """An embedding, layers of recurrent cells that read forwards, and a softmax over all ids.

    Column n of the scores is id n. The initial weights depend on `config.seed` alone.
    """

    def __init__(self, config: CharacterModelConfig, size: int) -> None:
        """`size` is the number of ids of the vocabulary, padding and unknown included."""
        super().__init__(name="language_model")
        # Everything draws its initial weights from this one generator, so the order of the lines below matters.
        generator = np.random.default_rng(config.seed)
        dimension, encoder = config.characters.dimension, config.encoder
        self.embedding = tf.Variable(embedding(generator, size, dimension), name="embedding")
        self.cells = stack_of_cells(encoder, generator)
        with explained(encoder.options, encoder.cell):
            self.cells.build(dimension)
            with training_mode(self.cells, False):  # many options first matter in a step
                self.cells(tf.zeros([1, dimension]), self.zero_state(1))
        self.projection = Projection(self.cells.output_size, size, generator)
        # cuDNN's kernel always begins with zeros here, so it is no choice.
        self._is_fused = kernel_of(encoder.kernel, self.cells, on_gpu=False) == "fused"

    def zero_state(self, batch_size: int) -> State:
        """The state of `batch_size` streams before the first step: zeros."""
        return self.cells.zero_state(batch_size, tf.float32)

    def scores(self, ids: tf.Tensor, state: State, training: bool) -> tuple[tf.Tensor, State]:
        """Scores `[B, T, K]` of the id after each of a window's ids `[B, T]`, and the last state.

        `state` is the state before the window; no gradient goes through it.
        """
        inputs = tf.gather(self.embedding, ids)
        with training_mode(self.cells, training):
            if self._is_fused:
                outputs, state = fused_window(self.cells, inputs, state)
            else:
                # One step at a time, so that dropout masks are always drawn in the same order.
                outputs, state = tf.compat.v1.nn.dynamic_rnn(
                    self.cells, inputs, initial_state=state, parallel_iterations=1
                )
        return self.projection(outputs), state

    def step(self, ids: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Scores `[B, K]` of the id after ids `[B]`, without dropout, and the new state."""
        with training_mode(self.cells, False):
            output, state = self.cells(tf.gather(self.embedding, ids), state)
        return self.projection(output), state

    def losses(self, window: tf.Tensor, state: State, training: bool) -> tuple[tf.Tensor, State]:
        """Cross-entropies `[B, T]`, in nats, of the ids of a window `[B, T + 1]` but the first, and the last state."""
        scores, state = self.scores(window[:, :-1], state, training)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=window[:, 1:], logits=scores), state
