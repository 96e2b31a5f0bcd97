"""What the variation of a segmenter's text is worth: F1 on dev as it stands, and written as each rate writes it.

    python benchmarks/varied_text.py ../shared/corpora/ud/UD_English-EWT [--config configs/english.toml] [--work FOLDER]

Two segmenters learn from the treebank's train split with the settings of the configuration: one reads the text as it
stands, with all rates of variation at zero, the other with the rates of the configuration. Each splits the dev split
as it stands, and in eight other forms, in which every paragraph or sentence is varied in one way. F1 of tokens and of
sentences is by their offsets in the text.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.interfaces import run_tagger
from history import Report
from treebanks import split_file

if TYPE_CHECKING:
    from tagger import Sentence, Tagger
    from tagger.config.segmenter_keys import SegmenterConfig
    from tagger.corpus.raw_text import Paragraph
    from tagger.model.segmentation_rules import SegmentationRules

RATES = (
    "line_breaks",
    "wide_spaces",
    "joined_sentences",
    "unpunctuated",
    "lower_case",
    "apostrophes",
    "initials",
    "emoji",
)
AS_IT_STANDS = dict.fromkeys(RATES, 0.0)
ALWAYS = 1 - 1e-9  # a rate is below 1
WHITE_SPACE = {"none": "", "space": " ", "wide": "  ", "line": "\n", "end": ""}
Offsets = set[tuple[int, int]]


def train(settings: "SegmenterConfig", rates: dict[str, float], treebank: Path, folder: Path) -> "Tagger":
    """Train a segmenter alone with some rates, unless its folder is there, and load it."""
    import tagger

    if not folder.exists():
        keys = settings.model_dump() | rates
        config = folder.with_suffix(".toml")
        lines = [f"{name} = {json.dumps(value)}" for name, value in keys.items()]
        config.write_text("\n".join(["[tasks.upos]", "[segmenter]", *lines, ""]), encoding="utf-8")
        run_tagger("train", config, "--tasks", "segmentation", "--corpus", treebank, "--output", folder, "--overwrite")
    return tagger.load(folder)


def read(treebank: Path, split: str) -> list["Paragraph"]:
    """Return the paragraphs of a split."""
    from tagger.corpus.raw_text import paragraphs
    from tagger.text.conllu import read_conllu

    return list(paragraphs(read_conllu(split_file(treebank, split))))


def texts(
    dev: Sequence["Paragraph"], rules: "SegmentationRules", rates: dict[str, float]
) -> Iterator[tuple[str, Offsets, Offsets]]:
    """Yield each paragraph of dev, varied by some rates, with the offsets of its tokens and its sentences."""
    from tagger.config.segmenter_keys import SegmenterConfig
    from tagger.corpus.segmentation import training_windows
    from tagger.model.segmentation_rules import BOUNDARY, GAP, INSIDE, SENTENCE_ENDS

    settings = SegmenterConfig(**rates, copies=1, least_windows=0, window=1000)
    for units in training_windows(dev, rules, settings, seed=1):
        text, tokens, sentences, token, sentence = "", set(), set(), -1, -1
        for unit, boundary, gap in zip(units.words, units.tags[BOUNDARY], units.tags[GAP], strict=True):
            token = len(text) if token < 0 else token
            sentence = token if sentence < 0 else sentence
            text += unit
            if boundary != INSIDE:
                tokens.add((token, len(text)))
                token = -1
            if boundary == SENTENCE_ENDS:
                sentences.add((sentence, len(text)))
                sentence = -1
            text += WHITE_SPACE[gap]
        yield text, tokens, sentences


def found_in(sentences: Sequence["Sentence"]) -> tuple[Offsets, Offsets]:
    """Return the offsets of the tokens and of the sentences that a segmenter found."""
    tokens = {offsets for sentence in sentences for offsets in sentence.token_offsets}
    return tokens, {(sentence.starts[0], sentence.ends[-1]) for sentence in sentences}


def scores(model: "Tagger", varied: Sequence[tuple[str, Offsets, Offsets]]) -> list[float]:
    """Return the F1 of tokens and of sentences, in percent."""
    right, total = [0, 0], [0, 0]
    split = model.sentences_of([text for text, _, _ in varied])
    for (_, *gold), sentences in zip(varied, split, strict=True):
        for kind, (expected, found) in enumerate(zip(gold, found_in(sentences), strict=True)):
            right[kind] += 2 * len(expected & found)
            total[kind] += len(expected) + len(found)
    return [100 * of / all_ for of, all_ in zip(right, total, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("treebank", type=Path, help="the treebank's folder")
    parser.add_argument("--config", type=Path, default=Path("configs/english.toml"), help="whose [segmenter] is taken")
    parser.add_argument("--work", type=Path, help="folder of the two segmenters; a temporary one by default")
    arguments = parser.parse_args()
    from tagger.config.load import load_config
    from tagger.corpus.segmentation import learn_rules

    settings = load_config(arguments.config).segmenter
    rates = {name: getattr(settings, name) for name in RATES}
    report = Report("varied_text")
    with tempfile.TemporaryDirectory() as temporary:
        work = (arguments.work or Path(temporary)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        plain = train(settings, AS_IT_STANDS, arguments.treebank, work / "plain")
        varied = train(settings, rates, arguments.treebank, work / "varied")
        dev, rules = read(arguments.treebank, "dev"), learn_rules(read(arguments.treebank, "train"))
        report.begin_table(["dev", "rate", "tokens", "with variation", "sentences", "with variation"])
        for name in ("", *RATES):
            forms = list(texts(dev, rules, AS_IT_STANDS | ({name: ALWAYS} if name else {})))
            pairs = zip(scores(plain, forms), scores(varied, forms), strict=True)
            figures = [f"{value:.2f}" for pair in pairs for value in pair]
            report.add_row([name or "as it stands", f"{rates[name]:g}" if name else "", *figures])
    report.save()


if __name__ == "__main__":
    main()
