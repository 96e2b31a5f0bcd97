import json
import subprocess
import sys

import pytest

from tagger.errors import DataError
from tagger.evaluation import evaluate
from tagger.text.sentence import Sentence

GOLD = [
    Sentence.from_words(["Ada", "sleeps"], tags={"upos": ["PROPN", "VERB"], "ner": ["B-PER", "O"]}),
    Sentence.from_words(["So", "does", "Rome"], tags={"upos": ["ADV", "AUX", "PROPN"]}),
]
PREDICTED = [
    Sentence.from_words(["Ada", "sleeps"], tags={"upos": ["PROPN", "NOUN"], "ner": ["B-PER", "O"]}),
    Sentence.from_words(["So", "does", "Rome"], tags={"upos": ["ADV", "AUX", "PROPN"], "ner": ["O", "O", "B-LOC"]}),
]


def test_the_json_has_the_documented_shape():
    scores = evaluate(
        zip(GOLD, PREDICTED, strict=True), {"upos": None, "ner": "IOB2"}, split="test", known={"Ada"}.__contains__
    )
    written = json.loads(json.dumps(scores.as_dict()))

    assert (written["split"], written["sentences"], written["tokens"]) == ("test", 2, 5)
    assert list(written["tasks"]) == ["upos", "ner"]
    upos, ner = written["tasks"]["upos"], written["tasks"]["ner"]
    assert (upos["accuracy"], upos["known"], upos["unknown"]) == (4 / 5, 1.0, 3 / 4)
    assert upos["tags"]["VERB"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1}
    assert (ner["precision"], ner["recall"], ner["f1"], ner["invalid_sequences"]) == (1.0, 1.0, 1.0, 0)
    assert ner["types"] == {"PER": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}}
    assert ner["macro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}


def test_a_sentence_without_a_tasks_tags_does_not_count_for_it():
    scores = evaluate(zip(GOLD, PREDICTED, strict=True), {"upos": None, "ner": "IOB2"}, split="test")
    assert (scores.tasks["upos"].sentences, scores.tasks["upos"].tokens) == (2, 5)
    assert (scores.tasks["ner"].sentences, scores.tasks["ner"].tokens) == (1, 2)


def test_a_task_that_nobody_annotated_is_an_error():
    with pytest.raises(DataError, match="task 'chunk': none of the 2 sentences of split 'dev' is annotated"):
        evaluate(zip(GOLD, PREDICTED, strict=True), {"chunk": "IOB2"}, split="dev")


def test_importing_and_scoring_plain_tags_needs_neither_tensorflow_nor_scikit_learn():
    program = (
        "import sys; from tagger.evaluation import evaluate; from tagger.text.sentence import Sentence\n"
        "sentence = Sentence.from_words(['a'], tags={'upos': ['DET'], 'ner': ['B-X']})\n"
        "evaluate([(sentence, sentence)], {'upos': None, 'ner': 'IOB2'}, split='test')\n"
        "print({'tensorflow', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
