"""Cells from outside of the package, which only have their step."""

import pytest

from tagger.backend import tf
from tagger.errors import ExportError
from tagger.export.sentence_graph import sentence_graph
from tagger.network.cells import RNNCell


class Plain(tf.Module):
    """TensorFlow's protocol and nothing of the package, with a state of two parts that does not begin at zero."""

    def __init__(self, units):
        super().__init__()
        self.state_size, self.output_size = {"slow": units, "count": 1}, units
        self.kernel = None

    def build(self, width):
        if self.kernel is None:
            self.kernel = tf.Variable(tf.random.stateless_normal([width, self.output_size], [1, width]))

    def zero_state(self, batch_size, dtype):
        return {"slow": tf.fill([batch_size, self.output_size], 0.5), "count": tf.ones([batch_size, 1])}

    def __call__(self, inputs, state, scope=None):
        slow = 0.7 * state["slow"] + 0.3 * tf.nn.silu(inputs @ self.kernel) / state["count"]
        return slow, {"slow": slow, "count": state["count"] + 1}


class Unusual(RNNCell):
    """A cell with an operation that ONNX does not have."""

    def __init__(self, units):
        super().__init__()
        self.units = units

    state_size = output_size = property(lambda self: self.units)

    def create(self, input_size):
        self.kernel = self.variable("kernel", [input_size, self.output_size])

    def step(self, inputs, state):
        output = tf.math.lgamma(1 + tf.abs(inputs @ self.kernel)) + state
        return output, output


@pytest.mark.parametrize("settings", [{}, {"bidirectional": False, "layers": 2}, {"layers": 2, "residual": True}])
def test_a_cell_of_ones_own_scores_as_in_tensorflow(onnx_tools, settings):
    onnx_tools.check(onnx_tools.network({"cell": f"{__name__}:Plain", **settings}))


def test_a_cell_that_drops_in_training_is_written_without_its_dropout(onnx_tools):
    onnx_tools.check(onnx_tools.network({"cell": "layer_norm_lstm", "options": {"dropout_keep_prob": 0.5}}))


def test_an_operation_that_onnx_does_not_have_is_named_with_the_cell(onnx_tools):
    network = onnx_tools.network({"cell": f"{__name__}:Unusual"})
    with pytest.raises(ExportError, match=r"Unusual: its operation Lgamma \('.*'\) has no translation to ONNX"):
        sentence_graph(network)
