"""Sentences that training corpora share with test sets. All are made up."""

from collections import Counter

import pytest

from tagger.corpus.convert import convert
from tagger.text.sentence import Sentence

RHYME = "the quick brown fox jumps over the lazy dog at noon ."
TEST = [RHYME, "Thank you .", "It 's 9 o'clock in Paris ."]


def sentence(text: str) -> Sentence:
    return Sentence.from_words(text.split())


@pytest.fixture
def overlap(script):
    return script("sentence_overlap")


@pytest.fixture
def tests(overlap):
    found = overlap.TestSentences()
    found.add("rhymes test", map(sentence, TEST))
    return found


@pytest.mark.parametrize("text", ["IT'S 9 O'CLOCK IN PARIS!", "Its 9 o clock , in Paris"])
def test_case_marks_and_tokens_make_no_difference(tests, text):
    assert tests.same(text.split()) == {"rhymes test": {2}}


def test_runs_of_eight_words_are_alike_and_of_seven_are_not(tests):
    eight = ["Quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]

    assert tests.alike(["a", *eight]) == {"rhymes test": {0}}
    assert tests.alike(["a", *eight[:-1], "cat"]) == {}


def test_overlapping_sentences_are_left_out_and_counted_but_short_ones_stay(overlap, tests):
    train = [RHYME.upper(), "Thank you !", "So the quick brown fox jumps over the lazy dog", "New ."]
    left_out = Counter()

    kept = list(overlap.without_overlap(map(sentence, train), tests, left_out))

    assert [each.text for each in kept] == ["Thank you !", "New ."]
    assert left_out == {("rhymes test", "same"): 1, ("rhymes test", "alike"): 1, ("", ""): 2}


def test_overlap_is_counted_in_sentences_of_both_sides(overlap, tests):
    train = [RHYME, RHYME, "Thank you !", "So the quick brown fox jumps over the lazy dog"]

    found = overlap.overlaps(map(sentence, train), tests)

    assert found == {"rhymes test": overlap.Overlap(same=3, short=1, alike=1, of_test={0})}


def test_tests_are_all_splits_but_train_and_the_command_prints_a_table(overlap, tmp_path, capsys, monkeypatch):
    for split, text in (("train", "Not here at all ."), ("dev", RHYME), ("test", TEST[2])):
        rows = "".join(f"{word}\tO\n" for word in text.split())
        (tmp_path / f"{split}.tsv").write_text(rows + "\n", encoding="utf-8")
    files = {split: tmp_path / f"{split}.tsv" for split in ("train", "dev", "test")}
    convert(files, tmp_path / "rhymes", columns=["token", "ner"])
    convert({"train": files["dev"]}, tmp_path / "copied", columns=["token", "ner"])
    folders = [str(tmp_path / "copied"), "--tests", str(tmp_path / "rhymes")]
    monkeypatch.setattr("sys.argv", ["sentence_overlap.py", *folders])

    overlap.main()

    assert capsys.readouterr().out.splitlines()[2:] == ["| copied | rhymes dev | 1 | 0 | 0 | 1 |"]
