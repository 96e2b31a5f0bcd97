"""The ONNX files of a model folder, with what a reader must know of the model inside them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import onnx

from tagger import __version__
from tagger.corpus.manifest import Manifest, Provenance
from tagger.errors import ExportError
from tagger.export.network_graph import sentence_graph, spelling_graph
from tagger.model.folder import CHARACTERS, MODEL
from tagger.model.vocabulary import Vocabulary
from tagger.network.network import Network

LARGEST = 2**31 - 1
"""Bytes of a protocol buffer."""


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
        "name": name,
        "tagger_version": __version__,
        "tasks": json.dumps(tasks, ensure_ascii=False),
        "words": str(network.words.table.shape[0]),
        **{name: str(part.table.shape[0]) for name, part in network.spelling.items()},
        **{f"given/{layer}": str(tags.table.shape[0]) for layer, tags in network.given.items()},
        "precision": "float32",
        "corpus": corpus.name,
        "source": corpus.source,
        "licence": corpus.licence,
    }
    if network.vectors:
        metadata["vectors"] = str(network.vectors.size)
    metadata = {key: value for key, value in metadata.items() if value}
    graphs = {MODEL: sentence_graph(network)}
    if network.spelling:
        graphs[CHARACTERS] = spelling_graph(network)
    try:
        return {file: graph.model(metadata, __version__) for file, graph in graphs.items()}
    except ValueError as error:  # what protocol buffers say of more than 2 GB
        raise ExportError(f"the network cannot be written as ONNX: {error}") from None


def write_models(models: Mapping[str, onnx.ModelProto], folder: Path) -> None:
    """Write the files, each in one stroke over what stood there. Raises OSError where the disk does not let it."""
    parts = {}
    try:
        for file, model in models.items():
            parts[file] = folder / f"{file}.part"
            parts[file].write_bytes(model.SerializeToString())
        for file, part in parts.items():
            os.replace(part, folder / file)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
