"""The ONNX files of a model folder, with what a reader must know of the model inside them."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import onnx

from tagger.corpus.manifest import Manifest, Provenance
from tagger.errors import ExportError
from tagger.export.network_graph import sentence_graph, spelling_graph
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
    """A network as the ONNX models of a model folder, by their file names.

    Raises ExportError where ONNX has no way to do what a cell does.
    """
    tasks = [{"task": task, "scheme": schemes[task], "tags": tags[task].entries} for task in network.projections]
    metadata = {
        NAME: name,
        TAGGER_VERSION: __version__,
        TASKS: json.dumps(tasks, ensure_ascii=False),
        WORDS: str(network.words.table.shape[0]),
        **{name: str(part.table.shape[0]) for name, part in network.spelling.items()},
        **{GIVEN + layer: str(tags.table.shape[0]) for layer, tags in network.given.items()},
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
    except ValueError as error:  # what protocol buffers say of more than 2 GB
        raise ExportError(f"the network cannot be written as ONNX: {error}") from None


def write_models(models: Models, folder: Path) -> None:
    """Write ONNX models into a folder, replacing earlier ones. Raises OSError where the disk does not allow it."""
    with ExitStack() as stack:  # closed last to first: files take their names in the order of `models`, all written
        for name, model in reversed(models.items()):
            file = stack.enter_context(new_file(folder / name))
            file.write(model.SerializeToString())
            file.flush()


def metadata_of(model: onnx.ModelProto) -> dict[str, str]:
    """The metadata that an ONNX model carries: its name, tasks, precision, corpus, vocabulary sizes."""
    return {entry.key: entry.value for entry in model.metadata_props}
