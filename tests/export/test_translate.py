"""Each translated operation computes what TensorFlow computes of the same inputs."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ExportError
from tagger.export.graph import Graph
from tagger.export.translate import translate
from tagger.export.translations import TRANSLATIONS

X = np.random.default_rng(1).normal(size=[3, 4]).astype(np.float32)
Y = np.random.default_rng(2).normal(size=[3, 4]).astype(np.float32)
RAW = tf.raw_ops
FUNCTIONS = {
    # by type of operation, a function of two inputs [3, 4] that has it
    "Abs": lambda x, y: tf.abs(x),
    "Add": lambda x, y: RAW.Add(x=x, y=y),
    "AddN": lambda x, y: tf.add_n([x, y, x]),
    "AddV2": lambda x, y: x + y,
    "BatchMatMul": lambda x, y: RAW.BatchMatMul(x=x[None], y=y[None], adj_y=True),
    "BatchMatMulV2": lambda x, y: tf.matmul(x[None], tf.stack([y, x]), transpose_a=True),
    "BiasAdd": lambda x, y: tf.nn.bias_add(x, y[0]),
    "BroadcastTo": lambda x, y: tf.broadcast_to(x, [2, 3, 4]) * tf.broadcast_to(y[:, :1], tf.shape(x)),
    "Cast": lambda x, y: tf.cast(tf.cast(3 * x, tf.int32), tf.float32) + tf.cast(x > y, tf.float32),
    "ClipByValue": lambda x, y: RAW.ClipByValue(t=x, clip_value_min=-0.5, clip_value_max=0.3),
    "ConcatV2": lambda x, y: tf.concat([x, y], -1),
    "Const": lambda x, y: x + tf.constant([1.0, 2.0, 3.0, 4.0]),
    "Cos": lambda x, y: tf.cos(x),
    "Div": lambda x, y: RAW.Div(x=x, y=y),
    "Einsum": lambda x, y: tf.einsum("bi, bj -> bij", x, y),
    "Elu": lambda x, y: tf.nn.elu(x),
    "EnsureShape": lambda x, y: tf.ensure_shape(x, [3, 4]) + y,
    "Equal": lambda x, y: tf.cast(tf.math.sign(x) == tf.math.sign(y), tf.float32),
    "Erf": lambda x, y: tf.math.erf(x),
    "Erfc": lambda x, y: tf.nn.gelu(x),
    "Exp": lambda x, y: tf.exp(x),
    "ExpandDims": lambda x, y: tf.expand_dims(x, -1) + tf.expand_dims(y, 0)[0][:, :, None],
    "Fill": lambda x, y: tf.fill(tf.shape(x), 2.0) * x + tf.fill([3, 4], 1.5),
    "Floor": lambda x, y: tf.floor(3 * x),
    "GatherV2": lambda x, y: tf.gather(x, [3, 0, 0], axis=1),
    "Greater": lambda x, y: tf.cast(x > y, tf.float32),
    "GreaterEqual": lambda x, y: tf.cast(x >= y, tf.float32),
    "Identity": lambda x, y: tf.identity(x),
    "IdentityN": lambda x, y: tf.identity_n([x, y])[1] + x,
    "Inv": lambda x, y: RAW.Inv(x=x),
    "LSTMBlockCell": lambda x, y: tf.concat(lstm_block(x, y), 1),
    "LeakyRelu": lambda x, y: tf.nn.leaky_relu(x, 0.3),
    "Less": lambda x, y: tf.cast(x < y, tf.float32),
    "LessEqual": lambda x, y: tf.cast(x <= y, tf.float32),
    "Log": lambda x, y: tf.math.log(tf.abs(x)),
    "LogSoftmax": lambda x, y: tf.nn.log_softmax(x),
    "LogicalAnd": lambda x, y: tf.cast((x > 0) & (y > 0), tf.float32),
    "LogicalNot": lambda x, y: tf.cast(~(x > 0), tf.float32),
    "LogicalOr": lambda x, y: tf.cast((x > 0) | (y > 0), tf.float32),
    "MatMul": lambda x, y: tf.matmul(tf.matmul(x, y, transpose_b=True), x) + tf.matmul(x, y, transpose_a=True)[:3],
    "Max": lambda x, y: tf.reduce_max(x, 1) + tf.reduce_max(y),
    "Maximum": lambda x, y: tf.maximum(x, y),
    "Mean": lambda x, y: tf.concat(tf.nn.moments(x, [-1], keepdims=True), 1),
    "Min": lambda x, y: tf.reduce_min(x, 0, keepdims=True),
    "Minimum": lambda x, y: tf.minimum(x, y),
    "Mul": lambda x, y: x * y,
    "Neg": lambda x, y: -x,
    "NotEqual": lambda x, y: tf.cast(tf.math.sign(x) != tf.math.sign(y), tf.float32),
    "OnesLike": lambda x, y: tf.ones_like(x) + RAW.OnesLike(x=y),
    "Pack": lambda x, y: tf.stack([x, y], 1),
    "Pad": lambda x, y: tf.pad(x, [[0, 1], [2, 3]]),
    "PadV2": lambda x, y: tf.pad(x, [[1, 0], [0, 2]], constant_values=7.0),
    "Pow": lambda x, y: tf.abs(x) ** y,
    "PreventGradient": lambda x, y: RAW.PreventGradient(input=x),
    "Prod": lambda x, y: tf.reduce_prod(x, 1),
    "RealDiv": lambda x, y: x / y,
    "Reciprocal": lambda x, y: tf.math.reciprocal(x),
    "Relu": lambda x, y: tf.nn.relu(x),
    "Relu6": lambda x, y: tf.nn.relu6(5 * x),
    "Reshape": lambda x, y: tf.reshape(x, [-1, 2, 2]) + tf.reshape(y, tf.concat([tf.shape(x)[:1], [2, 2]], 0)),
    "Rsqrt": lambda x, y: tf.math.rsqrt(tf.abs(x)),
    "Select": lambda x, y: RAW.Select(condition=x > 0, x=x, y=y),
    "SelectV2": lambda x, y: tf.where(x > 0, x, y),
    "Selu": lambda x, y: tf.nn.selu(x),
    "Shape": lambda x, y: x / tf.cast(tf.shape(x)[0], tf.float32),
    "Sigmoid": lambda x, y: tf.sigmoid(x),
    "Sign": lambda x, y: tf.sign(x),
    "Sin": lambda x, y: tf.sin(x),
    "Slice": lambda x, y: tf.slice(x, [0, 1], [-1, 2]),
    "Softmax": lambda x, y: tf.nn.softmax(x),
    "Softplus": lambda x, y: tf.nn.softplus(x),
    "Softsign": lambda x, y: tf.nn.softsign(x),
    "Split": lambda x, y: tf.split(x, 2, axis=1)[1],
    "SplitV": lambda x, y: tf.split(x, [1, 3], axis=-1)[1],
    "Sqrt": lambda x, y: tf.sqrt(tf.abs(x)),
    "Square": lambda x, y: tf.square(x),
    "SquaredDifference": lambda x, y: tf.math.squared_difference(x, y),
    "Squeeze": lambda x, y: tf.squeeze(x[:, None], 1),
    "StopGradient": lambda x, y: tf.stop_gradient(x),
    "StridedSlice": lambda x, y: tf.stack([x[:, 1:3], x[:, -3::2], x[..., 3:1:-1], x[:, None, ::3][:, 0]]),
    "Sub": lambda x, y: x - y,
    "Sum": lambda x, y: tf.reduce_sum(x, [0, 1]) + tf.reduce_sum(y, [], keepdims=True),
    "Tanh": lambda x, y: tf.tanh(x),
    "Tile": lambda x, y: tf.tile(x, [1, 2]),
    "Transpose": lambda x, y: tf.transpose(x),
    "Unpack": lambda x, y: tf.unstack(x, axis=1)[2] + tf.unstack(y[0], num=4)[1] + tf.unstack(y[:1, 0], num=1)[0],
    "ZerosLike": lambda x, y: tf.zeros_like(x) + RAW.ZerosLike(x=y),
}


def lstm_block(x, y):
    """One step with peepholes, clipping and a forget bias."""
    weights = np.random.default_rng(3).normal(size=[8, 16]).astype(np.float32)
    out = RAW.LSTMBlockCell(
        x=x, cs_prev=y, h_prev=x, w=weights, wci=weights[0, :4], wcf=weights[1, :4], wco=weights[2, :4],
        b=weights[3], forget_bias=0.7, cell_clip=0.4, use_peephole=True,
    )  # fmt: skip
    return out.cs, out.h


def traced(function, rows=None):
    """A function traced for inputs `[rows, 4]`."""
    spec = tf.TensorSpec([rows, 4], tf.float32)
    return tf.function(function, autograph=False).get_concrete_function(spec, spec)


def test_the_table_has_every_translation():
    assert set(FUNCTIONS) == set(TRANSLATIONS)


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_translation_computes_what_tensorflow_does(onnx_tools, kind):
    function = traced(FUNCTIONS[kind])
    assert kind in {operation.type for operation in function.graph.get_operations()}
    graph = Graph("test")
    inputs = [graph.input(name, np.float32, ["rows", 4]) for name in ("x", "y")]
    (output,) = translate(graph, function, inputs, "test")
    expected = FUNCTIONS[kind](tf.constant(X), tf.constant(Y)).numpy()
    graph.output(output, np.float32, [f"size_{axis}" for axis in range(expected.ndim)])
    (value,) = onnx_tools.run(graph.model({}, "0"), {"x": X, "y": Y}).values()
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x, y: tf.linalg.inv(x[:3, :3]), "no translation"),
        (lambda x, y: tf.reduce_sum(x, tf.cast(y[0, 0], tf.int32)), "an argument that is computed"),
        (lambda x, y: tf.gather(x, [[0], [1]], batch_dims=1), "batch_dims"),
        (lambda x, y: tf.squeeze(x), "which axes"),
    ],
)
def test_an_operation_that_cannot_be_translated_is_an_error_that_names_owner_and_operation(function, message):
    graph = Graph("test")
    inputs = [graph.input(name, np.float32, ["rows", 4]) for name in ("x", "y")]
    with pytest.raises(ExportError, match=rf"Someone: its operation \w+ \('.*'\) .*{message}"):
        translate(graph, traced(function), inputs, "Someone")
