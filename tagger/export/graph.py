"""A small builder of ONNX graphs, in which every node and constant has a unique name."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_OPSET = 17
_IR_VERSION = 8  # the version that belongs to this opset
_PRODUCER = "tagger"

Dimension = int | str
"""The size of an axis, or the name of a size that is known only when the graph runs."""
Attribute = int | float | str | Sequence[int] | Sequence[str] | onnx.GraphProto
"""The value of a node's attribute."""


class Graph:
    """An ONNX graph that is built node by node; values are referred to by name.

    All names begin with `prefix`. A graph inside another, such as the body of a Scan, needs a prefix of its own.
    """

    def __init__(self, name: str, prefix: str = "") -> None:
        self.name, self._prefix = name, prefix
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._taken: set[str] = set()

    def input(self, name: str, dtype: type, shape: Sequence[Dimension]) -> str:
        """Add an input of a NumPy data type and return its name."""
        name = self._unique(name)
        self._inputs.append(_value_info(name, dtype, shape))
        return name

    def output(self, name: str, dtype: type, shape: Sequence[Dimension]) -> str:
        """Declare the value `name` an output of the graph and return its name."""
        self._outputs.append(_value_info(name, dtype, shape))
        return name

    def constant(self, name: str, value: np.ndarray | np.generic | Sequence[int] | float) -> str:
        """Add a constant and return its name.

        A constant of the same name and value is used again.
        """
        array = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
        tensor = numpy_helper.from_array(array, self._prefix + name)
        if self._constants.get(tensor.name) != tensor:
            tensor.name = self._unique(name)
            self._constants[tensor.name] = tensor
        return tensor.name

    def ints(self, *values: int) -> str:
        """Add a constant list of 64-bit integers and return its name.

        Operators take axes and sizes in this form.
        """
        return self.constant("ints/" + "_".join(map(str, values)).replace("-", "minus_"), np.array(values, np.int64))

    def node(self, operator: str, *inputs: str, name: str = "", **attributes: Attribute) -> str:
        """Add a node with one output and return the output's name.

        The output is called `name`, by default like the operator, with a number appended where that name is taken.
        """
        return self.nodes(operator, inputs, [name or operator], **attributes)[0]

    def nodes(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Attribute
    ) -> tuple[str, ...]:
        """Add a node with several outputs and return their names, made unique.

        "" stands for an output that is not used.
        """
        names = [name and self._unique(name) for name in outputs]
        label = next(filter(None, names))
        node = helper.make_node(operator, list(inputs), names, name=f"{label}:{operator}")
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self._nodes.append(node)
        return tuple(names)

    def proto(self) -> onnx.GraphProto:
        """The graph as a protocol buffer, without constants that no node reads."""
        read = {name for node in self._nodes for name in node.input}
        constants = [tensor for name, tensor in self._constants.items() if name in read]
        return helper.make_graph(self._nodes, self.name, self._inputs, self._outputs, initializer=constants)

    def model(self, metadata: Mapping[str, str], version: str) -> onnx.ModelProto:
        """The graph as a model, checked by ONNX; `version` is that of the program that writes it."""
        model = helper.make_model(
            self.proto(),
            opset_imports=[helper.make_opsetid("", _OPSET)],
            ir_version=_IR_VERSION,
            producer_name=_PRODUCER,
            producer_version=version,
        )
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model, full_check=True)
        return model

    def _unique(self, name: str) -> str:
        """The prefixed name, with a number where it is already taken."""
        name = self._prefix + name
        unique, count = name, 1
        while unique in self._taken:
            count += 1
            unique = f"{name}_{count}"
        self._taken.add(unique)
        return unique


def element_type(dtype: type) -> TensorProto.DataType:
    """ONNX's number for a NumPy data type."""
    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


def _value_info(name: str, dtype: type, shape: Sequence[Dimension]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, element_type(dtype), list(shape))
