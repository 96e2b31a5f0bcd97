"""UD English EWT with the entities of Universal NER in it, as the recipe corpora/ewt-entities reads it.

    python scripts/join_entities.py ../shared/corpora data/ewt-files
    tagger convert corpora/ewt-entities --source data/ewt-files --to data/ewt-entities

Sentences match by `sent_id`. One that is not in Universal NER, or has other words there, goes without entities.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tagger.text.conllu import write_conllu
from tagger.text.formats import read_sentences
from tagger.text.sentence import Sentence

SPLITS = {
    "train": ("en_ewt-ud-train.conllu", "PRERELEASE_0c7ce0d_en_ewt-ud-train.iob2"),
    "dev": ("en_ewt-ud-dev.conllu", "en_ewt-ud-dev.iob2"),
    "test": ("en_ewt-ud-test.conllu", "en_ewt-ud-test.iob2"),
}
NO_ENTITY = {"B-OTH": "O", "I-OTH": "O", "B-O": "O"}
"""As in corpora/uner-english-ewt."""
PLACE = {"ner": "MISC:NER"}


def joined(words: Iterable[Sentence], entities: Iterable[Sentence]) -> Iterator[Sentence]:
    """The sentences with the tags that those of the same name and words have."""
    marked = {sentence.id: sentence for sentence in entities}
    for sentence in words:
        same = marked.get(sentence.id)
        if same is not None and same.words == sentence.words:
            sentence = sentence.with_tags("ner", [NO_ENTITY.get(tag, tag) for tag in same.tags["ner"]])
        yield sentence


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of real corpora")
    parser.add_argument("output", type=Path, help="the folder to write")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for split, (words, entities) in SPLITS.items():
        trees = read_sentences(arguments.shared / "ud" / "UD_English-EWT" / words)
        path = arguments.shared / "ner" / "UNER_English-EWT" / entities
        names = read_sentences(path, "columns", columns=["_", "token", "ner"], separator="\t")
        with (arguments.output / f"{split}.conllu").open("w", encoding="utf-8", newline="\n") as file:
            without = 0
            for sentence in joined(trees, names):
                file.write(write_conllu(sentence, PLACE))
                without += "ner" not in sentence.tags
        print(f"{split}: {without} sentences without entities", file=sys.stderr)


if __name__ == "__main__":
    main()
