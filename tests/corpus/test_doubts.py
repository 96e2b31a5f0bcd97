import pytest

from tagger.config.load import check_config
from tagger.corpus.convert import convert
from tagger.corpus.doubts import doubts_about_training
from tagger.corpus.from_config import mixed_corpora


def corpus(folder, **splits):
    """A corpus with splits such as `train=["A B", "A O"]`, the tags of each sentence."""
    files = {}
    folder.mkdir(exist_ok=True)
    for split, sentences in splits.items():
        files[split] = folder / f"{split}.tsv"
        files[split].write_text("".join("".join(f"w\t{tag}\n" for tag in tags.split()) + "\n" for tags in sentences))
    return convert(files, folder / "corpus", columns=["token", "t"], warn=lambda message: None)


FEW = "only 10 sentences in train: hardly enough to learn from, and scores may be chance"
NOTHING = "t: every token of train has the tag {}, so there is nothing to learn"
MANY = ["B-X O"] * 100


@pytest.mark.parametrize(
    ("splits", "doubts"),
    [
        ({"train": MANY, "dev": ["B-X"]}, []),
        ({"train": MANY}, ["no dev split"]),
        ({"train": MANY[:10], "dev": ["B-X"]}, [FEW]),
        (
            {"train": ["O"] * 100, "dev": ["B-X"]},
            [NOTHING.format("O")],
        ),
        (
            {"train": ["NOUN"] * 100, "dev": ["VERB"]},
            [NOTHING.format("NOUN")],
        ),
        ({"train": MANY, "dev": ["O"]}, ["t: no span in dev, so its F1 says nothing"]),
    ],
)
def test_what_the_manifest_shows_is_said_before_training(tmp_path, splits, doubts):
    config = check_config({"tasks": {"t": {}}}, "settings")
    assert list(doubts_about_training(mixed_corpora(config, [corpus(tmp_path, **splits)]))) == doubts


def test_several_corpora_are_taken_together(tmp_path):
    one = corpus(tmp_path / "one", train=MANY[:60], dev=["O"])
    two = corpus(tmp_path / "two", train=MANY[:60], dev=["B-X"])
    settings = {"tasks": {"t": {}}, "corpora": [{"path": "one"}, {"path": "two"}]}

    def doubts(**changes):
        settings["corpora"][1].update(changes)
        return list(doubts_about_training(mixed_corpora(check_config(settings, "settings"), [one, two])))

    assert doubts() == []
    assert doubts(dev=False) == ["t: no span in dev, so its F1 says nothing"]
    assert doubts(dev=True, weight=0.0)[0].startswith("only 60 sentences in train")
