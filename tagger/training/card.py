"""The model card: what a model was trained on, how good it is, and how to make it again."""

from collections.abc import Mapping
from typing import Any

from tagger.config import Config
from tagger.corpus.manifest import Manifest
from tagger.training.spread import SPLITS, main_figures, which_is_kept


def model_card(config: Config, corpus: Manifest, metrics: Mapping[str, Any], name: str) -> str:
    """The `README.md` of a model folder."""
    spread = metrics.get("seeds")
    lines = [
        f"# {name}",
        "",
        f"A `tagger` model for {', '.join(f'`{task}`' for task in config.tasks)}{_given(config)}.",
        "",
        "| | |",
        "| --- | --- |",
        f"| corpus | {corpus.name or corpus.directory.name} |",
        f"| source | {corpus.source or 'not given'} |",
        f"| licence of the corpus | {corpus.licence or 'not given'} |",
        f"| trained on | {metrics['train']['sentences']:,} sentences, {metrics['train']['tokens']:,} tokens |",
        f"| training | {metrics['seconds']:.0f} s, best of {metrics['epochs']} epochs: {metrics['best_epoch']} |",
        f"| parameters | {metrics['parameters']:,} |",
        *([f"| kept | {which_is_kept(spread)} |"] if spread else []),
        "",
        "## Scores",
        "",
        "| split | task | figure | score |" + (f" mean of {len(spread['runs'])} seeds ± std |" if spread else ""),
        "| --- | --- | --- | --- |" + (" --- |" if spread else ""),
    ]
    for split in SPLITS:
        for task, (figure, score) in main_figures(metrics, split).items():
            line = f"| {split} | {task} | {figure} | {score:.4f} |"
            if spread:
                of = spread[split][task]
                line += f" {of['mean']:.4f} ± {of['std']:.4f} |"
            lines.append(line)
    lines += [
        "",
        "## Limits",
        "",
        "It knows what its corpus shows: words, spellings and subjects far from it are tagged worse. The scores above",
        "are for tokens as the corpus has them.",
    ]
    if corpus.notes:
        lines += ["", corpus.notes]
    lines += ["", "## Train it again", "", "    tagger train config.toml --corpus CORPUS --output MODEL", ""]
    return "\n".join(lines)


def _given(config: Config) -> str:
    """What the model must be given beside words."""
    layers = ", ".join(f"`{layer}`" for layer in config.given)
    return f", which reads the {layers} of each token beside its word" if layers else ""
