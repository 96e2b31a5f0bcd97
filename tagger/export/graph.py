"""A small builder of ONNX graphs: every node and constant named, its outputs handed on by name."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8  # what belongs to that opset
PRODUCER = "tagger"

Dimension = int | str
"""A size, or the name of one that is known only when the graph runs."""


class Graph:
    """An ONNX graph that grows node by node. `prefix` begins all its names, which a graph inside of another, as the
    body of a Scan is, must not share with that."""

    def __init__(self, name: str, prefix: str = "") -> None:
        self.name, self._prefix = name, prefix
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._taken: set[str] = set()

    def input(self, name: str, dtype: type, shape: Sequence[Dimension]) -> str:
        """A new input of the graph."""
        name = self._new(name)
        self._inputs.append(_value(name, dtype, shape))
        return name

    def output(self, name: str, dtype: type, shape: Sequence[Dimension]) -> str:
        """Declare the value of that name an output of the graph."""
        self._outputs.append(_value(name, dtype, shape))
        return name

    def constant(self, name: str, value: np.ndarray | Sequence[int] | float) -> str:
        """A constant of the graph; what is asked for twice under one name must be the same."""
        array = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
        tensor = numpy_helper.from_array(array, self._prefix + name)
        if self._constants.get(tensor.name) != tensor:
            tensor.name = self._new(name)
            self._constants[tensor.name] = tensor
        return tensor.name

    def ints(self, *values: int) -> str:
        """A constant list of whole numbers, such as the axes or the sizes that some operators take as inputs."""
        return self.constant("ints/" + "_".join(map(str, values)).replace("-", "minus_"), np.array(values, np.int64))

    def node(self, operator: str, *inputs: str, name: str = "", **attributes: object) -> str:
        """Add a node with one output, and give the output's name: `name`, or one made of the operator's."""
        return self.nodes(operator, inputs, [name or operator], **attributes)[0]

    def nodes(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: object
    ) -> tuple[str, ...]:
        """Add a node with these outputs, "" for one that nobody needs; gives their names, made unique."""
        names = [name and self._new(name) for name in outputs]
        label = next(filter(None, names))
        self._nodes.append(helper.make_node(operator, list(inputs), names, name=f"{label}:{operator}", **attributes))
        return tuple(names)

    def proto(self) -> onnx.GraphProto:
        """The graph itself, without constants that no node reads."""
        read = {name for node in self._nodes for name in node.input}
        constants = [tensor for name, tensor in self._constants.items() if name in read]
        return helper.make_graph(self._nodes, self.name, self._inputs, self._outputs, initializer=constants)

    def model(self, metadata: Mapping[str, str], version: str) -> onnx.ModelProto:
        """The graph as a model that the ONNX checker has passed."""
        model = helper.make_model(
            self.proto(),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name=PRODUCER,
            producer_version=version,
        )
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model, full_check=True)
        return model

    def _new(self, name: str) -> str:
        """The name itself, or with a number where it is taken."""
        name = self._prefix + name
        unique, count = name, 1
        while unique in self._taken:
            count += 1
            unique = f"{name}_{count}"
        self._taken.add(unique)
        return unique


def _value(name: str, dtype: type, shape: Sequence[Dimension]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, element_type(dtype), list(shape))


def element_type(dtype: type) -> TensorProto.DataType:
    """ONNX's number for a NumPy data type."""
    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
