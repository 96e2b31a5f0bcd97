"""One TensorFlow operation of a traced function, as its translation to ONNX sees it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx

from tagger.backend import tf
from tagger.export.graph import Attribute, Graph


class Untranslatable(Exception):
    """An operation that its translation does not cover.

    The message continues the sentence "its operation X ...".
    """


class Operation:
    """A TensorFlow operation whose inputs have names in an ONNX graph."""

    def __init__(self, graph: Graph, operation: tf.Operation, values: Mapping[object, str]) -> None:
        """`values` maps references of tensors to names in the graph."""
        self.graph, self._operation = graph, operation
        self.inputs = [values[tensor.ref()] for tensor in operation.inputs]
        self.outputs = len(operation.outputs)

    def attribute(self, name: str) -> Any:  # noqa: ANN401 (TensorFlow's attributes are of many types)
        """The value of one of the operation's attributes."""
        return self._operation.get_attr(name)

    def node(self, operator: str, *inputs: str, **attributes: Attribute) -> str:
        """Add a node with one output, named after the operation."""
        return self.graph.node(operator, *inputs, name=self._operation.name, **attributes)

    def nodes(self, operator: str, inputs: Sequence[str], count: int, **attributes: Attribute) -> tuple[str, ...]:
        """Add a node with `count` outputs, named after the operation."""
        return self.graph.nodes(operator, inputs, [self._operation.name] * count, **attributes)

    def constant(self, value: np.ndarray | np.generic | float) -> str:
        """Add a constant named after the operation."""
        return self.graph.constant(self._operation.name, value)

    def value(self, index: int) -> np.ndarray:
        """The value of an input that must be constant, such as axes.

        Raises Untranslatable where it is not.
        """
        value = tf.get_static_value(self._operation.inputs[index])
        if value is None:
            raise Untranslatable("has an argument that is computed, where ONNX needs a constant")
        return value

    def ints(self, index: int) -> str:
        """The name of an input as a list of 64-bit integers, as ONNX takes shapes.

        The input may be constant or not.
        """
        if tf.get_static_value(self._operation.inputs[index]) is not None:
            return self.graph.ints(*np.ravel(self.value(index)).tolist())
        return self.node("Cast", self.inputs[index], to=onnx.TensorProto.INT64)

    def rank(self, index: int) -> int:
        """The number of axes of an input. Raises Untranslatable where it is unknown."""
        rank = self._operation.inputs[index].shape.rank
        if rank is None:
            raise Untranslatable("has an argument of unknown rank")
        return rank
