"""Rules beside a network, whose scores are given here, and beside the tiny model."""

import json
import pickle
import shutil

import numpy as np
import pytest

import tagger
from tagger.errors import ConfigError, ModelError
from tagger.model.model_manifest import write_model_manifest
from tagger.model.transitions import Transitions
from tagger.runtime.tagger import Tagger
from tagger.text.layout import Layout
from tagger.text.render import json_content, json_object
from tagger.text.rules import Rule

TAGS = {"ner": ("O", "B-LOC", "I-LOC", "B-PER"), "upos": ("NOUN", "VERB")}


class Known:
    """A network that knows the probabilities of the tags of `ner` by word, and has learned transitions."""

    def __init__(self, by_word, learned=None):
        self.by_word, self.learned = by_word, learned or {}

    def scores(self, sentences):
        rows = [[self.by_word.get(word, (0.97, 0.01, 0.01, 0.01)) for word in words.words] for words in sentences]
        return [
            {"ner": np.log(np.array(each, np.float32)), "upos": np.zeros((len(each), 2), np.float32)} for each in rows
        ]

    def transitions(self):
        return self.learned


BY_WORD = {
    "New": (0.02, 0.9, 0.04, 0.04),
    "York": (0.02, 0.04, 0.9, 0.04),
    "May": (0.4, 0.0001, 0.0001, 0.5998),
}


def made(*rules, learned=None):
    network = Tagger(Known(BY_WORD, learned), {"ner": "IOB2", "upos": None}, TAGS, str.isupper)
    return network.with_rules(rules)


def tags_of(model, text, **options):
    (sentence,) = model.tag([text.split()], **options)
    return " ".join(sentence.tags["ner"])


def test_a_rule_wins_and_the_words_around_it_are_decoded_anew():
    assert tags_of(made(Rule("PER", ("none",))), "in New York") == "O B-LOC I-LOC"
    # `New` alone is still a place; `York` alone cannot go on after a person, and begins one of its own.
    assert tags_of(made(Rule("PER", ("York",))), "in New York City") == "O B-LOC B-PER O"
    assert tags_of(made(Rule("PER", ("New",))), "in New York") == "O B-PER B-LOC"
    assert tags_of(made(Rule("LOC", ("in New",))), "in New York") == "B-LOC I-LOC B-LOC"  # ends with its last word
    assert tags_of(made(Rule("O", ("New",), task="ner")), "in New York") == "O O B-LOC"


def test_labels_that_the_network_lacks_are_tags_of_the_model():
    model = made(Rule("DRUG", ("New aspirin", "York")), Rule("PER", ("Ada Osk",)))
    assert model.tags["ner"] == (*TAGS["ner"], "B-DRUG", "I-DRUG", "I-PER")
    assert tags_of(model, "New aspirin of York Ada Osk") == "B-DRUG I-DRUG O B-DRUG B-PER I-PER"
    (sentence,) = model.tag([["New", "York"]])
    assert [(span.label, span.rule, span.score) for span in sentence.spans("ner")] == [
        ("LOC", "", pytest.approx(0.9 / (1 - 0.04), abs=0.02)),
        ("DRUG", "DRUG", 1.0),
    ]
    arrays = model.tag_arrays("New aspirin of York", scores=True)
    assert [arrays.names["ner"][tag] for tag in arrays.tags["ner"]] == ["B-DRUG", "I-DRUG", "O", "B-DRUG"]
    assert arrays.scores["ner"][0] == 1.0


def test_the_network_wins_where_a_rule_says_so():
    rules = [Rule("PER", ("York", "May"), wins="network"), Rule("DRUG", ("in", "York"), wins="network", name="drugs")]
    model = made(*rules)
    assert tags_of(model, "in New York") == "B-DRUG B-LOC I-LOC"
    assert tags_of(model, "in May") == "B-DRUG B-PER"
    (sentence,) = model.tag([["in", "May"]], scores=False)
    assert [span.rule for span in sentence.spans("ner")] == ["drugs", ""]


def test_a_rule_may_apply_only_where_the_network_is_unsure():
    for least, expected in ((0.5, "O B-PER"), (0.7, "O B-LOC")):
        assert tags_of(made(Rule("LOC", ("May",), unsure_below=least)), "in May") == expected
    assert tags_of(made(Rule("LOC", ("in May",), unsure_below=0.7)), "in May") == "B-LOC I-LOC"  # of all its words
    unsure = Rule("LOC", ("May",), unsure_below=0.7, wins="network")
    assert tags_of(made(unsure), "in May") == "O B-PER"  # unsure of the label, but sure to mark it


def test_the_first_rule_wins_over_later_ones_that_overlap():
    model = made(Rule("PER", ("York",)), Rule("DRUG", ("New York", "in")))
    assert tags_of(model, "in New York") == "B-DRUG B-LOC B-PER"
    again = model.with_rules([Rule("O", ("York",))])
    assert [rule.label for rule in again.rules] == ["O", "PER", "DRUG"] and tags_of(again, "New York") == "B-LOC O"


def test_learned_transitions_stay_and_those_of_new_tags_are_those_of_o():
    between = np.zeros((4, 4), np.float32)
    between[0, 3] = -50.0  # a person hardly follows O
    learned = {"ner": Transitions(np.zeros(4, np.float32), between, np.zeros(4, np.float32))}
    model = made(Rule("DRUG", ("in",)), learned=learned)
    assert tags_of(made(Rule("DRUG", ("x",)), learned=learned), "in May") == "O O"
    assert tags_of(model, "in May") == "B-DRUG O"
    assert model.transitions["ner"].between.shape == (6, 6)
    assert model.transitions["ner"].between[4].tolist()[:4] == [0, 0, -np.inf, -50]


