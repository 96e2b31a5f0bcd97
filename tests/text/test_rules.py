"""Rules over text: what phrases and patterns match, what files hold, and what is refused."""

from bisect import bisect_left
from collections import defaultdict

import pytest

from tagger.errors import ConfigError, MissingPackageError
from tagger.text.phrase_index import PhraseIndex
from tagger.text.rule_file import read_rules, rules_toml
from tagger.text.rules import Rule, RuleMatcher
from tagger.text.sentence import Sentence
from tagger.text.tokenize import tokenize


def matched(text, *rules):
    sentence = next(iter(tokenize(text))) if isinstance(text, str) else text
    return [
        (match.rule.title, sentence.text_of(match.first, match.last)) for match in RuleMatcher(rules).matches(sentence)
    ]


def test_phrases_are_whole_words_and_the_longest_of_a_rule():
    rule = Rule("LOC", ("New York", "New York City", "York", "don't"))
    assert matched("In New  York City, York and Yorkshire.", rule) == [("LOC", "New  York City"), ("LOC", "York")]
    assert matched("I don’t go.", rule) == [("LOC", "don’t")]  # two words of NLTK's
    assert matched(Sentence.from_words(["in", "New", "York"]), rule) == [("LOC", "New York")]
    assert matched("in new york", rule) == []
    assert matched("in NEW York", Rule("LOC", ("new york",), ignore_case=True)) == [("LOC", "NEW York")]
    assert matched("Zoe\u0308 left", Rule("PER", ("Zoë",))) == [("PER", "Zoe\u0308")]


def test_words_of_a_phrase_are_those_of_the_text():
    rule = Rule("X", ("the rapist", "a part", "may be", "wine-bar", "Saint-Denis", "10 000"))
    assert matched("the therapist lives apart, maybe in a winebar with 10000 others", rule) == []
    assert matched("a part may\nbe the rapist's", rule) == [("X", "a part"), ("X", "may\nbe"), ("X", "the rapist")]
    assert matched("maybe, may be", Rule("X", ("maybe", "may be"))) == [("X", "maybe"), ("X", "may be")]
    assert matched(Sentence.from_words(["a", "wine", "-", "bar"]), rule) == [("X", "wine - bar")]
    assert matched(Sentence.from_words(["New York", "10\xa0000"]), Rule("X", ("New York", "10 000"))) == [
        ("X", "New York"),
        ("X", "10\xa0000"),
    ]
    assert matched(Sentence.from_words(["do", "n't"]), Rule("X", ("don't",))) == [("X", "do n't")]
    assert matched(Sentence.from_words(["東", "京"]), Rule("X", ("東京",))) == [("X", "東 京")]
    assert matched("rock ‘n’ roll at Kaʻena", Rule("X", ("rock 'n' roll", "Ka'ena"))) == [
        ("X", "rock ‘n’ roll"),
        ("X", "Kaʻena"),
    ]


def test_of_phrases_that_begin_with_one_word_the_longest_that_agrees_counts():
    rule = Rule("X", ("may", "may be", "maybe so"))
    assert matched("It may be so.", rule, Rule("Y", ("may",))) == [("X", "may be"), ("Y", "may")]


def test_multiword_tokens_are_compared_as_they_stand_in_the_text():
    sentence = Sentence(
        ("zu", "dem", "pont", "de", "le", "Gard"),
        (0, 0, 4, 9, 9, 12),
        (3, 3, 8, 11, 11, 16),
        (False, True, True, False, True, True),
        "zum pont du Gard",
        multiword=((0, 1), (3, 4)),
    )
    assert matched(sentence, Rule("X", ("zudem", "zu dem", "de le"))) == []
    (match,) = RuleMatcher([Rule("X", ("pont du Gard",))]).matches(sentence)
    assert (match.first, match.last) == (2, 5)
    (match,) = RuleMatcher([Rule("X", ("zum",))]).matches(sentence)
    assert (match.first, match.last) == (0, 1)


def test_rules_come_in_their_order():
    text = "Aspirin and New York"
    rules = [Rule("LOC", ("York",), name="towns"), Rule("DRUG", ("Aspirin",)), Rule("X", ("New York", "and"))]
    assert matched(text, *rules) == [("towns", "York"), ("DRUG", "Aspirin"), ("X", "and"), ("X", "New York")]


def test_phrases_are_looked_up_and_not_tried_one_by_one(monkeypatch):
    index = PhraseIndex([(0, [f"a {number}" for number in range(20_000)])], ignore_case=False)
    looked_up = []
    monkeypatch.setattr(
        "tagger.text.phrase_index.bisect_left",
        lambda phrases, text: looked_up.append(text) or bisect_left(phrases, text),
    )
    found = defaultdict(dict)
    index.search(Sentence.from_words(["a", "7", "b"]), found)
    assert found == {0: {0: 1}} and looked_up == ["a", "a7", "a7b", "7", "b"]


