"""Training the segmenter of a model: a tagger of units, trained by the loop that trains taggers.

It is trained before the model, in OUTPUT.segmenter, and copied into the model folder.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tagger.config.load import check_config
from tagger.config.schema import Config
from tagger.config.segmenter_keys import SegmenterConfig
from tagger.corpus.from_config import corpus_checksum
from tagger.corpus.manifest import MANIFEST, Manifest, Provenance, load_manifest
from tagger.corpus.raw_text import Paragraph, paragraphs
from tagger.corpus.scheme_detection import Schemes
from tagger.corpus.segmentation import copies_of, learn_rules, training_windows, whole_paragraphs, with_made_paragraphs
from tagger.corpus.writer import CorpusWriter
from tagger.files import copy_folder, new_folder, remove_folder, write_file
from tagger.model.folder import (
    CHARACTERS_FILE,
    CONFIG_FILE,
    MODEL_FILE,
    RULES_FILE,
    SEGMENTER_FOLDER,
    VOCABULARY_FOLDER,
)
from tagger.model.model_manifest import write_model_manifest
from tagger.model.segmentation_rules import (
    BOUNDARY,
    GAP,
    INSIDE,
    MULTIWORD,
    save_segmentation_rules,
)
from tagger.network.saved_weights import writing
from tagger.text.sentence import Sentence
from tagger.training.options import TrainingOptions
from tagger.training.plan import ModelStage
from tagger.training.run_folder import copy_finished, read_metrics
from tagger.training.segmenter_stage import SOURCE_FILE, SegmenterStage

MOST_SENTENCES = 100_000
"""Sentences of a split that a segmenter learns from."""
MOST_INSIDE = 0.1
"""Share of units that do not end a token, at most, where units are words. In treebanks of Universal Dependencies it is
0.33 in Chinese, 0.19 in Vietnamese, 0.03 in English, and below 0.01 in German, Korean and Uyghur."""

TrainModel = Callable[[Sequence[Manifest], TrainingOptions, ModelStage], dict[str, Any]]
"""Trains one model on corpora, resuming its unfinished run if there is one, and returns its metrics."""


def train_segmenter(options: TrainingOptions, train_model: TrainModel, stage: SegmenterStage) -> None:
    """Train a segmenter in its folder, or what is left of it."""
    workers = options.workers
    if workers.is_chief:
        options.say("segmenter:")
        _write_corpus(stage)
    workers.meet()
    manifest = load_manifest(stage.corpus)
    config = _unit_config(stage, manifest)
    model = ModelStage(config, stage.model, "segmenter")
    checksum = corpus_checksum([manifest])
    if not workers.ask_chief(lambda: model.is_trained(checksum)):
        if workers.is_chief:
            copy_finished(stage.model)
        train_model([manifest], options, model)
    if workers.is_chief:  # also of a trained one: a kill may have come before
        with writing(stage.model):
            write_file(stage.model / RULES_FILE, (stage.corpus / RULES_FILE).read_bytes())
            write_model_manifest(stage.model)
    workers.meet()


def add_segmenter(stage: SegmenterStage, folder: Path) -> dict[str, Any]:
    """Copy what tagging needs of a trained segmenter into a model's folder.

    Return how it was trained, for `metrics.json`. A finished model that is resumed keeps the segmenter that it has.
    """
    if not (stage.model / RULES_FILE).is_file():
        return dict(read_metrics(folder).get("segmenter", {}))
    target = folder / SEGMENTER_FOLDER
    with writing(folder):
        remove_folder(target)
        target.mkdir()
        copy_folder(stage.model / VOCABULARY_FOLDER, target / VOCABULARY_FOLDER)
        for name in (CONFIG_FILE, MODEL_FILE, CHARACTERS_FILE, RULES_FILE):  # the rules last: they mark it as whole
            write_file(target / name, (stage.model / name).read_bytes())
    metrics = read_metrics(stage.model)
    return {key: metrics[key] for key in ("seconds", "epochs", "best_epoch", "parameters")}


def _write_corpus(stage: SegmenterStage) -> None:
    """Write the units of the corpora as a corpus of its own, unless it is there."""
    if stage.corpus.is_dir() and stage.is_of_same_source():
        return
    with writing(stage.folder):
        remove_folder(stage.folder)
        stage.folder.mkdir(parents=True)
    train = _paragraphs(stage, "train")
    rules = learn_rules(train)
    tasks = [BOUNDARY, GAP, *([MULTIWORD] if rules.multiword.rules else [])]
    with new_folder(stage.corpus, marker=MANIFEST) as unfinished:
        writer = CorpusWriter(unfinished, Schemes(dict.fromkeys(tasks), {}), False, lambda split, done: None)
        writer.write("train", lambda remarks: training_windows(train, rules, stage.settings, stage.seed), 1)
        dev = _paragraphs(stage, "dev")
        if dev:
            writer.write("dev", lambda remarks: whole_paragraphs(dev, rules), 1)
        names = ", ".join(corpus.label for corpus in stage.corpora)
        copies = copies_of(train, stage.settings)
        writer.manifest(Provenance(f"units of {names}", notes=str(copies))).save(unfinished)
        save_segmentation_rules(rules, unfinished)
        write_file(unfinished / SOURCE_FILE, stage.source)


def _paragraphs(stage: SegmenterStage, split: str) -> list[Paragraph]:
    """Return the paragraphs of a split of all corpora that have it."""
    found: list[Paragraph] = []
    for corpus in stage.corpora:
        if corpus.has(split):
            sentences: list[Sentence] = list(islice(corpus.read(split), MOST_SENTENCES))
            found += with_made_paragraphs(list(paragraphs(sentences)), stage.seed)
    return found


def _unit_config(stage: SegmenterStage, manifest: Manifest) -> Config:
    """Return the configuration of the network that tags units."""
    settings = stage.settings
    return check_config(
        {
            "seed": stage.seed,
            "tasks": {BOUNDARY: {}, **({MULTIWORD: {}} if MULTIWORD in manifest.tasks else {})},
            "given": {GAP: {"dimension": 8, "dropout": 0.0}},
            "words": {
                "dimension": settings.dimension,
                "lowercase": True,
                "min_count": 2 * int(manifest.notes) + 1,  # three times in the text, which is read in copies
                "unknown_rate": settings.unknown_rate,
            },
            "characters": _characters(settings, manifest),
            "shape": {"dimension": 16},
            "encoder": {
                "units": settings.units,
                "layers": settings.layers,
                "stack": "layers",
                "dropout": settings.dropout,
            },
            "training": {
                "epochs": settings.epochs,
                "batch_size": settings.batch_size,
                "learning_rate": settings.learning_rate,
                "beta2": 0.9,
                "average": 0.99,
            },
            "segmenter": {"train": "never"},
        },
        "segmenter",
    )


def _characters(settings: SegmenterConfig, manifest: Manifest) -> dict[str, Any]:
    """Return the settings of what reads a unit's characters."""
    kind = settings.characters
    if kind == "auto":
        counts = manifest.tasks[BOUNDARY].counts("train")
        kind = "convolution" if counts[INSIDE] > MOST_INSIDE * counts.total() else "bidirectional"
    if kind == "convolution":
        return {"dimension": 16, "widths": [2, 3], "filters": settings.filters}
    return {"encoder": "bidirectional", "dimension": 24, "units": settings.character_units}
