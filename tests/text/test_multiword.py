"""Multiword tokens: rules that are learned, the words that they make, and what they do with tokens that are new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.multiword import ONE_WORD, UNKNOWN_RULE, MultiwordRules, learn_multiword, rule_of, split_by

ENGLISH = learn_multiword(
    [("don't", ["do", "n't"])] * 5
    + [("isn't", ["is", "n't"]), ("Wasn't", ["Was", "n't"])] * 3
    + [("can't", ["ca", "n't"])] * 3
    + [("cannot", ["can", "not"])] * 3
    + [("dog's", ["dog", "'s"]), ("It's", ["It", "'s"]), ("she's", ["she", "'s"])] * 3
)
GERMAN = learn_multiword(
    [("zum", ["zu", "dem"])] * 6
    + [("im", ["in", "dem"])] * 9
    + [("Im", ["In", "dem"])] * 2
    + [("vom", ["von", "dem"])] * 5
    + [("zur", ["zu", "der"])] * 4
    + [("ans", ["an", "das"])] * 2
    + [("übers", ["über", "das"])]
)
HEBREW = learn_multiword(
    [("בבית", ["ב", "ה", "בית"]), ("בעיר", ["ב", "ה", "עיר"]), ("בשוק", ["ב", "ה", "שוק"])] * 3
    + [("לבית", ["ל", "בית"]), ("לעיר", ["ל", "עיר"])] * 2
)


def words_of(rules: MultiwordRules, token: str, *words: str) -> tuple[str, ...]:
    """The words of a token that a perfect network makes of it, after the rule that its words teach."""
    return rules.split(rule_of(token, words, rules), token)


@pytest.mark.parametrize(
    ("rule", "token", "words"),
    [
        ("*n't=* n't", "don't", ("do", "n't")),
        ("*n't=* n't", "DON'T", ("DO", "N'T")),
        ("*n't=* n't", "Don't", ("Do", "n't")),
        ("*n't=* n't", "don’t", ("do", "n’t")),
        ("*n't=* n't", "donʼt", ("do", "nʼt")),
        ("zum=zu dem", "zum", ("zu", "dem")),
        ("zum=zu dem", "Zum", ("Zu", "dem")),
        ("zum=zu dem", "ZUM", ("ZU", "DEM")),
        ("du=de le", "du", ("de", "le")),
        ("du=de le", "Du", ("De", "le")),
        ("ב*=ב ה *", "בבית", ("ב", "ה", "בית")),
        ("*m=* dem", "im", ("i", "dem")),
        ("*lo=* lo", "dámelo", ("dáme", "lo")),
        ("à=a a", "À", ("A", "a")),  # one capital letter is no word in capitals
    ],
)
def test_rules_split(rule, token, words):
    assert split_by(rule, token) == words


@pytest.mark.parametrize(
    ("rule", "token"),
    [
        ("*n't=* n't", "n't"),  # nothing is left for the star
        ("*n't=* n't", "do"),
        ("*n't=* n't", "don't."),
        ("zum=zu dem", "zur"),
        ("zum=zu dem", "zu"),
        ("ab*ba=ab * ba", "aba"),  # the ends would overlap
    ],
)
def test_rules_that_do_not_fit(rule, token):
    assert split_by(rule, token) is None


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("don't", ("do", "n't")),
        ("DON'T", ("DO", "N'T")),
        ("don’t", ("do", "n’t")),
        ("can't", ("ca", "n't")),
        ("cannot", ("can", "not")),
        ("Cannot", ("Can", "not")),
        ("mustn't", ("must", "n't")),  # not in train
        ("cat's", ("cat", "'s")),
        ("Ada’s", ("Ada", "’s")),
    ],
)
def test_english(token, words):
    assert words_of(ENGLISH, token, *words) == words


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("zum", ("zu", "dem")),
        ("Zum", ("Zu", "dem")),
        ("ZUM", ("ZU", "DEM")),
        ("im", ("in", "dem")),
        ("Im", ("In", "dem")),
        ("vom", ("von", "dem")),
        ("zur", ("zu", "der")),
        ("Ans", ("An", "das")),
    ],
)
def test_german(token, words):
    assert words_of(GERMAN, token, *words) == words


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("בבית", ("ב", "ה", "בית")),
        ("בספר", ("ב", "ה", "ספר")),  # not in train
        ("לבית", ("ל", "בית")),
        ("לספר", ("ל", "ספר")),
    ],
)
def test_hebrew(token, words):
    assert words_of(HEBREW, token, *words) == words


def test_a_rule_that_many_tokens_share_is_learned_once():
    assert "*n't=* n't" in ENGLISH.rules
    assert ENGLISH.rules[0] == "*n't=* n't"  # the most frequent
    assert not any(rule.startswith("don't") for rule in ENGLISH.rules)
    assert rule_of("shouldn't", ["should", "n't"], ENGLISH) == "*n't=* n't"


def test_rare_rules_are_unknown_to_the_network_and_known_by_their_token():
    assert rule_of("übers", ["über", "das"], learn_multiword([("übers", ["über", "das"])])) == UNKNOWN_RULE
    alone = learn_multiword([("gimme", ["give", "me"])])

    assert alone.rules == ()
    assert alone.split(UNKNOWN_RULE, "Gimme") == ("Give", "me")


def test_a_rule_that_does_not_fit_gives_way_to_what_train_has():
    assert GERMAN.split("zum=zu dem", "zur") == ("zu", "der")
    assert ENGLISH.split("cannot=can not", "don't") == ("do", "n't")
    assert ENGLISH.split(UNKNOWN_RULE, "mayn't") == ("may", "n't")  # the rule that fits most of the token


def test_a_token_that_no_rule_fits_is_one_word():
    assert ENGLISH.split(UNKNOWN_RULE, "tree") == ("tree",)
    assert ENGLISH.split("no rule at all", "tree") == ("tree",)
    assert MultiwordRules().split(UNKNOWN_RULE, "don't") == ("don't",)


def test_a_token_of_one_word_stays():
    assert rule_of("don't", ["don't"], ENGLISH) == ONE_WORD
    assert ENGLISH.split(ONE_WORD, "don't") == ("don't",)
    assert learn_multiword([("word", ["word"])]) == MultiwordRules()


def test_the_most_frequent_words_of_a_token_count():
    rules = learn_multiword([("au", ["à", "le"])] * 3 + [("au", ["a", "u"])])

    assert rules.split(UNKNOWN_RULE, "Au") == ("À", "le")


def test_odd_tokens_have_rules_of_their_own():
    rules = learn_multiword([("a*b", ["a", "*b"]), ("x=y", ["x", "=y"]), ("=", ["=", "="])] * 2)

    for token, words in (("a*b", ("a", "*b")), ("x=y", ("x", "=y"))):
        assert "".join(words_of(rules, token, *words)) == token


WORDS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Z", "C"]), min_size=1, max_size=4), min_size=1, max_size=4
)


@given(st.lists(st.tuples(st.text("abcİß’'AZ", min_size=1, max_size=6), WORDS), max_size=8), st.text(max_size=8))
def test_whatever_is_learned_splits_whatever_comes(tokens, token):
    rules = learn_multiword(tokens)

    for rule in (*rules.rules, UNKNOWN_RULE):
        words = rules.split(rule, token)
        assert words
        assert all(words) or not token


@given(st.lists(st.text("abcdn'’Tİß", min_size=1, max_size=5), min_size=2, max_size=3))
def test_words_that_spell_their_token_come_back(words):
    token = "".join(words)
    rules = learn_multiword([(token, words)] * 2)

    assert "".join(words_of(rules, token, *words)) == token
