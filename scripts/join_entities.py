"""Join UD English EWT with the entities of Universal NER, for corpora/ewt-entities.

    python scripts/join_entities.py ../shared/corpora data/ewt-files
    tagger convert corpora/ewt-entities --source data/ewt-files --to data/ewt-entities

Sentences are matched by `sent_id`. A sentence that Universal NER does not have, or has with other words, gets no
entities.
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
DROPPED_TAGS = {"B-OTH": "O", "I-OTH": "O", "B-O": "O"}
"""Tags of Universal NER that are none of PER, LOC and ORG, as in corpora/uner-english-ewt."""
PLACE = {"ner": "MISC:NER"}
"""Where the CoNLL-U files hold the entities."""


def joined(trees: Iterable[Sentence], entities: Iterable[Sentence]) -> Iterator[Sentence]:
    """Yield the sentences of the treebank with their entities.

    The entities are those of the sentence with the same id and words.
    """
    by_id = {sentence.id: sentence for sentence in entities}
    for sentence in trees:
        same = by_id.get(sentence.id)
        if same is not None and same.words == sentence.words:
            sentence = sentence.with_tags("ner", [DROPPED_TAGS.get(tag, tag) for tag in same.tags["ner"]])
        yield sentence


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of real corpora")
    parser.add_argument("output", type=Path, help="the folder to write")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for split, (tree_file, entity_file) in SPLITS.items():
        trees = read_sentences(arguments.shared / "ud" / "UD_English-EWT" / tree_file)
        path = arguments.shared / "ner" / "UNER_English-EWT" / entity_file
        entities = read_sentences(path, "columns", columns=["_", "token", "ner"], separator="\t")
        with (arguments.output / f"{split}.conllu").open("w", encoding="utf-8", newline="\n") as file:
            without = 0
            for sentence in joined(trees, entities):
                file.write(write_conllu(sentence, PLACE))
                without += "ner" not in sentence.tags
        print(f"{split}: {without} sentences without entities", file=sys.stderr)


if __name__ == "__main__":
    main()
