"""One operation of a traced function, as its translation sees it."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx

from tagger.backend import tf
from tagger.export.graph import Graph


class Untranslatable(Exception):
    """Says in what way an operation goes beyond its translation."""


class Operation:
    """An operation of TensorFlow with the names that its inputs have in the ONNX graph."""

    def __init__(self, graph: Graph, operation: tf.Operation, values: Mapping[object, str]) -> None:
        self.graph, self._operation = graph, operation
        self.inputs = [values[given.ref()] for given in operation.inputs]
        self.outputs = len(operation.outputs)

    def attribute(self, name: str) -> object:
        """The value of one of its attributes."""
        return self._operation.get_attr(name)

    def node(self, operator: str, *inputs: str, **attributes: object) -> str:
        """A node with one output, named after the operation."""
        return self.graph.node(operator, *inputs, name=self._operation.name, **attributes)

    def nodes(self, operator: str, inputs: Sequence[str], count: int, **attributes: object) -> tuple[str, ...]:
        """A node with several outputs."""
        return self.graph.nodes(operator, inputs, [self._operation.name] * count, **attributes)

    def constant(self, value: np.ndarray | float) -> str:
        """A constant named after the operation."""
        return self.graph.constant(self._operation.name, value)

    def value(self, index: int) -> np.ndarray:
        """An input that must be a constant, such as axes."""
        value = tf.get_static_value(self._operation.inputs[index])
        if value is None:
            raise Untranslatable("has an argument that is computed, where ONNX needs a constant")
        return value

    def ints(self, index: int) -> str:
        """An input as a list of 64-bit numbers, as ONNX takes shapes."""
        if self.is_constant(index):
            return self.graph.ints(*np.ravel(self.value(index)).tolist())
        return self.node("Cast", self.inputs[index], to=onnx.TensorProto.INT64)

    def is_constant(self, index: int) -> bool:
        """Whether an input is known now."""
        return tf.get_static_value(self._operation.inputs[index]) is not None

    def rank(self, index: int) -> int:
        """How many axes an input has."""
        rank = self._operation.inputs[index].shape.rank
        if rank is None:
            raise Untranslatable("has an argument of unknown rank")
        return rank
