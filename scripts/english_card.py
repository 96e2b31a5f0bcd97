"""What the English model's folder says of it: its scores in 8 bits, its card, its licence.

    python scripts/english_card.py models/english-8bit ../shared/corpora/ud/UD_English-EWT/LICENSE.txt

Scores all corpora of the folder's configuration, and again with every sentence in lower case; writes them to
`metrics.json`, `about.json` and `README.md`, and the licence's text to `LICENSE`. Ends with an error where the folder
is larger than a wheel should carry.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.config.load import load_config
from tagger.config.schema import Config
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.read import open_corpora
from tagger.evaluation import Scores, main_figure
from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.scores import Figures, PlainScores
from tagger.evaluation.several_corpora import score_corpora
from tagger.model.folder import CARD_FILE, CONFIG_FILE, METRICS_FILE
from tagger.model.shipped_models import ABOUT_FILE
from tagger.runtime.tagger import Tagger, load
from tagger.tables import percent
from tagger.training.card import corpora_rows

LARGEST = 12_000_000
LICENCE = "CC BY-SA 4.0"
FEW = 20
"""Tags rarer than this in test are not called weak: chance decides."""

INTRODUCTION = """\
# english

Parts of speech (`upos`: those of Universal Dependencies; `xpos`: those of the Penn Treebank as EWT has them) and names
of persons, places and organisations (`ner`: PER, LOC, ORG) in English text. It comes with `tagger`, and tags where no
model is named.

The model is under CC BY-SA 4.0 (the text is in `LICENSE`), as the corpora are that it learned from; the code of
`tagger` is under the MIT licence. Whoever passes the model on names them:
"""
LIMITS = """\
Scores are for tokens as the corpora have them; on plain text, what the tokenizer cuts otherwise is lost besides. It has
learned from its corpora alone, without vectors or a language model that had read more: a name that was never seen is
known by its spelling and its neighbours, or not at all. Names are persons, places and organisations; nationalities,
languages, events, works and products are none. The tags of Wikigold and of WNUT 2017 were made those of Universal NER,
as the table says.

The entities of EWT's train split are from a copy that its makers had not checked, as said above. Universal NER's PUD
was never learned from: its score is the one for text of another origin.
"""


@dataclass(frozen=True)
class Lower:
    """The scores of a test split, and those of the same sentences in lower case."""

    name: str
    as_it_is: Scores
    lower: Scores


def in_lower_case(tagger: Tagger, corpus: MixedCorpus, tasks: Sequence[str]) -> Scores:
    """The scores of test with every word in lower case."""
    gold = list(corpus.read("test"))
    predicted = tagger.tag(([word.lower() for word in sentence.words] for sentence in gold), scores=False)
    schemes = {task: tagger.schemes[task] for task in tasks}
    return evaluate(zip(gold, predicted, strict=True), schemes, split="test")


def card(
    config: Config,
    corpora: Sequence[MixedCorpus],
    metrics: Mapping,
    scores: Mapping[str, Sequence[Scores | None]],
    lower: Sequence[Lower],
) -> Iterator[str]:
    """The lines of the model's README."""
    yield INTRODUCTION
    yield from corpora_rows(config, corpora, metrics["corpora"])
    yield ""
    yield from (f"{corpus.label}: {corpus.manifest.notes.strip()}\n" for corpus in corpora if corpus.manifest.notes)
    yield "## Scores"
    yield ""
    yield "Of this model, which is in 8 bits: accuracy of `upos` and `xpos`, F1 of whole spans (seqeval) of `ner`."
    yield ""
    tasks = list(config.tasks)
    yield "| corpus | split | " + " | ".join(tasks) + " |"
    yield "| --- | --- |" + " ---: |" * len(tasks)
    for number, corpus in enumerate(corpora):
        for split, by_corpus in scores.items():
            if of := by_corpus[number]:
                yield f"| {corpus.label} | {split} | " + " | ".join(figure(of, task) for task in tasks) + " |"
    yield ""
    yield from by_tag(corpora, scores["test"])
    yield "## Where it is weak"
    yield ""
    yield LIMITS
    yield from weak(corpora, scores["test"])
    yield ""
    yield "The same test sentences, every word in lower case:"
    yield ""
    yield "| corpus | task | as it stands | in lower case |"
    yield "| --- | --- | ---: | ---: |"
    for each in lower:
        for task in each.lower.tasks:
            yield f"| {each.name} | {task} | {figure(each.as_it_is, task)} | {figure(each.lower, task)} |"
    yield ""
    yield "## Make it again"
    yield ""
    yield "    scripts/train_english ../shared/corpora"


