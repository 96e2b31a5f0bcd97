"""What a tagger's training begins with: a language model, another tagger, or random numbers."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from tagger.config.schema import Config
from tagger.corpus.from_config import corpus_checksum
from tagger.corpus.manifest import Manifest
from tagger.errors import ModelError
from tagger.model.model_manifest import MANIFEST_FILE
from tagger.model.shipped_models import find_model
from tagger.training.initial_model import InitialModel, initial_model, open_initial
from tagger.training.pretrained_encoder import PretrainedEncoder, open_pretrained, pretrained_encoder


def check_beginning(config: Config) -> None:
    """Raise ModelError or ConfigError where training cannot begin as a configuration says; reads no weights."""
    open_pretrained(config)
    open_initial(config)


def beginning_of(config: Config) -> InitialModel | PretrainedEncoder | None:
    """Return the model that a configuration begins with; None where it begins with random numbers.

    Raises what `check_beginning` raises, and ModelError where the weights are damaged.
    """
    return initial_model(config) or pretrained_encoder(config)


def checksum_of_sources(config: Config, corpora: Sequence[Manifest]) -> str:
    """Return a SHA-256 that identifies what a run learns from: its corpora, and the model that it begins with."""
    checksum = corpus_checksum(corpora)
    if not (config.init.model or config.encoder.pretrained):
        return checksum
    folder = find_model(config.init.model) if config.init.model else Path(config.encoder.pretrained)
    try:
        return sha256(checksum.encode() + (folder / MANIFEST_FILE).read_bytes()).hexdigest()
    except OSError as error:
        again = f"add one with tagger check {folder} --write-manifest" if config.init.model else "pretrain again"
        raise ModelError(f"{folder / MANIFEST_FILE}: cannot be read: {error.strerror}: {again}") from None
