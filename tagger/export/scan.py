"""Cells without an operator in ONNX: their step becomes the body of a Scan.

The step is traced once; the Scan runs it over the sentence.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from tagger.backend import tf
from tagger.errors import ExportError
from tagger.export.graph import Graph
from tagger.export.translate import translate
from tagger.network.cells import Cell, training_mode


def add_scan(graph: Graph, cell: Cell, width: int, inputs: str, lengths: str, name: str, *, backward: bool) -> str:
    """Add a cell run over inputs as in `dynamic_rnn`, and return the outputs' name.

    Inputs are `[T, B, width]`, outputs `[T, B, H]`. In padding, outputs are zero and the state stays. With `backward`,
    each sentence is read from its own last word. Raises ExportError where the cell has an operation that ONNX lacks.
    """
    places = graph.node("Cast", lengths, to=onnx.TensorProto.INT64, name=f"{name}/lengths")
    if backward:
        inputs = graph.node("ReverseSequence", inputs, places, batch_axis=1, time_axis=0, name=f"{name}/reversed")
    parts = _zero_state(cell)
    batch = graph.node("Concat", graph.node("Shape", lengths), graph.ints(1), axis=0, name=f"{name}/batch")  # [B, 1]
    starts = [
        graph.node("Expand", graph.constant(f"{name}/zero_{number}", part), batch, name=f"{name}/start_{number}")
        for number, part in enumerate(parts)
    ]
    *_, outputs = graph.nodes(
        "Scan",
        [*starts, inputs, _real(graph, inputs, places, name)],
        [*(f"{name}/last_{number}" for number in range(len(parts))), f"{name}/outputs"],
        body=_body(cell, width, parts, f"{name}/step/"),
        num_scan_inputs=2,
    )
    if backward:
        outputs = graph.node("ReverseSequence", outputs, places, batch_axis=1, time_axis=0, name=f"{name}/outputs")
    return outputs


def _body(cell: Cell, width: int, parts: Sequence[np.ndarray], prefix: str) -> onnx.GraphProto:
    """The graph of one step of a cell.

    The graph's inputs are the parts of the state `[B, S]`, the cell's inputs `[B, width]` and `real` `[B, 1]`, which is
    False in padding. The graph's outputs are the new parts of the state and the cell's output `[B, H]`.
    """
    body = Graph("step", prefix)
    shapes = [["sentences", part.shape[1]] for part in parts]
    states = [body.input(f"state_{number}", np.float32, shape) for number, shape in enumerate(shapes)]
    inputs = body.input("inputs", np.float32, ["sentences", width])
    real = body.input("real", np.bool_, ["sentences", 1])
    output, *new = translate(body, _traced(cell, width), [inputs, *states], type(cell).__name__)
    for number, (after, before, shape) in enumerate(zip(new, states, shapes, strict=True)):
        body.output(body.node("Where", real, after, before, name=f"new_state_{number}"), np.float32, shape)
    shown = body.node("Where", real, output, body.constant("nothing", np.float32(0)), name="output")
    body.output(shown, np.float32, ["sentences", cell.output_size])
    return body.proto()


def _traced(cell: Cell, width: int) -> tf.types.experimental.ConcreteFunction:
    """One step of a cell as a function `(inputs, *state) -> (output, *new state)`.

    The values of its variables are constants of the function. Raises ExportError where that cannot be done.
    """

    def step(inputs: tf.Tensor, *state: tf.Tensor) -> tuple[tf.Tensor, ...]:
        with training_mode(cell, False):
            output, new = cell(inputs, tf.nest.pack_sequence_as(cell.state_size, state))
        return output, *tf.nest.flatten(new)

    widths = [width, *tf.nest.flatten(cell.state_size)]
    signature = [tf.TensorSpec([None, width], tf.float32) for width in widths]
    traced = tf.function(step, autograph=False).get_concrete_function(*signature)
    try:
        return convert_variables_to_constants_v2(traced)
    except ValueError as error:
        raise ExportError(f"{type(cell).__name__}: its step cannot be traced without its variables: {error}") from None


def _zero_state(cell: Cell) -> list[np.ndarray]:
    """The parts `[1, S]` of the state before the first step."""
    with training_mode(cell, False):
        return [part.numpy() for part in tf.nest.flatten(cell.zero_state(1, tf.float32))]


def _real(graph: Graph, inputs: str, lengths: str, name: str) -> str:
    """Mask `[T, B, 1]` of the steps of inputs `[T, B, D]` that are inside their sentence."""
    steps = graph.node("Squeeze", graph.node("Shape", inputs, start=0, end=1), graph.ints(0))
    zero, one = (graph.constant(f"number_{value}", np.int64(value)) for value in (0, 1))
    steps = graph.node("Unsqueeze", graph.node("Range", zero, steps, one), graph.ints(1))  # [T, 1]
    return graph.node("Unsqueeze", graph.node("Less", steps, lengths), graph.ints(2), name=f"{name}/real")
