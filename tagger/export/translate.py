"""A traced TensorFlow function as nodes of an ONNX graph."""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.errors import ExportError
from tagger.export.graph import Graph
from tagger.export.operation import Operation, Untranslatable
from tagger.export.translations import TRANSLATIONS


def translate(
    graph: Graph, function: tf.types.experimental.ConcreteFunction, inputs: Sequence[str], owner: str
) -> list[str]:
    """Add the operations of a frozen function to a graph and return its outputs' names.

    The function reads the values named `inputs`. Raises ExportError, which names `owner`, where an operation has no
    translation.
    """
    values = {tensor.ref(): name for tensor, name in zip(function.inputs, inputs, strict=True)}
    needed = _needed(function)
    for operation in function.graph.get_operations():
        if operation not in needed or operation.type == "Placeholder":
            continue
        if operation.type not in TRANSLATIONS:
            raise ExportError(
                f"{owner}: its operation {operation.type} ('{operation.name}') has no translation to ONNX"
            )
        try:
            result = TRANSLATIONS[operation.type](Operation(graph, operation, values))
        except Untranslatable as error:
            raise ExportError(f"{owner}: its operation {operation.type} ('{operation.name}') {error}") from None
        names = [result] if isinstance(result, str) else result
        values |= {output.ref(): name for output, name in zip(operation.outputs, names, strict=True)}
    # An output may be an input of the function, and a Scan body must not return one under the same name.
    return [graph.node("Identity", values[output.ref()]) for output in function.outputs]


def _needed(function: tf.types.experimental.ConcreteFunction) -> set[tf.Operation]:
    """The operations that the function's outputs depend on."""
    needed: set[tf.Operation] = set()
    pending = [output.op for output in function.outputs]
    while pending:
        operation = pending.pop()
        if operation not in needed:
            needed.add(operation)
            pending += [tensor.op for tensor in operation.inputs]
    return needed
