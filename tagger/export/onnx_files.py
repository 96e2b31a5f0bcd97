"""The ONNX files of a model folder, with metadata that says what the model is."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import onnx

from tagger.corpus.manifest import Manifest, Provenance
from tagger.errors import ExportError
from tagger.export.sentence_graph import sentence_graph
from tagger.export.spelling_graph import spelling_graph
from tagger.files import new_file
from tagger.model.folder import CHARACTERS_FILE, MODEL_FILE
from tagger.model.tensor_names import (
    CORPUS,
    FLOAT32,
    GIVEN,
    LICENCE,
    NAME,
    PRECISION,
    SOURCE,
    TAGGER_VERSION,
    TASKS,
    WORDS,
)
from tagger.model.vector_table import VECTORS
from tagger.model.vocabulary import Vocabulary
from tagger.network.network import Network
from tagger.version import __version__

Models = Mapping[str, onnx.ModelProto]
"""ONNX models by their file names."""


def onnx_models(
    network: Network,
    tags: Mapping[str, Vocabulary],
    schemes: Mapping[str, str | None],
    name: str,
    corpus: Provenance | Manifest,
) -> dict[str, onnx.ModelProto]:
    """A network as the ONNX models of a model folder, by their file names, with 32-bit weights.

    `tags` and `schemes` are those of each task, `name` that of the model, `corpus` the one that trained it. Raises
    ExportError where a cell has an operation that ONNX lacks, or the model is too large for ONNX.
    """
    tasks = [{"task": task, "scheme": schemes[task], "tags": tags[task].entries} for task in network.projections]
    metadata = {
        NAME: name,
        TAGGER_VERSION: __version__,
        TASKS: json.dumps(tasks, ensure_ascii=False),
        WORDS: str(network.words.table.shape[0]),
        **{name: str(layer.table.shape[0]) for name, layer in network.spelling.items()},
        **{GIVEN + layer: str(embedding.table.shape[0]) for layer, embedding in network.given.items()},
        PRECISION: FLOAT32,
        CORPUS: corpus.name,
        SOURCE: corpus.source,
        LICENCE: corpus.licence,
    }
    if network.vectors:
        metadata[VECTORS] = str(network.vectors.size)
    metadata = {key: value for key, value in metadata.items() if value}
    graphs = {MODEL_FILE: sentence_graph(network)}
    if network.spelling:
        graphs[CHARACTERS_FILE] = spelling_graph(network)
    try:
        return {file: graph.model(metadata, __version__) for file, graph in graphs.items()}
    except ValueError as error:  # more than 2 GB, the limit of protocol buffers
        raise ExportError(f"the network cannot be written as ONNX: {error}") from None


def write_models(models: Models, folder: Path) -> None:
    """Write ONNX models into a folder, replacing earlier ones.

    Raises OSError where the disk does not allow it.
    """
    # All files are written before the first one gets its name; they get them in the order of `models`, because the
    # stack closes the last file first.
    with ExitStack() as stack:
        for name, model in reversed(list(models.items())):
            file = stack.enter_context(new_file(folder / name))
            file.write(model.SerializeToString())
            file.flush()


def metadata_of(model: onnx.ModelProto) -> dict[str, str]:
    """The metadata of an ONNX model; its keys are in `model.tensor_names`."""
    return {entry.key: entry.value for entry in model.metadata_props}
