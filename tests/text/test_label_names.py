import json

import pytest

from tagger.errors import ConfigError, DataError
from tagger.text.label_names import LabelNames

NAMES = ("O", "B-PER")
FEATURE = {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "Sequence"}


@pytest.mark.parametrize(
    "content",
    [
        "O\nB-PER\n",
        ["O", "B-PER"],
        {"0": "O", "1": "B-PER"},
        {"O": 0, "B-PER": 1},
        {"id2label": {"0": "O", "1": "B-PER"}, "label2id": {"O": 0, "B-PER": 1}, "layers": 3},
        {"features": {"tokens": {"feature": {"dtype": "string"}}, "ner_tags": FEATURE}},
        {"default": {"features": {"ner_tags": FEATURE, "pos": {"feature": {"names": ["X"]}}}}},
        {"features": [{"name": "ner_tags", "sequence": {"class_label": {"names": {"0": "O", "1": "B-PER"}}}}]},
    ],
)
def test_names_come_from_a_list_or_from_descriptions_of_the_hub(tmp_path, content):
    file = tmp_path / "names"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    assert LabelNames(file).of("ner_tags") == NAMES
    assert LabelNames({"ner_tags": str(file)}).of("ner_tags") == NAMES
    assert LabelNames({"ner_tags": str(file)}).of("pos_tags") is None


def test_wrong_names_are_errors(tmp_path):
    file = tmp_path / "names"
    for content, message in (
        ("O\n\nX\n", ":2: this line is blank"),
        ('{"a": 1.5}', "no list of 'names'"),
        ("[", "JSON"),
    ):
        file.write_text(content)
        with pytest.raises(DataError, match=message):
            LabelNames(file)
    file.write_text(json.dumps({"features": {"ner_tags": FEATURE, "pos": FEATURE}}))
    with pytest.raises(ConfigError, match="no names for 'xpos' in it, only for"):
        LabelNames({"xpos": file})
    one = LabelNames(NAMES)
    assert one.of("ner_tags") == one.of("ner_tags") == NAMES
    with pytest.raises(DataError, match="ids in 'ner_tags' and in 'pos_tags': say which of them"):
        one.of("pos_tags")