def figure(scores: Scores, task: str) -> str:
    """The main figure of a task in percent, nothing where it was not scored."""
    return percent(main_figure(scores.tasks[task])) if task in scores.tasks else ""


def by_tag(corpora: Sequence[MixedCorpus], test: Sequence[Scores | None]) -> Iterator[str]:
    """A table of the tags of each task and corpus of test."""
    for corpus, scores in zip(corpora, test, strict=True):
        for task, of in (scores.tasks if scores else {}).items():
            yield f"### {task} of {corpus.label}, test"
            yield ""
            yield "| tag | precision | recall | F1 | in test |"
            yield "| --- | ---: | ---: | ---: | ---: |"
            for tag, row in by_name(of).items():
                cells = (percent(row.precision), percent(row.recall), percent(row.f1), f"{row.support:,}")
                yield " | ".join([f"| `{tag}`", *cells]) + " |"
            yield ""


def by_name(scores: object) -> Mapping[str, Figures]:
    return scores.tags if isinstance(scores, PlainScores) else scores.types


def weak(corpora: Sequence[MixedCorpus], test: Sequence[Scores | None]) -> Iterator[str]:
    """A line for each task and corpus: the tags that it finds worst, and words that train does not have."""
    for corpus, scores in zip(corpora, test, strict=True):
        for task, of in (scores.tasks if scores else {}).items():
            found = {tag: row for tag, row in by_name(of).items() if row.support >= FEW}
            worst = sorted(found, key=lambda tag: found[tag].f1)[:5]
            line = f"- {task} of {corpus.label}: " + ", ".join(f"`{tag}` {percent(found[tag].f1)}" for tag in worst)
            if isinstance(of, PlainScores):
                line += f"; words that it does not know {percent(of.unknown)}, those that it knows {percent(of.known)}"
            yield line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="the exported folder")
    parser.add_argument("licence", type=Path, help="the text of CC BY-SA 4.0")
    arguments = parser.parse_args()
    folder = arguments.model
    config, tagger = load_config(folder / CONFIG_FILE), load(folder)
    metrics = json.loads((folder / METRICS_FILE).read_text(encoding="utf-8"))
    with open_corpora(config.corpus_paths) as opened:
        corpora = mixed_corpora(config, opened)
        scored = {split: score_corpora(tagger, corpora, split) for split in ("dev", "test")}
        scores = {split: of.by_corpus for split, of in scored.items()}
        lower = [
            Lower(corpus.label, of, in_lower_case(tagger, corpus, list(of.tasks)))
            for corpus, of in zip(corpora, scores["test"], strict=True)
            if of
        ]
        lines = list(card(config, corpora, metrics, scores, lower))
        for split, of in scored.items():
            metrics[split] = of.together.as_dict()
            for entry, each in zip(metrics["corpora"], of.by_corpus, strict=True):
                entry |= {split: each.as_dict()} if each else {}
        about = {
            "language": "English",
            "licence": LICENCE,
            "corpora": [corpus.label for corpus in corpora if corpus.weight],
            "scores": {
                f"{corpus.label}, test": {task: main_figure(each) for task, each in of.tasks.items()}
                for corpus, of in zip(corpora, scores["test"], strict=True)
                if of
            },
        }
    for file, content in ((METRICS_FILE, metrics), (ABOUT_FILE, about)):
        (folder / file).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")
    (folder / CARD_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    shutil.copyfile(arguments.licence, folder / "LICENSE")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.2f} MB", file=sys.stderr)
    if size > LARGEST:
        sys.exit(f"{folder}: {size:,} bytes, more than {LARGEST:,}: fewer words (words.min_count) or units")


if __name__ == "__main__":
    main()
