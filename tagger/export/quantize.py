"""Models with 8-bit weights: integers in place of float32 numbers.

The weights are those of LSTMs, matrix products and tables.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
from onnx import helper

from tagger.model.folder import MODEL_FILE
from tagger.model.tensor_names import INT8, PRECISION
from tagger.silence import disable_telemetry

disable_telemetry()
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402 (which reads the setting)

_QUANTIZED_OPERATORS = ["LSTM", "MatMul", "Gather"]
"""Operators that ONNX Runtime can run on 8-bit weights. GRU and RNN are not among them."""


def in_8_bits(models: Mapping[str, onnx.ModelProto]) -> dict[str, onnx.ModelProto]:
    """The models of a folder, with 8-bit weights in the one that reads sentences.

    The model that reads word forms stays as it is: it is small and runs once for each distinct word. Inputs are
    quantized at run time with a scale that depends on the largest value of their batch. Scores of a sentence may
    therefore differ slightly with the other sentences of its batch.
    """
    with TemporaryDirectory() as folder, _without_advice():
        path = Path(folder) / MODEL_FILE
        quantize_dynamic(
            models[MODEL_FILE],
            path,
            op_types_to_quantize=_QUANTIZED_OPERATORS,
            per_channel=True,  # one scale for each unit, not one for the whole matrix
            weight_type=QuantType.QInt8,
            # Weights from -64 to 64: processors without VNNI add two products in 16 bits, which would overflow silently
            # with larger ones. Measured on EWT, this loses no more accuracy.
            reduce_range=True,
            extra_options={"EnableSubgraph": True},  # quantize the bodies of Scans too
        )
        model = onnx.load(path)
    model.producer_name, model.producer_version = models[MODEL_FILE].producer_name, models[MODEL_FILE].producer_version
    about = {entry.key: entry.value for entry in models[MODEL_FILE].metadata_props}
    helper.set_model_props(model, {**about, PRECISION: INT8})
    return {**models, MODEL_FILE: model}


@contextmanager
def _without_advice() -> Iterator[None]:
    """Silence the quantizer's advice to prepare the model first.

    That preparation would change nothing in our models.
    """
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
