"""Metrics and ONNX files of a trained network."""

import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tagger.corpus.from_config import provenance
from tagger.corpus.manifest import Provenance
from tagger.errors import ExportError
from tagger.evaluation.several_corpora import MixedScores, score_corpora
from tagger.export.onnx_files import onnx_models, write_models
from tagger.export.onnx_folder import provenance_of
from tagger.model.folder import CHARACTERS_FILE, MODEL_FILE
from tagger.model.model_manifest import MANIFEST_FILE, sha256
from tagger.network.saved_weights import writing
from tagger.training.initial_model import open_tagger
from tagger.training.pretrained_vectors import save_tuned
from tagger.training.run import Run
from tagger.training.state import RunState


def metrics_of(run: Run, state: RunState, segmenter: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Score the network on dev and test, and return the contents of `metrics.json`.

    `segmenter` says how the model's segmenter was trained, if it has one.
    """
    scores = {split: score_corpora(run.tagger, run.corpora, split) for split in ("dev", "test")}
    return {
        "train": {
            "sentences": run.counts.sentences,
            "tokens": run.counts.tokens,
            "left_out": run.counts.left_out,
        },
        "epochs": state.epoch,
        "best_epoch": state.best_epoch,
        "seconds": state.seconds,
        **({"teachers": run.targets.as_dict()} if run.targets else {}),
        **({"unlabelled": run.targets.unlabelled.figures} if run.targets and run.targets.unlabelled else {}),
        **({"segmenter": segmenter} if segmenter else {}),
        **({"init": _began_with(run)} if run.config.init.model else {}),
        **({"lists": _lists_of(run)} if run.config.lists else {}),
        "peak_memory_bytes": peak_memory(),
        "parameters": run.parameters,
        "history": state.history,
        **{split: each.together.as_dict() for split, each in scores.items() if each},
        **({"corpora": _metrics_by_corpus(run, scores)} if run.config.corpora else {}),
    }


def export_network(run: Run, folder: Path, name: str, say: Callable[[str], None]) -> None:
    """Write the network with its current weights for ONNX Runtime, as the model `name`.

    Where a cell has an operation that ONNX lacks, say so and write nothing: TensorFlow tags with such a model.
    """
    save_tuned(run.network, folder)
    try:
        models = onnx_models(run.network, run.vocabularies.tags, run.tagger.schemes, name, _provenance(run))
    except ExportError as error:
        for file in (MODEL_FILE, CHARACTERS_FILE):  # of a finished model that was resumed
            (folder / file).unlink(missing_ok=True)
        say(f"no {MODEL_FILE} is written, TensorFlow tags with this model: {error}")
        return
    with writing(folder):
        write_models(models, folder)


def _provenance(run: Run) -> Provenance:
    """Return the provenance of the corpora, and of those of the model with which the run began."""
    own = provenance(run.corpora)
    if not run.config.init.model:
        return own
    theirs = provenance_of(open_tagger(run.config.init.model))
    pairs = ((own.name, theirs.name), (own.source, theirs.source), (own.licence, theirs.licence))
    return Provenance(*(", ".join(filter(None, dict.fromkeys(pair))) for pair in pairs))


def _began_with(run: Run) -> dict[str, Any]:
    """Return the `init` of `metrics.json`: the model with which the run began, and what it has labelled."""
    settings, folder = run.config.init, open_tagger(run.config.init.model)
    source = provenance_of(folder)
    text = run.targets.rehearsed if run.targets else None
    return {
        "model": folder.path.resolve().name,
        "manifest_sha256": sha256(folder.path / MANIFEST_FILE),
        "corpora": source.name,
        "licence": source.licence,
        "kept_tasks": list(settings.keep),
        "rehearsal": settings.rehearsal,
        **({"text": text.figures} if text else {}),
    }


def peak_memory() -> int:
    """Return the largest resident memory of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _lists_of(run: Run) -> dict[str, Any]:
    """Return the `lists` of `metrics.json`: the names of the files of each list, and its number of phrases."""
    lists = run.vocabularies.lists
    return {
        name: {"files": [Path(file).name for file in run.config.lists[name].files], "phrases": each.phrases}
        for name, each in (lists.by_type if lists else {}).items()
    }


def _metrics_by_corpus(run: Run, scores: Mapping[str, MixedScores | None]) -> list[dict[str, Any]]:
    """Return the `corpora` of `metrics.json`: name, licence, size and scores of each."""
    sizes = iter(run.sizes)
    metrics = []
    for number, (corpus, settings) in enumerate(zip(run.corpora, run.config.corpora, strict=True)):
        of_corpus = {split: each.by_corpus[number] for split, each in scores.items() if each}
        metrics.append(
            {
                "name": corpus.label,
                "path": settings.path,
                "licence": corpus.manifest.licence,
                **({"train": asdict(next(sizes))} if corpus.weight else {}),
                **{split: each.as_dict() for split, each in of_corpus.items() if each},
            }
        )
    return metrics
