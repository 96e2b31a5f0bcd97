"""What the model that training begins with labels for the new one."""

from types import SimpleNamespace

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.init_keys import InitConfig
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.records import make_example
from tagger.corpus.soft_targets import CLASSES_KEPT, soft_targets_key
from tagger.errors import ConfigError
from tagger.model.vocabulary import FIRST_TAG, Vocabulary
from tagger.text.sentence import Sentence
from tagger.training.rehearsal import Rehearsal, check_rehearses, missing_labels, rehearsed_layer, with_missing_spans
from tagger.training.teachers import Ensemble, StudentTask

TASKS = {
    "upos": StudentTask(("NOUN", "VERB")),
    "ner": StudentTask(("B-PER", "I-PER", "B-ORG", "I-ORG", "O", "B-PROD"), "IOB2"),
}
FOLDER = SimpleNamespace(
    schemes={"upos": None, "ner": "IOB2"},
    tags={
        task: Vocabulary(tuple(tag for tag in each.tags if "PROD" not in tag), FIRST_TAG)
        for task, each in TASKS.items()
    },
)


class OldModel(Ensemble):
    """A model that finds capitals to be persons, `Corp` an organisation, and all words to be nouns at 0.8."""

    def __init__(self):
        super().__init__(TASKS, [])

    def __len__(self):
        return 1

    def probabilities(self, sentences, tasks):
        entities = {"Corp": 2}
        columns = [[entities.get(word, 0 if word[0].isupper() else 4) for word in each.words] for each in sentences]
        yield {
            "upos": [np.tile(np.array([[0.8, 0.2]], np.float32), (len(each), 1)) for each in sentences],
            "ner": [np.eye(6, dtype=np.float32)[of] for of in columns],
        }


def corpus_with(tags, layer="entities", names=None):
    """A corpus of entities alone, whose train split has some tags."""
    counts = SimpleNamespace(counts=lambda split: dict.fromkeys(tags, 1), scheme="IOB2")
    manifest = SimpleNamespace(tasks={layer: counts}, splits={"train": None})
    return MixedCorpus(manifest, ["upos", "ner"], {"ner": layer}, {"ner": names or {}}, max_tokens=5)


def lists_of(record):
    lists = tf.train.SequenceExample.FromString(record).feature_lists.feature_list
    return {name: [each.bytes_list.value[0] for each in lists[name].feature] for name in lists if name != "space_after"}


def test_tasks_and_labels_that_the_corpus_lacks_are_the_models(monkeypatch):
    corpus = corpus_with({"O", "B-THING", "B-ORG"}, names={"B-THING": "B-PROD"})
    sentences = [
        Sentence.from_words(["Corp", "pays", "Ada"], tags={"entities": ("O", "O", "O")}),
        Sentence.from_words(["The", "Widget", "sells"], tags={"entities": ("O", "B-THING", "O")}),
        Sentence.from_words(["one", "of", "more", "than", "five", "words"], tags={"entities": ("O",) * 6}),
    ]
    rehearsal = Rehearsal(InitConfig(model="x", rehearsal=0.1), OldModel(), FOLDER)
    records = [(make_example(each), each) for each in sentences]
    first, second, long = (lists_of(record) for record, _ in rehearsal.labelled(records, corpus))
    # The corpus annotates organisations, so its O stands; it knows no persons, so the model's are added.
    assert first[rehearsed_layer("ner")] == [b"O", b"O", b"B-PER"]
    assert second[rehearsed_layer("ner")] == [b"B-PER", b"B-PROD", b"O"]  # what is annotated stays, renamed
    assert first[rehearsed_layer("upos")] == [b"NOUN"] * 3
    numbers = np.frombuffer(first[soft_targets_key("upos")][0], "<i4")
    assert dict(zip(numbers[:2], numbers[CLASSES_KEPT:].view("<f4")[:2].round(4), strict=True)) == {0: 0.8, 1: 0.2}
    assert soft_targets_key("ner") not in first
    assert rehearsed_layer("ner") not in long  # it is not learned from


def test_a_span_is_added_where_none_of_its_words_is_annotated():
    found = ["B-PER", "I-PER", "O", "B-LOC", "B-ORG"]
    assert with_missing_spans(["O"] * 5, found, {"PER", "ORG"}) == ["B-PER", "I-PER", "O", "O", "B-ORG"]
    assert with_missing_spans(["O", "B-PROD", "O", "O", "O"], found, {"PER"}) == ["O", "B-PROD", "O", "O", "O"]


def test_there_must_be_something_to_rehearse():
    whole = corpus_with({"B-PER", "B-ORG", "O"})
    assert missing_labels(FOLDER, "ner", whole) == set()
    assert missing_labels(FOLDER, "ner", corpus_with({"B-ORG", "O"})) == {"PER"}
    config = SimpleNamespace(init=InitConfig(model="english", rehearsal=0.1), tasks={"ner": None})
    with pytest.raises(ConfigError, match=r"init\.rehearsal: the corpora have all tasks of english and all of its"):
        check_rehearses(config, FOLDER, [whole])
    check_rehearses(config, FOLDER, [whole, corpus_with({"O", "B-PER"})])
    check_rehearses(SimpleNamespace(init=config.init, tasks=TASKS), FOLDER, [whole])


def test_labels_that_a_corpus_leaves_open_are_not_scored():
    corpus = corpus_with({"B-ORG", "O"})
    open_ner = MixedCorpus(corpus.manifest, corpus.tasks, corpus.layers, open_labels={"ner": {"PER"}})
    found = Sentence.from_words(["Ada", "at", "Corp"], tags={"ner": ("B-PER", "O", "B-ORG"), "upos": ("NOUN",) * 3})
    assert open_ner.scorable(found).tags == {"ner": ("O", "O", "B-ORG"), "upos": ("NOUN",) * 3}
    assert corpus.scorable(found) is found
