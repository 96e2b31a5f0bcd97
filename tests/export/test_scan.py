"""Cells without an operator in ONNX, in particular those from outside the package."""

import pytest

from tagger.backend import tf
from tagger.errors import ExportError
from tagger.export.sentence_graph import sentence_graph
from tagger.network.cells import RNNCell


class Plain(tf.Module):
    """A cell in TensorFlow's protocol, whose state has two parts that start above zero."""

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
    """A cell with an operation that ONNX lacks."""

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
def test_a_cell_from_outside_the_package_scores_as_in_tensorflow(onnx_tools, settings):
    onnx_tools.check(onnx_tools.network({"cell": f"{__name__}:Plain", **settings}))


def test_a_cell_with_dropout_of_its_own_is_exported_without_it(onnx_tools):
    onnx_tools.check(onnx_tools.network({"cell": "layer_norm_lstm", "options": {"dropout_keep_prob": 0.5}}))


def test_an_operation_that_onnx_lacks_is_an_error_that_names_it_and_the_cell(onnx_tools):
    network = onnx_tools.network({"cell": f"{__name__}:Unusual"})
    with pytest.raises(ExportError, match=r"Unusual: its operation Lgamma \('.*'\) has no translation to ONNX"):
        sentence_graph(network)
