"""What a model's segmenter is trained from, and whether it gets one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tagger.config.schema import Config
from tagger.config.segmenter_keys import SegmenterConfig
from tagger.corpus.from_config import corpus_checksum
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.raw_text import knows_white_space
from tagger.documents import parse_json
from tagger.errors import ConfigError, DataError
from tagger.training.initial_model import open_tagger

SOURCE_FILE = "source.json"
"""File, in the folder of units, that says what they were made from."""
_MOST_LOOKED_AT = 50_000  # sentences, of which none knows its white space


@dataclass(frozen=True)
class SegmenterStage:
    """What a segmenter is trained from: the settings of its section, the corpora, and its folder."""

    settings: SegmenterConfig
    seed: int
    corpora: Sequence[MixedCorpus]
    folder: Path
    """OUTPUT.segmenter."""

    @property
    def model(self) -> Path:
        """The folder of the finished segmenter."""
        return self.folder / "model"

    @property
    def corpus(self) -> Path:
        """The folder of the units that it learns from."""
        return self.folder / "corpus"

    def check_same_source(self) -> None:
        """Raise ConfigError where an unfinished run has other settings or other corpora."""
        if not self.is_of_same_source():
            raise ConfigError(
                f"{self.folder}: this segmenter was trained with other settings or on another corpus: give the same, "
                "or start anew with --overwrite"
            )

    def is_of_same_source(self) -> bool:
        """Return whether the units that are there, if any, are those of these settings and corpora."""
        try:
            found = parse_json((self.corpus / SOURCE_FILE).read_text(encoding="utf-8"))
        except OSError:
            return not self.corpus.is_dir()
        except ValueError:
            return False
        return self.is_made_of(found)

    def is_made_of(self, found: Any) -> bool:  # noqa: ANN401 (of a file)
        """Return whether `made_of` of an earlier run is ours; a setting that it does not have counts as its default."""
        try:
            settings = SegmenterConfig.model_validate(found["settings"]).model_dump(mode="json")
        except (ValueError, KeyError, TypeError):
            return False
        return {**found, "settings": settings} == self.made_of

    @property
    def made_of(self) -> dict[str, Any]:
        """What tells this segmenter from one of other settings or corpora."""
        checksum = corpus_checksum([corpus.manifest for corpus in self.corpora])
        return {"settings": self.settings.model_dump(mode="json"), "seed": self.seed, "corpus": checksum}

    @property
    def source(self) -> str:
        """What `made_of` returns, as JSON: the content of SOURCE_FILE."""
        return json.dumps(self.made_of, indent=1) + "\n"


def segmenter_stage(config: Config, corpora: Sequence[MixedCorpus], folder: Path) -> SegmenterStage | None:
    """Return what a model's segmenter is trained from; None where it gets none.

    Raises DataError where the configuration asks for one and no corpus knows its white space.
    """
    settings = config.segmenter
    if settings.train == "never" or (config.given and settings.train == "auto"):  # raw text has no given tags
        return None
    if settings.train == "auto" and config.init.model and open_tagger(config.init.model).has_segmenter:
        return None  # it is taken over: the corpus of a further training is small
    knowing = [corpus for corpus in corpora if corpus.weight and _knows_white_space(corpus)]
    if not knowing:
        if settings.train == "always":
            raise DataError(
                "no corpus knows its white space, from which a segmenter learns: convert it from a format that does, "
                "such as CoNLL-U, or train none (segmenter.train = 'never', other --tasks than segmentation)"
            )
        return None
    return SegmenterStage(settings, config.seed, knowing, folder)


def _knows_white_space(corpus: MixedCorpus) -> bool:
    """Return whether a corpus's first sentences say where white space stands."""
    if "train" not in corpus.manifest.splits:
        return False
    return knows_white_space(islice(corpus.read("train"), _MOST_LOOKED_AT))
