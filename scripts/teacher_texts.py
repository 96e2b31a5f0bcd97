"""Write what the teacher of the English models learns from, is tested on and tags, as JSON lines.

    python scripts/teacher_texts.py ../shared/corpora data/teacher

SOURCE is the folder of real corpora, OUTPUT the folder to write. Gold sentences are those of `configs/english.toml`,
with tags of the names that it gives them, and of three corpora that are read by teachers alone. They go to
`gold.jsonl.xz`: `corpus`, `split`, `tokens` and a list of tags for each task. Sentences without tags go to
`raw.jsonl.xz`, in a random order: parts of the raw texts, cut by the shipped model's segmenter, and the train sentences
of all corpora but EWT, of which most lack one of the tasks.
"""

import argparse
import json
import lzma
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tagger.config.load import load_config
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.read import open_corpora, read_split
from tagger.errors import TaggerError
from tagger.files import new_file
from tagger.model.folder import open_model
from tagger.model.shipped_models import find_model
from tagger.runtime.text_readers import segmenter_of
from tagger.text.composing import composed
from tagger.text.reading import raw_lines
from tagger.text.sentence import Sentence

CONFIG = Path(__file__).parent.parent / "configs" / "english.toml"
OF_TEACHERS = ("gum-free", "re-docred", "crossner")
"""Corpora, converted to folders of `data`, that the teachers alone learn from."""
WORDS = {
    "un-debates": 900_000,
    "openstax": 500_000,
    "novels": 350_000,
    "dialogues": 250_000,
    "factbook": 200_000,
    "spoken-sentences": 100_000,
}
"""How many words, about, are taken of each raw text."""
WORDS_WITH_NAMES = {"un-debates": 1_100_000, "openstax": 900_000, "novels": 300_000, "factbook": 200_000}
"""How many more are taken of sentences with a capital letter behind their first word: most sentences have no name."""
BLOCK = 40
"""Lines of a raw text that are taken together, because some paragraphs go over several lines."""
LONGEST = 120
"""Words of a sentence that is tagged: longer ones are mostly lists and tables."""


def gold_sentences() -> Iterator[dict[str, Any]]:
    """Yield the sentences of all corpora with their tags, names mapped to persons, places and organisations."""
    config = load_config(CONFIG)
    with open_corpora(config.corpus_paths) as opened:
        for corpus in mixed_corpora(config, opened):
            for split in corpus.manifest.splits:
                yield from _rows(corpus.label, split, corpus.read(split))
    for name in OF_TEACHERS:
        yield from _rows(name, "train", read_split(Path("data") / name, "train"))


def _rows(corpus: str, split: str, sentences: Iterable[Sentence]) -> Iterator[dict[str, Any]]:
    """Yield annotated sentences as objects of JSON."""
    for sentence in sentences:
        tags = {task: list(layer) for task, layer in sentence.tags.items() if any(layer)}
        if tags:
            yield {"corpus": corpus, "split": split, "tokens": [composed(word) for word in sentence.words], **tags}


def raw_sentences(source: Path, generator: random.Random) -> Iterator[tuple[str, ...]]:
    """Yield different sentences of the raw texts, as the shipped model's segmenter cuts them."""
    segmenter = segmenter_of(open_model(find_model("english")))
    if segmenter is None:
        raise TaggerError("the shipped model has no segmenter")
    read = segmenter.readers()["text"]
    for name, wanted in WORDS.items():
        lines = list(raw_lines(source / "raw" / f"{name}.txt.xz"))
        blocks = list(range(0, len(lines), BLOCK))
        generator.shuffle(blocks)
        taken, taken_with_names, seen = 0, 0, set()
        for first in blocks:
            if taken >= wanted and taken_with_names >= WORDS_WITH_NAMES.get(name, 0):
                break
            for sentence in read(["".join(lines[first : first + BLOCK])], 0):
                words = tuple(composed(word) for word in sentence.words)
                if not 2 < len(words) <= LONGEST or words in seen:
                    continue
                if taken < wanted:
                    taken += len(words)
                elif any(word[0].isupper() and word != "I" for word in words[1:]):
                    taken_with_names += len(words)
                else:
                    continue
                seen.add(words)
                yield words


def _write(path: Path, sentences: Iterable[dict[str, Any]]) -> None:
    count = 0
    with new_file(path) as file, lzma.open(file, "wt", encoding="utf-8", preset=1) as lines:
        for sentence in sentences:
            lines.write(json.dumps(sentence, ensure_ascii=False) + "\n")
            count += len(sentence["tokens"])
    print(f"{path}: {count:,} words")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    generator = random.Random(1)
    arguments.output.mkdir(parents=True, exist_ok=True)
    gold = list(gold_sentences())
    _write(arguments.output / "gold.jsonl.xz", gold)
    raw = [{"tokens": words} for words in raw_sentences(arguments.source, generator)]
    raw += [
        {"tokens": each["tokens"]} for each in gold if each["split"] == "train" and each["corpus"] != gold[0]["corpus"]
    ]
    generator.shuffle(raw)
    _write(arguments.output / "raw.jsonl.xz", raw)


if __name__ == "__main__":
    try:
        main()
    except TaggerError as error:
        sys.exit(f"error: {error}")
