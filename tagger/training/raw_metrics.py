"""How good a trained network is from raw text, for `metrics.json`."""

from functools import partial
from pathlib import Path
from typing import Any

from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.raw_text import knows_white_space
from tagger.evaluation.raw_scores import RawSums, raw_figures
from tagger.evaluation.raw_split import score_raw
from tagger.model.folder import CONFIG_FILE, SEGMENTER_FOLDER
from tagger.runtime.segmenter import Segmenter
from tagger.training.run import Run


def raw_metrics(run: Run, folder: Path) -> dict[str, dict[str, Any]]:
    """Score the network on the raw text of dev and test, split by the segmenter in its folder if there is one.

    A split for which no corpus knows its white space is left out, and so are all where the model reads tags.
    """
    if run.tagger.given:
        return {}
    segmenter = folder / SEGMENTER_FOLDER
    tagger = run.tagger.with_segmenter(Segmenter(segmenter) if (segmenter / CONFIG_FILE).is_file() else None)
    metrics = {}
    for split in ("dev", "test"):
        sums = RawSums()
        for corpus in run.corpora:
            if _can_be_scored(corpus, split):
                schemes = {task: tagger.schemes[task] for task in corpus.annotated(split)}
                sums += score_raw(partial(tagger, scores=False), corpus.read(split), schemes)
        if sums.words.gold:
            metrics[split] = raw_figures(sums)
    return metrics


def _can_be_scored(corpus: MixedCorpus, split: str) -> bool:
    return bool(corpus.annotated(split)) and knows_white_space(corpus.read(split))
