import pytest

from tagger.errors import ConfigError, ModelError
from tagger.service.http_errors import HttpError
from tagger.service.served_models import ServedModels, without_paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tagger train --corpus /srv/data/mine.toml now", "tagger train --corpus mine.toml now"),
        ("`../shared/corpora/ud`, ~/data/x and file:///home/me/y", "`ud`, x and y"),
        ("https://example.org/a/b and/or kB/s", "https://example.org/a/b and/or kB/s"),
        ("| source | /home/me/data |", "| source | data |"),
    ],
)
def test_a_card_shows_no_path(text, expected):
    assert without_paths(text) == expected


def test_models_are_found_by_the_names_of_their_folders(tiny_model, tmp_path):
    (tmp_path / "rules.toml").write_text("[[rules]]\nlabel = 'DOG'\nphrases = ['dog']\n")
    models = ServedModels([str(tiny_model)], rules=str(tmp_path / "rules.toml"))
    (span,) = next(models.find(None).tagger.tag([["dog"]])).spans("ner")
    assert (span.label, span.rule) == ("DOG", "DOG")
    assert models.find(None) is models.find("tiny")
    assert str(tiny_model.parent) not in models.description + models.find("tiny").card
    with pytest.raises(HttpError) as raised:
        models.find("english")
    assert (raised.value.status, raised.value.code) == (404, "unknown_model")


def test_models_that_cannot_be_served_are_refused(tiny_model, tmp_path):
    with pytest.raises(ModelError, match="no such model"):
        ServedModels([str(tmp_path / "none")])
    with pytest.raises(ConfigError, match="two models have one name"):
        ServedModels([str(tiny_model), str(tiny_model)])