def test_plain_tasks_have_rules_too():
    model = made(Rule("X", ("in",), task="upos"), Rule("VERB", ("New York",), task="upos"))
    (sentence,) = model.tag([["in", "New", "York"]])
    assert sentence.tags["upos"] == ("X", "VERB", "VERB") and sentence.tags["ner"] == ("O", "B-LOC", "I-LOC")


def test_models_without_spans_tell_their_rules_too():
    class Plain(Known):
        def scores(self, sentences):
            return [{"upos": each["upos"]} for each in super().scores(sentences)]

    network = Tagger(Plain({}), {"upos": None}, {"upos": TAGS["upos"]}, str.isupper)
    model = network.with_rules([Rule("X", ("in",), task="upos", name="words")])
    (sentence,) = model.tag([["in", "May"]], scores=False)
    assert sentence.by_rule == {"upos": {0: "words"}}
    with pytest.raises(ModelError, match="not one made from it by with_rules"):
        model.save("nowhere")


def test_rules_that_do_not_fit_a_model_are_refused():
    with pytest.raises(ConfigError, match="the rule 'X': the model has no task 'xpos', only ner, upos"):
        made(Rule("X", ("a",), task="xpos"))
    with pytest.raises(ConfigError, match="the network gives every word a tag of 'upos', so that it always wins"):
        made(Rule("X", ("a",), task="upos", wins="network"))
    with pytest.raises(ConfigError, match="the label 'B-DRUG' looks like a tag: write 'DRUG'"):
        made(Rule("B-DRUG", ("a",)))
    with pytest.raises(ConfigError, match="'upos' has no spans that the label O could keep away"):
        made(Rule("O", ("a",), task="upos"))
    with pytest.raises(ConfigError, match="the rules have more than 200 labels: give fewer"):
        made(*(Rule(f"L{number}", ("a",)) for number in range(201)))
    with pytest.raises(ConfigError, match="more than 1,000 rules: join those with the same label"):
        made(*[Rule("X", ("a",))] * 1001)


def test_json_tells_what_came_by_rule():
    model = made(Rule("DRUG", ("May",), name='dr"ugs'))
    (sentence,) = model.tag([["in", "May", "New"]])
    for scores in (False, True):
        layout = Layout(["ner"], ["ner"], scores)
        content = json.loads(json_object(sentence, layout))
        assert content == json.loads(json.dumps(json_content(sentence, layout)))
        assert [span.get("rule") for span in content["spans"]["ner"]] == ['dr"ugs', None]
    assert sentence.with_tags("ner", ["O"] * 3).by_rule == {} and sentence.with_tags("x", ["O"] * 3).by_rule


RULES = '[[rules]]\nlabel = "TREE"\nphrases = ["old tree"]\n[[rules]]\nlabel = "PER"\nphrases = ["Paris"]\n'


def test_a_model_folder_has_rules(tiny_model, tmp_path):
    plain = tagger.load(tiny_model)
    text = "Ada likes the old tree. She left Paris."
    assert plain.rules == () and all(sentence.by_rule is None for sentence in plain(text))
    folder = tmp_path / "ruled"
    shutil.copytree(tiny_model, folder)
    (folder / "rules.toml").write_text(RULES)
    with pytest.raises(ModelError, match=r"rules\.toml: is not in manifest\.json"):
        tagger.load(folder)
    write_model_manifest(folder)
    model = tagger.load(folder)
    found = [(span.label, span.text, span.rule) for sentence in model(text) for span in sentence.spans("ner")]
    assert found == [("PER", "Ada", ""), ("TREE", "old tree", "TREE"), ("PER", "Paris", "PER")]
    assert [sentence.tags for sentence in pickle.loads(pickle.dumps(model))(text)] == [s.tags for s in model(text)]
    model.save(tmp_path / "saved")
    assert len(tagger.load(tmp_path / "saved").rules) == 2
    (folder / "rules.toml").unlink()
    with pytest.raises(ModelError, match=r"rules\.toml.*the model folder is damaged"):
        tagger.load(folder)


def test_tags_without_rules_are_those_of_the_model_wherever_no_rule_matches(tiny_model):
    plain = tagger.load(tiny_model)
    ruled = plain.with_rules([tagger.Rule("TREE", ("no such tree",))])
    text = "Ada Lovelace sees New York. She left!"
    for one, other in zip(plain(text), ruled(text), strict=True):
        assert one == other and one.scores("ner") == other.scores("ner")


def test_the_commands_read_rules(tagger, tiny_model, tmp_path):
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "text.txt").write_text("She likes the old tree.\n")
    told = ["--rules", tmp_path / "rules.toml", "--model", tiny_model]
    done = tagger("tag", tmp_path / "text.txt", *told, "--format", "jsonl")
    (span,) = json.loads(done.out)["spans"]["ner"]
    assert span == {"label": "TREE", "text": "old tree", "start": 14, "end": 22, "rule": "TREE"}
    (tmp_path / "rules.toml").write_text("[[rules]]\nlabel = 'X'\n")
    done = tagger("tag", tmp_path / "text.txt", *told)
    assert done.code == 1 and "rules.toml: rule 1: the rule 'X': give phrases" in done.err
