"""A SavedModel, loaded in a process that does not import the package."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ModelError
from tagger.model.folder import open_model
from tagger.network.saved_weights import load_predictor
from tagger.text.sentence import Sentence

SENTENCES = [["Ada", "Lovelace", "sees", "New", "York", "."], ["unseen"], [], ["She", "left", "日本", "."]]
WITHOUT_PACKAGE = """
import json, sys
import tensorflow as tf
sentences = json.loads(sys.argv[2])
width = max(map(len, sentences)) + 2  # more padding than needed
tokens = tf.constant([words + [""] * (width - len(words)) for words in sentences])
lengths = tf.constant([len(words) for words in sentences])
model = tf.saved_model.load(sys.argv[1])
found = {}
for signature in ("tag", "serving_default"):
    outputs = model.signatures[signature](tokens=tokens, lengths=lengths)
    tags = {
        name: [[tag.decode() for tag in row] for row in values.numpy()]
        for name, values in outputs.items()
        if name.startswith("tags/")
    }
    found[signature] = tags, {name: values.shape.as_list() for name, values in outputs.items()}
assert "tagger" not in sys.modules
print(json.dumps(found))
"""


@pytest.mark.slow
def test_it_tags_without_the_package_as_the_model_does(tagger, tiny_model, tmp_path, clean_environment):
    output = tmp_path / "serving" / "1"
    done = tagger("export", tiny_model, "--to", "saved-model", "--output", output)
    assert (done.code, done.err) == (0, f"wrote {output}\n")
    environment = {key: value for key, value in clean_environment.items() if key != "PYTHONPATH"}
    command = [sys.executable, "-c", WITHOUT_PACKAGE, str(output), json.dumps(SENTENCES)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=True)
    found = json.loads(done.stdout)
    expected = load_predictor(open_model(tiny_model)).predict(SENTENCES)
    assert found.keys() == {"tag", "serving_default"}
    for tags, shapes in found.values():
        for task in ("upos", "ner"):
            assert tags[f"tags/{task}"] == [row[task] + [""] * (8 - len(row[task])) for row in expected]
        assert shapes == {"tags/upos": [4, 8], "tags/ner": [4, 8], "scores/upos": [4, 8, 7], "scores/ner": [4, 8, 5]}


def test_given_tags_are_another_input(tagger, given_model, tmp_path):
    output = tmp_path / "1"
    assert tagger("export", given_model, "--to", "saved-model", "--output", output).code == 0
    words, tags = [["Ada", "left", ""], ["York", "left", "York"]], [["PROPN", "VERB", ""], ["X", "NOUN", "PROPN"]]
    serve = tf.saved_model.load(str(output)).signatures["tag"]
    found = serve(tokens=tf.constant(words), lengths=tf.constant([2, 3]), given_upos=tf.constant(tags))
    sentences = [
        Sentence.from_words(row[:length], tags={"upos": column[:length]})
        for row, column, length in zip(words, tags, [2, 3], strict=True)
    ]
    scores = load_predictor(open_model(given_model)).scores(sentences)
    np.testing.assert_allclose(found["scores/ner"][0, :2], scores[0]["ner"], atol=1e-5)
    np.testing.assert_allclose(found["scores/ner"][1], scores[1]["ner"], atol=1e-5)


def test_a_folder_without_a_checkpoint_is_an_error(tagger, tiny_model, tmp_path):
    tagger("export", tiny_model, "--output", tmp_path / "lean")
    done = tagger("export", tmp_path / "lean", "--to", "saved-model", "--output", tmp_path / "saved")
    assert done.code == 1 and "no weights for TensorFlow in it" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["lean"]
    with pytest.raises(ModelError):
        load_predictor(open_model(tmp_path / "lean"))
