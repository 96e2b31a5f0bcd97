from pathlib import Path

import pytest

from tagger.corpus.recipe import Portion, load_recipe
from tagger.errors import ConfigError, DataError

RECIPE = """
name = "toy"
source = "https://example.org"
licence = "CC0-1.0"
format = "columns"
columns = ["token", "ner"]
[splits.train]
file = "train.tsv"
"""


def recipe(folder, text):
    (folder / "corpus.toml").write_text(text, encoding="utf-8")
    return load_recipe(folder)


def test_recipe_is_read(tmp_path):
    found = recipe(tmp_path, RECIPE + 'keep = "2-"\nexpect = { sentences = 3, tokens = 4 }\n')

    assert (found.name, found.columns, found.splits["train"].file) == ("toy", ("token", "ner"), "train.tsv")
    assert found.splits["train"].keep == Portion(2, None, None)
    assert found.splits["train"].expect.tokens == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RECIPE + 'kep = "1-2"', r"corpus\.toml: unknown key 'splits\.train\.kep'; did you mean 'keep'\?"),
        ('lisence = "x"\n' + RECIPE, "unknown key 'lisence'; did you mean 'licence'"),
        (RECIPE + "expect = { sentnces = 1 }", "splits.train.expect.*(sentnces|sentences)"),
        (RECIPE.replace('name = "toy"', ""), "the key 'name' is missing"),
        (RECIPE.replace('"columns"\n', '"colums"\n'), "format: Input should be 'conllu', 'columns'"),
        (RECIPE.replace('columns = ["token", "ner"]', ""), "'columns' must be given"),
        ('tag_map = { nre = { A = "O" } }\n' + RECIPE, "tag_map.nre: there is no task 'nre', only ner"),
        (RECIPE + 'keep = "half"', "splits.train.keep: 'half' must be written like '1-8042'"),
        (RECIPE + 'keep = "9-8"', "splits.train.keep: '9-8': sentences count from 1"),
        (RECIPE + 'keep = "11 of 10"', "splits.train.keep: '11 of 10'"),
        (RECIPE + "keep = 10", "splits.train.keep: must be a text"),
        ("name = ", "not TOML"),
    ],
)
def test_wrong_recipes_are_errors_that_name_the_key(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        recipe(tmp_path, text)


def test_missing_recipe_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no such recipe"):
        load_recipe(tmp_path)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1-3", [1, 2, 3]),
        ("10-", [10, 11, 12]),
        ("5", [5]),
        ("4 of 4", [4, 8, 12]),
        ("1-2 of 4", [1, 2, 5, 6, 9, 10]),
        ("3- of 4", [3, 4, 7, 8, 11, 12]),
    ],
)
def test_portions_keep_the_sentences_they_name(text, kept):
    portion = Portion.parse(text)

    assert [number for number in range(1, 13) if number in portion] == kept


def test_every_recipe_of_the_project_is_right():
    recipes = sorted((Path(__file__).resolve().parents[2] / "corpora").glob("*/corpus.toml"))

    assert len(recipes) >= 12
    for path in recipes:
        assert load_recipe(path.parent).name == path.parent.name