def test_patterns_begin_and_end_where_words_do():
    pytest.importorskip("re2")
    rule = Rule("ORDER", pattern=r"PO-?\d{4,6}")
    assert matched("Send PO-12345 and PO-1234567, not XPO-1234.", rule) == [("ORDER", "PO-12345")]
    partial = Rule("ORDER", pattern=r" ?PO-?\d{4,6}", partial_words=True)
    assert [text for _, text in matched("Send PO-12345 to XPO-1234567!", partial)] == ["PO-12345", "XPO-1234567"]
    assert matched("é 1234 ü", Rule("N", pattern=r"\d+")) == [("N", "1234")]
    assert matched("Ab ab", Rule("A", pattern="ab", ignore_case=True)) == [("A", "Ab"), ("A", "ab")]
    assert matched("a b", Rule("S", pattern=r"\s|x*")) == []
    assert matched(Sentence.from_words(["\ud83d", "12", "😀"]), Rule("N", pattern=r"\d+|😀")) == [
        ("N", "12"),
        ("N", "😀"),
    ]


def test_the_longest_match_counts_and_one_that_does_not_count_hides_no_other():
    pytest.importorskip("re2")
    assert matched("Use PayPal to Pay.", Rule("X", pattern="Pay|PayPal")) == [("X", "PayPal"), ("X", "Pay")]
    even = Rule("X", pattern=r"\d( \d)*", check=lambda text: int(text[0]) % 2 == 0)
    assert matched("7 4 1 1, 3", even) == [("X", "4 1 1")]
    assert matched("in XNew York", Rule("X", pattern=r"\w?New York|York")) == [("X", "XNew York")]
    assert matched("in XNew York", Rule("X", pattern=r"New York|York")) == [("X", "York")]
    assert matched("xab b ab", Rule("X", pattern=r"\bab|ab b")) == [("X", "ab")]


def test_a_check_decides_about_each_match():
    pytest.importorskip("re2")
    even = Rule("EVEN", pattern=r"\d+", check=lambda text: int(text) % 2 == 0)
    assert matched("1 2 34 5", even) == [("EVEN", "2"), ("EVEN", "34")]


def test_what_rules_can_cost_is_bounded(monkeypatch):
    pytest.importorskip("re2")
    text = Sentence.from_words(["a" * 40, *["a"] * 5_000])
    assert matched(text, Rule("X", pattern=r"(a*)*b"), Rule("Y", pattern=r"(a|aa)+$c")) == []
    assert len(matched(text, Rule("X", pattern=r"a( a)*x|\ba\b"))) == 5_000
    with pytest.raises(ConfigError, match="none that RE2 reads: invalid repetition size"):
        Rule("X", pattern="(a{1000}){1000}")
    with pytest.raises(ConfigError, match="makes a program of 6,321 instructions, which may have 5,000: repeat less"):
        Rule("X", pattern=r"(?s).*(a.{500}c|b.{400}d)|\w")
    with pytest.raises(ConfigError, match="more than 500 rules with a pattern"):
        RuleMatcher([Rule("X", pattern="a")] * 501)
    with pytest.raises(ConfigError, match="make a program of 50,442 instructions together, which may have 50,000"):
        RuleMatcher([Rule("X", pattern=r"\pL+")] * 42)


def test_a_long_sentence_is_searched_in_pieces_that_cut_no_word():
    pytest.importorskip("re2")
    words = [f"w{number:05}" for number in range(1_000)]
    searched = []
    rule = Rule("X", pattern=r"(?s).+", check=lambda text: bool(searched.append(text)))
    assert matched(Sentence.from_words(words), rule) == []
    assert max(map(len, searched)) <= 2_000 and searched[0].startswith("w00000 w00001")
    assert [text for _, text in matched(Sentence.from_words(words), Rule("X", pattern=r"w\d+"))] == words


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"label": "X"}, "the rule 'X': give phrases, or a pattern, and not both"),
        ({"label": "A B", "phrases": ("x",)}, "the label is 'A B': give a name without white space"),
        ({"label": "X", "phrases": ("x", " ")}, "a phrase is empty, or has more than 50 words: ' '"),
        ({"label": "X", "phrases": ("a " * 51,)}, "or has more than 50 words: 'a a a"),
        ({"label": "X", "phrases": ("x" * 1001,)}, "1,001 characters in a phrase or a pattern, which may have 1,000"),
        ({"label": "X", "phrases": ("x",), "wins": "me"}, "wins = 'me': there are 'rule' and 'network'"),
        ({"label": "X", "phrases": ("x",), "unsure_below": 0.0}, "unsure_below = 0.0: give a probability over 0"),
        ({"label": "PER", "phrases": "York"}, "the rule 'PER': its phrases are a string: write phrases=('York',)"),
        ({"label": "PER", "phrases": 5}, "its phrases are int: give a tuple of strings"),
        ({"label": "PER", "phrases": (5,)}, "the phrase '5' is no string"),
        ({"label": 5, "phrases": ("x",)}, "a rule has the label 5: it must be a string"),
        ({"label": "X", "phrases": ("x",), "unsure_below": "x"}, "unsure_below = 'x': it must be a number"),
        ({"label": "O", "phrases": ("x",), "wins": "network"}, "the label O does nothing where the network wins"),
    ],
)
def test_wrong_rules_say_what_is_wrong(settings, message):
    with pytest.raises(ConfigError) as refused:
        Rule(**settings)
    assert message in str(refused.value)


