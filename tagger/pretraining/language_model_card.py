"""The card and the metrics of a language model: what it was trained on, how good it is, how to train it again."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tagger.config.load import LanguageModelSettings
from tagger.config.word_model_keys import WordModelConfig
from tagger.network.saved_weights import parameter_count
from tagger.pretraining.language_model_step import bits, perplexity
from tagger.pretraining.pretraining_loop import PretrainingState, Trainee, described
from tagger.training.finished_model import peak_memory


def language_model_metrics(trainee: Trainee, state: PretrainingState) -> dict[str, Any]:
    """Return the contents of `metrics.json`; losses are in nats a character, or a word."""
    scores = {}
    if state.best_loss is not None:
        loss = state.best_loss
        choices = perplexity(loss)
        finite = choices if np.isfinite(choices) else None  # JSON has no other number
        scores = {"held_out": {"loss": loss, "bits": bits(loss), "perplexity": finite}}
    return {
        "text": trainee.text_figures(),
        "epochs": state.epoch,
        "best_step": state.best_step,
        "seconds": state.seconds,
        "peak_memory_bytes": peak_memory(),
        "parameters": parameter_count(trainee.network),
        "history": state.history,
        "train": {"loss": state.history[-1]["loss"]},
        **scores,
    }


def language_model_card(config: LanguageModelSettings, metrics: Mapping[str, Any], name: str) -> str:
    """Return the `README.md` of a language model's folder, given the contents of its `metrics.json`."""
    text, encoder, unit = metrics["text"], config.encoder, config.text.unit
    held_out = metrics.get("held_out")
    kept = f"best of {metrics['epochs']} epochs: after {metrics['best_step']:,} steps" if held_out else "the last"
    if isinstance(config, WordModelConfig):
        directions = " in each direction" if config.encoder.bidirectional else ""
        about = [
            "A `tagger` language model: it predicts each word of a sentence from those before it"
            + (", and from those after it." if directions else "."),
            "A tagger's encoder begins with it: `tagger train CONFIG --set encoder.pretrained=FOLDER`.",
        ]
        limits = "It has learned what its text says, and its text's mistakes."
        compared = f" of {text['vocabulary']:,} words" + (", in a sample of them" if config.training.samples else "")
        segmented = [f"| segmented by | {_in_cell(config.text.segmenter) or 'NLTK'} |"]
        where = "spread over the text"
    else:
        directions, compared, segmented = "", "", []
        about = ["A `tagger` language model: it predicts the next character of a text, and writes text."]
        limits = "What it writes reads like its text and need not be true. It may repeat passages of its text."
        where = "the end of the text"
    lines = [
        f"# {name}",
        "",
        *about,
        "",
        "| | |",
        "| --- | --- |",
        f"| layers | {encoder.layers} of {encoder.units} units{directions}, `{encoder.cell}` |",
        f"| parameters | {metrics['parameters']:,} |",
        f"| {unit}s known | {text['vocabulary']:,} |",
        f"| trained on | {text['train']:,} {unit}s, {metrics['epochs']} epochs, {metrics['seconds']:.0f} s |",
        *([f"| held out | {text['held_out']:,} {unit}s, {where} |"] if held_out else []),
        *segmented,
        f"| weights kept | {kept} |",
        "",
        f"## Loss of a {unit}",
        "",
        f"- on the text it learned from, mean of the last epoch{compared}: {described(metrics['train']['loss'])}",
        *([f"- on the held-out text: {described(held_out['loss'])}"] if held_out else []),
        "",
        "## Text",
        "",
        "| file | bytes | characters |",
        "| --- | ---: | ---: |",
        *(f"| {_in_cell(each['name'])} | {each['bytes']:,} | {each['characters']:,} |" for each in text["files"]),
        "",
        "## Limits",
        "",
        limits,
        "",
        "## Train it again",
        "",
        "    tagger pretrain config.toml --text FILE --output MODEL",
        "",
    ]
    return "\n".join(lines)


def _in_cell(text: str) -> str:
    """Return a text for a cell of a table, in which a vertical bar is no border."""
    return text.replace("|", "\\|")
