"""A model in 8 bits: the weights of LSTMs and products, and the tables, as whole numbers."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
from onnx import helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from tagger.model.folder import MODEL_FILE
from tagger.model.tensor_names import INT8, PRECISION

QUANTIZED = ["LSTM", "MatMul", "Gather"]
"""What ONNX Runtime runs on 8-bit weights, scaling what comes in while it runs; GRUs and plain RNNs it does not."""


def in_8_bits(models: Mapping[str, onnx.ModelProto]) -> dict[str, onnx.ModelProto]:
    """The models of a folder, what reads sentences in 8 bits. What spells words is small, and runs seldom.

    Inputs are scaled by the widest value of their batch, so that a tag may depend, if barely, on what else is in it.
    """
    with TemporaryDirectory() as folder, _without_advice():
        path = Path(folder) / MODEL_FILE
        quantize_dynamic(
            models[MODEL_FILE],
            path,
            op_types_to_quantize=QUANTIZED,
            per_channel=True,  # a scale for each unit in place of one for all
            weight_type=QuantType.QInt8,
            # From -64 to 64, for processors without VNNI add two products in 16 bits, which else overflow unnoticed;
            # measured on EWT to lose as little.
            reduce_range=True,
            extra_options={"EnableSubgraph": True},  # the bodies of Scans
        )
        model = onnx.load(path)
    model.producer_name, model.producer_version = models[MODEL_FILE].producer_name, models[MODEL_FILE].producer_version
    about = {each.key: each.value for each in models[MODEL_FILE].metadata_props}
    helper.set_model_props(model, {**about, PRECISION: INT8})
    return {**models, MODEL_FILE: model}


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keeps back what the quantizer says of a preparation that would change nothing here."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
