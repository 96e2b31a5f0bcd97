"""The model card: what a model was trained on, how good it is, and how to train it again."""

from collections.abc import Mapping, Sequence
from typing import Any

from tagger.config.schema import Config
from tagger.corpus.mixture import MixedCorpus
from tagger.evaluation.main_figures import main_figures, raw_main_figures
from tagger.tables import percent
from tagger.training.spread import SPLITS, which_is_kept


def model_card(config: Config, corpora: Sequence[MixedCorpus], metrics: Mapping[str, Any], name: str) -> str:
    """Return the `README.md` of a model folder, given the contents of its `metrics.json`."""
    spread, teachers = metrics.get("seeds"), metrics.get("teachers")
    corpus = corpora[0].manifest
    several = len(corpora) > 1
    origin = [
        f"| corpus | {corpus.name or corpus.directory.name} |",
        f"| source | {corpus.source or 'not given'} |",
        f"| licence of the corpus | {corpus.licence or 'not given'} |",
    ]
    lines = [
        f"# {name}",
        "",
        f"A `tagger` model for {', '.join(f'`{task}`' for task in config.tasks)}{_given(config)}.",
        "",
        "| | |",
        "| --- | --- |",
        *([f"| corpora | {len(corpora)}, below |"] if several else origin),
        f"| trained on | {metrics['train']['sentences']:,} sentences, {metrics['train']['tokens']:,} tokens |",
        f"| training | {metrics['seconds']:.0f} s, best of {metrics['epochs']} epochs: {metrics['best_epoch']} |",
        *([f"| teachers | {_teachers(teachers)} |"] if teachers and teachers["models"] else []),
        *([f"| unlabelled text | {_unlabelled(metrics)} |"] if "unlabelled" in metrics else []),
        *(_began_with(metrics["init"]) if "init" in metrics else []),
        *_list_rows(metrics.get("lists", {})),
        f"| parameters | {metrics['parameters']:,} |",
        *([f"| kept | {which_is_kept(spread)} |"] if spread else []),
        "",
    ]
    if several:
        lines += ["## Corpora", "", *corpora_rows(config, corpora, metrics["corpora"]), ""]
    lines += raw_lines(metrics)
    columns = ["split", "task", "figure", "score"]
    columns = ["corpus"] * several + columns + ([f"mean of {len(spread['runs'])} seeds ± std"] if spread else [])
    lines += ["## Scores on given words", "", f"| {' | '.join(columns)} |", "|" + " --- |" * len(columns)]
    lines += _score_rows(metrics, spread, "all | " if several else "")
    if several:
        for number, scores in enumerate(metrics["corpora"]):
            lines += _score_rows(scores, spread and spread["corpora"][number], f"{scores['name']} | ")
    lines += [
        "",
        "## Limits",
        "",
        "It knows what its corpus shows: words, spellings and subjects far from it are tagged worse.",
        _splits_raw_text_by(metrics),
    ]
    for each in corpora:
        if each.manifest.notes:
            lines += ["", f"{each.label}: {each.manifest.notes.strip()}" if several else each.manifest.notes]
    corpus_option = "" if config.corpora else "--corpus CORPUS "
    lines += ["", "## Train it again", "", f"    tagger train config.toml {corpus_option}--output MODEL", ""]
    return "\n".join(lines)


def _teachers(teachers: Mapping[str, Any]) -> str:
    """Return how many teachers a model had, and which."""
    names = teachers.get("names", ())
    parts = [f"{teachers['models']}"]
    if names:
        parts.append(f"of them {', '.join(names)}" if len(names) < teachers["models"] else ", ".join(names))
    if len(names) < teachers["models"]:
        parts.append(f"trained in {teachers['seconds']:.0f} s")
    return ", ".join(parts)


def _unlabelled(metrics: Mapping[str, Any]) -> str:
    """Return how much unlabelled text a model has learned, of which files, and who has tagged it."""
    text, teachers = metrics["unlabelled"], metrics["teachers"]["models"]
    files = ", ".join(f"{file['name']} ({file['kept']:,})" for file in text["files"])
    said = f"{text['sentences']:,} of {text['read']:,} sentences, {text['tokens']:,} tokens, of {files}"
    return f"{said}, tagged by the teachers" if teachers else f"{said}, with tags from outside"


