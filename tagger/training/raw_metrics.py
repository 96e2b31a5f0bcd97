"""How good a trained network is from raw text, for `metrics.json`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tagger.corpus.mixture import MixedCorpus
from tagger.evaluation.raw_scores import raw_figures
from tagger.evaluation.raw_split import score_corpora_raw
from tagger.model.folder import CONFIG_FILE, SEGMENTER_FOLDER
from tagger.runtime.segmenter import Segmenter
from tagger.runtime.tagger import Tagger
from tagger.training.run import Run


def raw_metrics(run: Run, folder: Path) -> dict[str, dict[str, Any]]:
    """Score the network on the raw text of dev and test, split by the segmenter in its folder if there is one.

    A split for which no corpus knows its white space is left out, and so are all where the model reads tags.
    """
    if run.tagger.given:
        return {}
    segmenter = folder / SEGMENTER_FOLDER
    tagger = run.tagger.with_segmenter(Segmenter(segmenter) if (segmenter / CONFIG_FILE).is_file() else None)
    return raw_figures_by_split(tagger, run.corpora)


def raw_figures_by_split(tagger: Tagger, corpora: Sequence[MixedCorpus]) -> dict[str, dict[str, Any]]:
    """Score a model on the raw text of dev and test, as far as some corpus knows its white space there."""
    sums = {split: score_corpora_raw(tagger, corpora, split) for split in ("dev", "test")}
    return {split: raw_figures(each) for split, each in sums.items() if each.words.gold}
