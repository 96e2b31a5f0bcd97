"""The card and the metrics of a language model: what it was trained on, how good it is, how to train it again."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tagger.config.pretraining_keys import PretrainingConfig
from tagger.network.recurrent_language_model import RecurrentLanguageModel
from tagger.pretraining.language_model_step import bits, perplexity
from tagger.pretraining.pretraining_loop import PretrainingPlan, PretrainingState, described
from tagger.pretraining.text_ids import TextIds
from tagger.training.finished_model import peak_memory


def language_model_metrics(
    plan: PretrainingPlan, text: TextIds, network: RecurrentLanguageModel, state: PretrainingState
) -> dict[str, Any]:
    """Return the contents of `metrics.json`; losses are in nats a character."""
    scores = {}
    if state.best_loss is not None:
        loss = state.best_loss
        choices = perplexity(loss)
        finite = choices if np.isfinite(choices) else None  # JSON has no other number
        scores = {"held_out": {"loss": loss, "bits": bits(loss), "perplexity": finite}}
    return {
        "text": {
            **text.record.as_dict(),
            "train": len(plan.train.ids),
            "held_out": len(plan.held_out.ids) if plan.held_out else 0,
            "vocabulary": len(text.vocabulary.entries),
        },
        "epochs": state.epoch,
        "best_step": state.best_step,
        "seconds": state.seconds,
        "peak_memory_bytes": peak_memory(),
        "parameters": network.parameters,
        "history": state.history,
        "train": {"loss": state.history[-1]["loss"]},
        **scores,
    }


def language_model_card(config: PretrainingConfig, metrics: Mapping[str, Any], name: str) -> str:
    """Return the `README.md` of a language model's folder, given the contents of its `metrics.json`."""
    text, encoder = metrics["text"], config.encoder
    held_out = metrics.get("held_out")
    kept = f"best of {metrics['epochs']} epochs: after {metrics['best_step']:,} steps" if held_out else "the last"
    lines = [
        f"# {name}",
        "",
        "A `tagger` language model: it predicts the next character of a text, and writes text.",
        "",
        "| | |",
        "| --- | --- |",
        f"| layers | {encoder.layers} of {encoder.units} units, `{encoder.cell}` |",
        f"| parameters | {metrics['parameters']:,} |",
        f"| characters known | {text['vocabulary']:,} |",
        f"| trained on | {text['train']:,} characters, {metrics['epochs']} epochs, {metrics['seconds']:.0f} s |",
        *([f"| held out | {text['held_out']:,} characters, the end of the text |"] if held_out else []),
        f"| weights kept | {kept} |",
        "",
        "## Loss of a character",
        "",
        f"- on the text it learned from, mean of the last epoch: {described(metrics['train']['loss'])}",
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
        "What it writes reads like its text and need not be true. It may repeat passages of its text.",
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