def test_a_pattern_needs_re2_which_has_no_look_around(monkeypatch):
    pytest.importorskip("re2")
    with pytest.raises(
        ConfigError, match=r"the rule 'X': the pattern '\(\?=a\)b' is none that RE2 reads: .*no look-around"
    ):
        Rule("X", pattern="(?=a)b")
    monkeypatch.setitem(__import__("sys").modules, "re2", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'rnn-tagger\[rules\]', or write them as phrases"):
        Rule("X", pattern="a")
    assert matched("a b", Rule("X", ("b",))) == [("X", "b")]


RULES = """
[[rules]]
label = "DRUG"
phrases = ["aspirin", "vitamin \\u007f \\"C\\""]
files = ["drugs.txt"]
ignore_case = true
wins = "network"

[[rules]]
label = "O"
name = "no names"
task = "ner"
phrases = ["May"]
unsure_below = 1
"""


def test_files_of_rules_are_read_and_written(tmp_path):
    (tmp_path / "drugs.txt").write_text("# drugs\nibuprofen\n\nacetylsalicylic  acid\n")
    (tmp_path / "rules.toml").write_text(RULES)
    rules = read_rules(tmp_path / "rules.toml")
    drugs = ("aspirin", 'vitamin \x7f "C"', "ibuprofen", "acetylsalicylic acid")
    assert rules[0] == Rule("DRUG", drugs, ignore_case=True, wins="network")
    assert rules[1] == Rule("O", ("May",), task="ner", name="no names", unsure_below=1)
    (tmp_path / "again.toml").write_text(rules_toml(rules))
    assert read_rules(tmp_path / "again.toml", whole=True) == rules
    with pytest.raises(ConfigError, match="rule 1: 'files' are outside of the model folder"):
        read_rules(tmp_path / "rules.toml", whole=True)
    with pytest.raises(ConfigError, match="the rule 'X': it has a check, which is code"):
        rules_toml([Rule("X", ("a",), check=str.isdigit)])


def test_a_file_that_would_take_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tagger.text.rule_file.MOST_BYTES", 1 << 20)
    (tmp_path / "rules.toml").write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(ConfigError, match="cannot be read as rules: it has over 1 MiB"):
        read_rules(tmp_path / "rules.toml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no rules in it"),
        ("[rules]\nlabel = 'X'", "no rules in it, or something else: write a table [[rules]] for each"),
        ("[[rules]]\n[other]", "or something else"),
        ("rules = [1]", "rule 1: it is no table"),
        ("[[rules]]\nphrases = ['a']", "rule 1: 'label' is missing"),
        ("[[rules]]\nlabel = 'X'\nphrase = 'a'", "rule 1: there is no key 'phrase'; there are label, pattern"),
        ("[[rules]]\nlabel = 'X'\nphrases = 'a'", "rule 1: 'phrases' must be a list of strings"),
        ("[[rules]]\nlabel = 'X'\nignore_case = 1", "rule 1: 'ignore_case' must be true or false"),
        ("[[rules]]\nlabel = 'X'\nunsure_below = true", "rule 1: 'unsure_below' must be a number"),
        ("[[rules]]\nlabel = 'X'\nfiles = ['none.txt']", "none.txt: there is no such file"),
        ("[[rules", "cannot be read as rules"),
    ],
)
def test_wrong_files_say_which_rule_is_wrong(tmp_path, content, message):
    (tmp_path / "rules.toml").write_text(content)
    with pytest.raises(ConfigError) as refused:
        read_rules(tmp_path / "rules.toml")
    assert str(refused.value).startswith(f"{tmp_path / 'rules.toml'}: ") and message in str(refused.value)
