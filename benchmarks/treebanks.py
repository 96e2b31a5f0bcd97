"""The treebanks of raw_text.py: their folders and languages, their splits, and the raw text of a split."""

import math
from dataclasses import dataclass
from pathlib import Path

SPLITS = ("train", "dev", "test")
HELD_OUT = 0.1
"""Share of the dev split that is held out as dev where a treebank has no train split; the rest is trained on."""


@dataclass(frozen=True)
class Treebank:
    """A treebank of Universal Dependencies: its name, its folder below the given one, and its language's code."""

    title: str
    folder: str
    language: str


TREEBANKS = {
    "english": Treebank("English EWT", "UD_English-EWT", "en"),
    "vietnamese": Treebank("Vietnamese VTB", "UD_Vietnamese-VTB", "vi"),
    "uyghur": Treebank("Uyghur UDT", "UD_Uyghur-UDT", "ug"),
    "korean": Treebank("Korean GSD", "UD_Korean-GSD", "ko"),
    "german": Treebank("German GSD", "UD_German-GSD", "de"),
    "chinese": Treebank("Chinese GSDSimp", "UD_Chinese-GSDSimp", "zh"),
}


def write_splits(treebank: Path, target: Path) -> None:
    """Write the train, dev and test splits of a treebank's folder into an existing folder, under their usual names.

    A treebank without a train split is trained on its dev split, whose last tenth of sentences is held out as dev.
    """
    blocks = {split: _blocks(treebank, split) for split in SPLITS}
    if not blocks["train"]:
        cut = len(blocks["dev"]) - math.ceil(HELD_OUT * len(blocks["dev"]))
        blocks["train"], blocks["dev"] = blocks["dev"][:cut], blocks["dev"][cut:]
    prefix = split_file(treebank, "test").name.removesuffix("test.conllu")
    for split, sentences in blocks.items():
        (target / f"{prefix}{split}.conllu").write_text("".join(sentences), encoding="utf-8", newline="\n")


def split_file(folder: Path, split: str) -> Path:
    """Return the CoNLL-U file of a split in a treebank's folder."""
    (path,) = folder.glob(f"*-ud-{split}.conllu")
    return path


def paragraph_texts(path: Path) -> list[str]:
    """Return the raw text of a CoNLL-U file, one string a paragraph: `# newpar` and `# newdoc` begin paragraphs."""
    from tagger.corpus.raw_text import paragraphs
    from tagger.text.conllu import read_conllu

    return [paragraph.text for paragraph in paragraphs(read_conllu(path))]


def _blocks(treebank: Path, split: str) -> list[str]:
    """Return the sentences of a split's file, as text that ends with a blank line; none if there is no such file."""
    texts = (path.read_text(encoding="utf-8") for path in treebank.glob(f"*-ud-{split}.conllu"))
    return [f"{block.strip()}\n\n" for text in texts for block in text.split("\n\n") if block.strip()]