def _began_with(init: Mapping[str, Any]) -> list[str]:
    """Return the table rows on the model with which training began, given the `init` of `metrics.json`."""
    rows = [f"| began with | the model `{init['model']}`, of {init['corpora'] or 'corpora that it does not name'} |"]
    if init["licence"]:
        rows.append(f"| licences of its corpora | {init['licence']} |")
    if init["kept_tasks"]:
        rows.append(f"| tasks that it labelled | {', '.join(init['kept_tasks'])} |")
    if text := init.get("text"):
        files = ", ".join(f"{file['name']} ({file['kept']:,})" for file in text["files"])
        share = percent(init["rehearsal"])
        rows.append(f"| rehearsal | {share} % of the sentences, of {text['sentences']:,} of {files}, which it tagged |")
    return rows


def raw_lines(metrics: Mapping[str, Any]) -> list[str]:
    """Return the lines about scores from raw text; none where there are no such scores."""
    by_split = {split: raw_main_figures(metrics, split) for split in SPLITS}
    names = list(dict.fromkeys(name for figures in by_split.values() for name in figures))
    if not names:
        return []
    rows = [
        f"| {split} | {' | '.join(percent(figures[name]) if name in figures else '' for name in names)} |"
        for split, figures in by_split.items()
        if figures
    ]
    about = "F1 by the definitions of the CoNLL 2018 shared task, from the text alone."
    head = ["## Scores from raw text", "", about, "", f"| split | {' | '.join(names)} |"]
    return [*head, "|" + " --- |" * (len(names) + 1), *rows, ""]


def _splits_raw_text_by(metrics: Mapping[str, Any]) -> str:
    """Return a sentence on what splits raw text for the model."""
    if other := metrics.get("segmenter", {}).get("of"):
        return f"Raw text is split into sentences and words by the segmenter of `{other}`, with which training began."
    if "segmenter" in metrics:
        return "Raw text is split into sentences and words by the model's own segmenter, learned from the same corpus."
    return "It has no segmenter of its own: NLTK's tokenizer splits raw text into sentences and words."


def _list_rows(lists: Mapping[str, Any]) -> list[str]:
    """Return the table rows of the lists of names that the model reads, given the `lists` of `metrics.json`."""
    return [
        f"| list `{name}` | {about['phrases']:,} phrases of {', '.join(about['files'])} |"
        for name, about in lists.items()
    ]


def _given(config: Config) -> str:
    """Return half a sentence about the tags that the model reads beside words, if any."""
    layers = ", ".join(f"`{layer}`" for layer in config.given)
    return f", which reads the {layers} of each token beside its word" if layers else ""


def corpora_rows(config: Config, corpora: Sequence[MixedCorpus], metrics: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines of a table of corpora: tasks, size, weight, source and licence of each."""
    rows = [
        "| corpus | tasks | sentences of train | weight | source | licence |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for settings, corpus, figures in zip(config.corpora, corpora, metrics, strict=True):
        manifest, sentences = corpus.manifest, figures.get("train", {}).get("sentences", 0)
        tasks = []
        for task, layer in corpus.layers.items():
            renamed = ", ".join(f"{tag} as {name}" for tag, name in settings.tags.get(task, {}).items())
            tasks.append(task + (f" of {layer}" if layer != task else "") + (f" ({renamed})" if renamed else ""))
        rows.append(
            f"| {corpus.label} | {', '.join(tasks)} | {sentences:,} | {corpus.weight:g} "
            f"| {manifest.source or 'not given'} | {manifest.licence or 'not given'} |"
        )
    return rows


def _score_rows(metrics: Mapping[str, Any], spread: Mapping[str, Any] | None, before: str) -> list[str]:
    """Return a table row for each task on dev and test; each row begins with `before`.

    With several seeds, a row also has their mean and standard deviation.
    """
    rows = []
    for split in SPLITS:
        for task, (figure, score) in main_figures(metrics, split).items():
            row = f"| {before}{split} | {task} | {figure} | {percent(score)} |"
            if spread:
                summary = spread[split][task]
                row += f" {percent(summary['mean'])} ± {percent(summary['std'])} |"
            rows.append(row)
    return rows
