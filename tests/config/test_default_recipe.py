import pytest

from tagger.config.default_recipe import default_settings, with_changes
from tagger.config.load import check_config


@pytest.mark.parametrize("sentences", [1, 538, 4_000, 100_000])
def test_the_recipe_is_a_configuration(sentences):
    config = check_config(default_settings({"upos": None, "ner": "IOB2"}, sentences), "recipe")
    assert (config.tasks["upos"].decoder, config.tasks["ner"].decoder) == ("softmax", "crf")


def test_fewer_sentences_are_read_more_often_and_do_not_train_a_segmenter():
    recipes = [check_config(default_settings({"upos": None}, count), "recipe") for count in (20, 538, 5_000)]
    assert [recipe.training.epochs for recipe in recipes] == [60, 15, 10]
    assert [recipe.segmenter.train for recipe in recipes] == ["never", "auto", "auto"]
    assert [recipe.encoder.units for recipe in recipes] == [96, 96, 256]


def test_single_keys_change_and_tasks_are_replaced():
    recipe = {"tasks": {"upos": {}}, "encoder": {"units": 96, "cell": "lstm"}, "seed": 1}
    changes = {"encoder.units": 8, "training": {"epochs": 2}, "training.patience": 1, "tasks": {"ner": {}}}
    assert with_changes(recipe, changes) == {
        "tasks": {"ner": {}},
        "encoder": {"units": 8, "cell": "lstm"},
        "seed": 1,
        "training": {"epochs": 2, "patience": 1},
    }
    assert with_changes(recipe, {"tasks.upos.weight": 2})["tasks"] == {"upos": {"weight": 2}}
    assert recipe["encoder"]["units"] == 96
