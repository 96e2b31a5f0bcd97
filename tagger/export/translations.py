"""Translations of TensorFlow operations to ONNX nodes.

The translations cover the operations that cells commonly consist of.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tagger.backend import tf
from tagger.export.graph import Attribute, element_type
from tagger.export.operation import Operation, Untranslatable

Translation = Callable[[Operation], str | Sequence[str]]
"""Adds the nodes for an operation and returns the name of its output, or the names of its outputs."""


def _same(operator: str, **attributes: Attribute) -> Translation:
    """A translation to an ONNX operator that computes the same of the same inputs."""
    return lambda each: each.node(operator, *each.inputs, **attributes)


def _reduction(operator: str) -> Translation:
    """A translation of a reduction over constant axes."""

    def reduce(each: Operation) -> str:
        axes = np.ravel(each.value(1)).tolist()
        keep = int(each.attribute("keep_dims"))
        if not axes:
            return each.node("Identity", each.inputs[0])
        if operator == "ReduceSum":  # in this opset, the only one that takes axes as an input
            return each.node(operator, each.inputs[0], each.graph.ints(*axes), keepdims=keep)
        return each.node(operator, each.inputs[0], axes=axes, keepdims=keep)

    return reduce


def _identities(each: Operation) -> Sequence[str]:
    """Operations that matter only for gradients or shape checks add no node."""
    return each.inputs


def _constant(each: Operation) -> str:
    return each.constant(tf.make_ndarray(each.attribute("value")))


def _matrix_product(*turns: str) -> Translation:
    """A matrix product; the attributes `turns` say which input has its last two axes exchanged."""

    def multiply(each: Operation) -> str:
        exchanged = [each.attribute(turn) for turn in turns]
        factors = (_turned(each, at) if turn else each.inputs[at] for at, turn in enumerate(exchanged))
        return each.node("MatMul", *factors)

    return multiply


def _turned(each: Operation, index: int) -> str:
    """An input with its last two axes exchanged."""
    *others, row, column = range(each.rank(index))
    return each.node("Transpose", each.inputs[index], perm=[*others, column, row])


def _einsum(each: Operation) -> str:
    equation = each.attribute("equation").decode().replace(" ", "")
    return each.node("Einsum", *each.inputs, equation=equation)


def _squared_difference(each: Operation) -> str:
    difference = each.node("Sub", *each.inputs)
    return each.node("Mul", difference, difference)


def _clip(each: Operation) -> str:
    return each.node("Min", each.node("Max", each.inputs[0], each.inputs[1]), each.inputs[2])


def _relu_6(each: Operation) -> str:
    bounds = (each.graph.constant(f"float_{value}", np.float32(value)) for value in (0, 6))
    return each.node("Clip", each.inputs[0], *bounds)


def _leaky_relu(each: Operation) -> str:
    return each.node("LeakyRelu", each.inputs[0], alpha=each.attribute("alpha"))


def _split(each: Operation) -> Sequence[str]:
    return each.nodes("Split", [each.inputs[1]], each.outputs, axis=int(each.value(0)))


def _split_by_sizes(each: Operation) -> Sequence[str]:
    return each.nodes("Split", [each.inputs[0], each.ints(1)], each.outputs, axis=int(each.value(2)))


def _concat(each: Operation) -> str:
    return each.node("Concat", *each.inputs[:-1], axis=int(each.value(len(each.inputs) - 1)))


def _pack(each: Operation) -> str:
    axis = each.attribute("axis")
    parts = [each.node("Unsqueeze", name, each.graph.ints(axis)) for name in each.inputs]
    return each.node("Concat", *parts, axis=axis)


def _unpack(each: Operation) -> Sequence[str]:
    axis = each.attribute("axis")
    parts = each.nodes("Split", each.inputs, each.outputs, axis=axis) if each.outputs > 1 else each.inputs
    return [each.node("Squeeze", part, each.graph.ints(axis)) for part in parts]


def _expand_dims(each: Operation) -> str:
    return each.node("Unsqueeze", each.inputs[0], each.ints(1))


def _squeeze(each: Operation) -> str:
    axes = list(each.attribute("squeeze_dims"))
    if not axes:
        raise Untranslatable("does not say which axes")
    return each.node("Squeeze", each.inputs[0], each.graph.ints(*axes))


def _reshape(each: Operation) -> str:
    return each.node("Reshape", each.inputs[0], each.ints(1), allowzero=1)


def _transpose(each: Operation) -> str:
    return each.node("Transpose", each.inputs[0], perm=each.value(1).tolist())


def _strided_slice(each: Operation) -> str:
    """A slice `x[begin:end:stride]` of each axis in turn.

    An entry may also be None, an index or `...`.
    """
    begins, ends, strides = (each.value(index).tolist() for index in (1, 2, 3))
    begin_mask, end_mask, ellipsis, new, shrink = (
        each.attribute(f"{name}_mask") for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    )
    entries = range(len(begins))
    left = each.rank(0) - sum(not (new | ellipsis) >> index & 1 for index in entries)  # axes that the ellipsis spans
    slices: list[tuple[int, int, int, int]] = []  # axis, begin, end, stride
    removed: list[int] = []  # axes of the input
    added: list[int] = []  # axes of the result
    axis, result_axis = 0, 0  # the next ones
    for index in entries:
        if ellipsis >> index & 1:
            axis, result_axis = axis + left, result_axis + left
        elif new >> index & 1:
            added.append(result_axis)
            result_axis += 1
        elif shrink >> index & 1:
            begin = begins[index]
            slices.append((axis, begin, begin + 1 if begin != -1 else _PAST_END, 1))
            removed.append(axis)
            axis += 1
        else:
            forward = strides[index] > 0
            begin = (0 if forward else _PAST_END) if begin_mask >> index & 1 else begins[index]
            end = (_PAST_END if forward else -_PAST_END) if end_mask >> index & 1 else ends[index]
            if (begin, end, strides[index]) != (0, _PAST_END, 1):
                slices.append((axis, begin, end, strides[index]))
            axis, result_axis = axis + 1, result_axis + 1
    value = each.inputs[0]
    if slices:
        axes, first, last, steps = (each.graph.ints(*column) for column in zip(*slices, strict=True))
        value = each.node("Slice", value, first, last, axes, steps)
    if removed:
        value = each.node("Squeeze", value, each.graph.ints(*removed))
    return each.node("Unsqueeze", value, each.graph.ints(*added)) if added else value


_PAST_END = 2**31 - 1
"""An index past the end of any axis."""


def _slice(each: Operation) -> str:
    begins, sizes = each.value(1).tolist(), each.value(2).tolist()
    ends = [begin + size if size >= 0 else _PAST_END for begin, size in zip(begins, sizes, strict=True)]
    return each.node("Slice", each.inputs[0], each.graph.ints(*begins), each.graph.ints(*ends))


def _pad(each: Operation) -> str:
    pads = each.graph.ints(*each.value(1).T.ravel().tolist())  # before each axis, then after each axis
    return each.node("Pad", each.inputs[0], pads, *each.inputs[2:])


def _gather(each: Operation) -> str:
    if each.attribute("batch_dims"):
        raise Untranslatable("has batch_dims")
    return each.node("Gather", *each.inputs[:2], axis=int(each.value(2)))


def _shape(each: Operation) -> str:
    return each.node("Cast", each.node("Shape", each.inputs[0]), to=_type(each, "out_type"))


def _cast(each: Operation) -> str:
    return each.node("Cast", each.inputs[0], to=_type(each, "DstT"))


def _type(each: Operation, attribute: str) -> int:
    return element_type(tf.as_dtype(each.attribute(attribute)).as_numpy_dtype)


def _fill(each: Operation) -> str:
    return each.node("Expand", each.inputs[1], each.ints(0))


def _filled_like(value: int) -> Translation:
    def fill(each: Operation) -> str:
        constant = each.constant(np.asarray(value, tf.as_dtype(each.attribute("T")).as_numpy_dtype))
        return each.node("Expand", constant, each.node("Shape", each.inputs[0]))

    return fill


def _tile(each: Operation) -> str:
    return each.node("Tile", each.inputs[0], each.ints(1))


def _broadcast(each: Operation) -> str:
    return each.node("Expand", each.inputs[0], each.ints(1))


def _lstm_block(each: Operation) -> Sequence[str]:
    """The memory and output of TensorFlow's LSTM kernel.

    The other outputs of the kernel, the gates, are not used by a step.
    """
    inputs, c, h, kernel, w_i, w_f, w_o, bias = each.inputs
    gates = each.node("Add", each.node("MatMul", each.node("Concat", inputs, h, axis=1), kernel), bias)
    i, j, f, o = each.nodes("Split", [gates], 4, axis=1)
    f = each.node("Add", f, each.constant(np.float32(each.attribute("forget_bias"))))
    if each.attribute("use_peephole"):
        i = each.node("Add", i, each.node("Mul", w_i, c))
        f = each.node("Add", f, each.node("Mul", w_f, c))
    new = each.node("Mul", each.node("Sigmoid", i), each.node("Tanh", j))
    c = each.node("Add", each.node("Mul", each.node("Sigmoid", f), c), new)
    clip = each.attribute("cell_clip")
    if clip > 0:
        bounds = (each.graph.constant(f"float_{value}", np.float32(value)) for value in (-clip, clip))
        c = each.node("Clip", c, *bounds)
    if each.attribute("use_peephole"):
        o = each.node("Add", o, each.node("Mul", w_o, c))
    h = each.node("Mul", each.node("Sigmoid", o), each.node("Tanh", c))
    return ["", c, "", "", "", "", h]


TRANSLATIONS: Mapping[str, Translation] = {
    "Const": _constant,
    **dict.fromkeys(["Identity", "IdentityN", "StopGradient", "PreventGradient", "EnsureShape"], _identities),
    # One operator each, mostly of the same name.
    **{name: _same(name) for name in ("Sub", "Mul", "Pow", "Less", "Greater", "Equal", "Abs", "Exp", "Log", "Neg")},
    **{name: _same(name) for name in ("Sqrt", "Reciprocal", "Sign", "Floor", "Erf", "Sin", "Cos", "Tanh", "Sigmoid")},
    **{name: _same(name) for name in ("Relu", "Elu", "Selu", "Softplus", "Softsign")},
    **dict.fromkeys(["Add", "AddV2", "BiasAdd"], _same("Add")),
    **dict.fromkeys(["Div", "RealDiv"], _same("Div")),
    **dict.fromkeys(["Select", "SelectV2"], _same("Where")),
    "Inv": _same("Reciprocal"),
    "AddN": _same("Sum"),
    "Maximum": _same("Max"),
    "Minimum": _same("Min"),
    "GreaterEqual": _same("GreaterOrEqual"),
    "LessEqual": _same("LessOrEqual"),
    "LogicalAnd": _same("And"),
    "LogicalOr": _same("Or"),
    "LogicalNot": _same("Not"),
    "NotEqual": lambda each: each.node("Not", each.node("Equal", *each.inputs)),
    "Square": lambda each: each.node("Mul", *each.inputs * 2),
    "Rsqrt": lambda each: each.node("Reciprocal", each.node("Sqrt", *each.inputs)),
    "Erfc": lambda each: each.node("Sub", each.constant(np.float32(1)), each.node("Erf", *each.inputs)),
    "SquaredDifference": _squared_difference,
    "ClipByValue": _clip,
    "Relu6": _relu_6,
    "LeakyRelu": _leaky_relu,
    "Softmax": _same("Softmax", axis=-1),
    "LogSoftmax": _same("LogSoftmax", axis=-1),
    # Products and reductions.
    "MatMul": _matrix_product("transpose_a", "transpose_b"),
    **dict.fromkeys(["BatchMatMul", "BatchMatMulV2"], _matrix_product("adj_x", "adj_y")),
    "Einsum": _einsum,
    **{name: _reduction(f"Reduce{name}") for name in ("Sum", "Mean", "Max", "Min", "Prod")},
    # Shapes, slices and copies.
    "Split": _split,
    "SplitV": _split_by_sizes,
    "ConcatV2": _concat,
    "Pack": _pack,
    "Unpack": _unpack,
    "ExpandDims": _expand_dims,
    "Squeeze": _squeeze,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "StridedSlice": _strided_slice,
    "Slice": _slice,
    **dict.fromkeys(["Pad", "PadV2"], _pad),
    "GatherV2": _gather,
    "Tile": _tile,
    "BroadcastTo": _broadcast,
    "Fill": _fill,
    "ZerosLike": _filled_like(0),
    "OnesLike": _filled_like(1),
    "Shape": _shape,
    "Cast": _cast,
    "LSTMBlockCell": _lstm_block,
}
"""Translations by the type of the TensorFlow operation."""
