"""What beginning with a finished model is worth to those with few sentences, and what it forgets.

    pip install 'rnn-tagger[benchmark]'
    python benchmarks/fine_tuning.py ../shared/corpora [--model english] [--sentences 50 200 1000] [--seeds 3]
        [--epochs 12] [--rehearsal 0.2] [--set KEY=VALUE ...] [--ways ...]

The new domain is Wikigold (Wikipedia; persons, places, organisations, and MISC, which is new to the shipped model). The
shipped model and its teachers have not learned from it, as they have from tweets. Of its first 1,100 sentences, 50, 200
and 1,000 that are spread over them are for training, the next 150 are dev, and the last 446 are test. The old domain is
EWT with the names of Universal NER, its test split. A model of the same settings is trained from random weights (with
the model's learning rate, and the epochs and batches of learning_curves.py), from the model (`--init`), and from it
with rehearsal, whose text is EWT's training sentences without their annotation. CRFsuite and spaCy learn from the same
sentences by the settings of compare_peers.py. Scores are means over the seeds, with the sample standard deviation;
seconds are the mean of the trainings; CRFsuite and spaCy learn once.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from compare_peers import PEERS
from history import Report
from learning_curves import PLANS, peer_scores, require_installed

from corpora import run
from tagger import load
from tagger.config.load import check_config
from tagger.corpus.convert import convert
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.read import open_corpus, read_split
from tagger.evaluation.main_figures import main_figure
from tagger.evaluation.several_corpora import score_corpora
from tagger.model.folder import open_model
from tagger.model.shipped_models import find_model
from tagger.tables import percent
from tagger.text.sentence import Sentence
from tagger.training.initial_config import own_config

TAGGER = (sys.executable, "-m", "tagger")
SPLITS = {"train": slice(0, 1_100), "dev": slice(1_100, 1_250), "test": slice(1_250, None)}
RAW = "raw/ewt_train_sentences.txt"
PEER_WAYS = ("crf", "spacy")
WAYS = {
    **{peer: PEERS[peer].title for peer in PEER_WAYS},
    "random": "random weights",
    "init": "`--init`",
    "rehearsal": "`--init` with rehearsal",
}
TASKS = ("ner", "upos")
NEW_LABELS = ("MISC",)
"""Labels of the new domain that the old one does not annotate."""


def new_domain(sentences: Sequence[Sentence], count: int, target: Path) -> None:
    """Write a corpus with some sentences of the new domain to learn from, and its dev and test."""

    def read(split: str) -> Iterator[Sentence]:
        chosen = sentences[SPLITS[split]]
        if split == "train":
            chosen = [chosen[number * len(chosen) // count] for number in range(count)]
        return iter(chosen)

    convert({split: split for split in SPLITS}, target, read=read)


def scores_on(model: Path | str, corpus: Path, labels: Sequence[str] = ()) -> dict[str, float]:
    """Return the main figure of each task of a model on the test split of a corpus, which annotates no `labels`."""
    tagger = load(model)
    with open_corpus(corpus) as manifest:
        tasks = [task for task in tagger.tasks if task in manifest.tasks]
        layers = dict(zip(tasks, tasks, strict=True))
        mixed = MixedCorpus(manifest, tasks, layers, open_labels={"ner": frozenset(labels)})
        found = score_corpora(tagger, [mixed], "test")
    return {task: main_figure(scores) for task, scores in found.together.tasks.items()} if found else {}


def settings_of(way: str, count: int, arguments: argparse.Namespace) -> dict[str, str]:
    """Return the settings of a way to train on a number of sentences, by key."""
    settings = {"segmenter.train": "never", "training.epochs": str(arguments.epochs)}
    if way == "random":
        epochs, batch = next((epochs, batch) for most, epochs, batch in PLANS if count < most)
        settings |= {"training.epochs": str(epochs), "training.batch_size": str(batch)}
    settings |= dict(setting.split("=", 1) for setting in arguments.set)
    if way == "rehearsal":
        text = json.dumps([str(arguments.shared.resolve() / RAW)])
        settings |= {"init.rehearsal": str(arguments.rehearsal), "init.text": text}
    return settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of real corpora")
    parser.add_argument("--model", default="english", help="the model to begin with, a folder or a name")
    parser.add_argument("--sentences", type=int, nargs="+", default=[50, 200, 1000], help="sizes of train splits")
    parser.add_argument("--seeds", type=int, default=3, help="models of each row")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--rehearsal", type=float, default=0.2, help="share of an epoch that is old text")
    parser.add_argument("--set", action="append", default=[], help="a setting of all trainings")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    arguments = parser.parse_args()
    require_installed(parser, [way for way in arguments.ways if way in PEER_WAYS], "--ways")
    report = Report("fine_tuning")
    report.begin_table(
        ["sentences", "begins with", "new domain: ner", "old domain: ner", "old domain: upos", "seconds"]
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        convert_recipe = partial(run, *TAGGER, "convert")
        whole, old, new, model = folder / "wikigold", folder / "ewt", folder / "new", folder / "model"
        convert_recipe("corpora/wikigold", "--source", arguments.shared.resolve() / "ner/wikigold", "--to", whole)
        sentences = [each for split in SPLITS for each in read_split(whole, split)]
        run(sys.executable, "scripts/join_entities.py", arguments.shared.resolve(), folder / "ewt-files")
        convert_recipe("corpora/ewt-entities", "--source", folder / "ewt-files", "--to", old)
        settings = open_model(find_model(arguments.model)).settings
        random = own_config(arguments.model).model_dump(mode="json")
        del random["init"]
        scratch = folder / "scratch.toml"
        random["tasks"] = {"ner": random["tasks"]["ner"]}
        random["training"]["learning_rate"] = settings["training"]["learning_rate"]
        scratch.write_text(check_config(random, "scratch").to_toml(), encoding="utf-8")
        for count in arguments.sentences:
            new_domain(sentences, count, new / str(count))
            if count == arguments.sentences[0]:
                before = cells([scores_on(arguments.model, new / str(count))], [scores_on(arguments.model, old)])
                report.add_row(["0", f"the model `{arguments.model}` as it is", *before, ""])
            for way in arguments.ways:
                if way in PEER_WAYS:
                    (score,) = peer_scores([way], new / str(count), "ner", folder / way / str(count)).values()
                    report.add_row([f"{count:,}", WAYS[way], percent(score), "", "", ""])
                    continue
                begin = [scratch] if way == "random" else ["--init", arguments.model]
                overrides = [
                    part for pair in settings_of(way, count, arguments).items() for part in ("--set", "=".join(pair))
                ]
                command = ["train", *begin, "--corpus", new / str(count), "--output", model, "--overwrite", *overrides]
                seconds, on_new, on_old = [], [], []
                for seed in range(1, arguments.seeds + 1):
                    seconds.append(run(*TAGGER, *command, "--set", f"seed={seed}")[1])
                    on_new.append(scores_on(model, new / str(count)))
                    on_old.append(scores_on(model, old, NEW_LABELS))
                found = cells(on_new, on_old)
                report.add_row([f"{count:,}", WAYS[way], *found, f"{statistics.mean(seconds):.0f}"])
    report.save()


def cells(new: Sequence[dict[str, float]], old: Sequence[dict[str, float]]) -> list[str]:
    """Return the cells of a row from the scores of each seed: entities on the new domain, both tasks on the old one."""
    on_old = (mean_cell([scores[task] for scores in old]) if task in old[0] else "no such task" for task in TASKS)
    return [mean_cell([scores["ner"] for scores in new]), *on_old]


def mean_cell(scores: Sequence[float]) -> str:
    """Return the mean of some scores as a cell, with their sample standard deviation where there are several."""
    spread = f" ± {percent(statistics.stdev(scores))}" if len(scores) > 1 else ""
    return f"{percent(statistics.mean(scores))}{spread}"


if __name__ == "__main__":
    main()
