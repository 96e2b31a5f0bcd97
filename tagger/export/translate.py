"""A traced function of TensorFlow as nodes of an ONNX graph."""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.errors import ExportError
from tagger.export.graph import Graph
from tagger.export.operation import Operation, Untranslatable
from tagger.export.translations import TRANSLATIONS


def translate(
    graph: Graph, function: tf.types.experimental.ConcreteFunction, inputs: Sequence[str], owner: str
) -> list[str]:
    """Add what a frozen function does of these inputs, and give the names of its outputs.

    Raises ExportError, naming `owner`, where there is an operation that has no translation.
    """
    values = {given.ref(): name for given, name in zip(function.inputs, inputs, strict=True)}
    needed = _needed(function)
    for operation in function.graph.get_operations():
        if operation not in needed or operation.type == "Placeholder":
            continue
        if operation.type not in TRANSLATIONS:
            raise ExportError(
                f"{owner}: its operation {operation.type} ('{operation.name}') has no translation to ONNX"
            )
        try:
            made = TRANSLATIONS[operation.type](Operation(graph, operation, values))
        except Untranslatable as error:
            raise ExportError(f"{owner}: its operation {operation.type} ('{operation.name}') {error}") from None
        names = [made] if isinstance(made, str) else made
        values |= {output.ref(): name for output, name in zip(operation.outputs, names, strict=True)}
    # An output may be an input, and a body must not hand one on under the same name.
    return [graph.node("Identity", values[output.ref()]) for output in function.outputs]


def _needed(function: tf.types.experimental.ConcreteFunction) -> set[tf.Operation]:
    """The operations that the outputs depend on."""
    needed: set[tf.Operation] = set()
    waiting = [output.op for output in function.outputs]
    while waiting:
        operation = waiting.pop()
        if operation not in needed:
            needed.add(operation)
            waiting += [given.op for given in operation.inputs]
    return needed
