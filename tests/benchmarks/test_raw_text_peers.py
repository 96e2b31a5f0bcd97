"""Peers on raw text: the splits that all of them learn from, and the scores of what they find."""

import pytest

BLANK = "\t_" * 5


def conllu(*sentences: str) -> str:
    """Return sentences in CoNLL-U, given as `word/UPOS`; a plus after it says that no space follows."""
    blocks = []
    for sentence in sentences:
        rows = []
        for number, word in enumerate(sentence.split(), start=1):
            form, tag = word.rstrip("+").split("/")
            misc = "SpaceAfter=No" if word.endswith("+") else "_"
            rows.append(f"{number}\t{form}\t_\t{tag}{BLANK}\t{misc}\n")
        blocks.append("".join(rows) + "\n")
    return "".join(blocks)


def test_without_a_train_split_the_last_tenth_of_dev_is_held_out_and_the_rest_trained_on(script, tmp_path):
    source, target = tmp_path / "UD_German-GSD", tmp_path / "splits"
    source.mkdir(), target.mkdir()
    (source / "de_gsd-ud-dev.conllu").write_text(conllu(*(f"wort{n}/NOUN" for n in range(15))), encoding="utf-8")
    (source / "de_gsd-ud-test.conllu").write_text(conllu("ende/NOUN"), encoding="utf-8")

    script("treebanks").write_splits(source, target)

    texts = {split: (target / f"de_gsd-ud-{split}.conllu").read_text(encoding="utf-8") for split in ("train", "dev")}
    assert texts["train"] == conllu(*(f"wort{n}/NOUN" for n in range(13)))
    assert texts["dev"] == conllu("wort13/NOUN", "wort14/NOUN")
    assert (target / "de_gsd-ud-test.conllu").read_text(encoding="utf-8") == conllu("ende/NOUN")


def test_everybody_reads_the_sentences_joined_by_their_white_space_one_text_a_paragraph(script, tmp_path):
    path = tmp_path / "x-ud-test.conllu"
    one, two = conllu("Go/VERB+ !/PUNCT", "I/PRON stay/VERB+"), conllu("Why/ADV+ ?/PUNCT+")
    path.write_text(f"# newpar\n{one}# newdoc\n{two}", encoding="utf-8")

    assert script("treebanks").paragraph_texts(path) == ["Go! I stay", "Why?"]


def test_scores_of_a_sentence_end_missed_and_a_token_not_cut(script, tmp_path):
    gold, found = tmp_path / "gold-ud-test.conllu", tmp_path / "predicted.conllu"
    gold.write_text(conllu("Go/VERB+ !/PUNCT", "I/PRON stay/VERB"), encoding="utf-8")
    found.write_text(conllu("Go!/VERB I/PRON stay/NOUN"), encoding="utf-8")

    # Of 4 gold and 3 found tokens 2 are right, of 2 gold sentences and 1 found none, and 1 tag.
    measured = script("raw_text").scores(gold, found)

    assert measured == pytest.approx({"tokens": 400 / 7, "sentences": 0, "words": 400 / 7, "upos": 200 / 7})


def test_a_peer_without_tags_has_no_figure_for_them(script, tmp_path):
    gold, found = tmp_path / "gold-ud-test.conllu", tmp_path / "predicted.conllu"
    gold.write_text(conllu("Go/VERB+ !/PUNCT"), encoding="utf-8")
    found.write_text(script("adapters.interfaces").bare_conllu([["Go", "!"], []]), encoding="utf-8")

    assert script("raw_text").scores(gold, found) == {"tokens": 100, "sentences": 100, "words": 100}


def test_a_row_has_means_and_deviations_of_seeds_and_seconds_of_processors_in_parentheses(script):
    figures = {
        "scores": [{"tokens": 99.0, "sentences": 80.0, "words": 99.0}, {"tokens": 99.5, "sentences": 80, "words": 99}],
        "training": [[100.0, 50.0], [200.0, 60.0]],
        "words_a_second": [20000.4, 40000.4],
    }

    assert script("raw_text").row("spacy", figures) == [
        "spaCy, senter",
        "99.25 ± 0.35",
        "80.00 ± 0.00",
        "99.00 ± 0.00",
        "",
        "150 s (55 s)",
        "20,000 (40,000)",
    ]
