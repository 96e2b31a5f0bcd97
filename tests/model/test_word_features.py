"""Shapes and affixes: worked by hand, and equal in plain Python, NumPy and TensorFlow."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.backend import tf
from tagger.corpus.lookup import Lookup, Spelling
from tagger.model.vocabulary import Vocabulary
from tagger.model.word_features import AFFIXES, HASH_FACTORS, SHAPES, WordFeatures, word_feature_ids, word_features_of
from tagger.text.casing import lower_case

PRIME = 2147483647
WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=8, unique=True)
STRANGE = [
    "a" * 10_000,
    "aB" * 5_000,
    "",
    "\0",
    "日本語",
    "e\u0301",
    "😀",
    "ΣΟΦΟΣ",
    "Ada",
    "ada",
    "İ",
    "ẞ",
    "ǅ",
    "½",
    "Ⅻ",
]


def shape(word: str, longest_run: int) -> str:
    """Return a word's shape, computed character by character."""
    shaped = ""
    for character in word:
        category = unicodedata.category(character)
        symbols = {"Lu": "X", "Lt": "X", "Ll": "x", "Lo": "c", "Lm": "c"}
        symbol = symbols.get(category) or {"M": "c", "N": "d"}.get(category[0], character)
        if not shaped.endswith(symbol * longest_run):
            shaped += symbol
    return shaped


def hashed(text: str) -> int:
    """Return the sum of code times factor; the factors are powers of one number."""
    return sum(ord(character) * pow(742938285, place, PRIME) for place, character in enumerate(text, start=1)) % PRIME


def expected(word: str, features: WordFeatures) -> tuple[list[int], list[int]]:
    lowered = lower_case(word)
    affixes = [lowered[:size] for size in features.prefixes] + [lowered[::-1][:size] for size in features.suffixes]
    sizes = [*features.prefixes, *features.suffixes]
    ids = [
        1 + column * features.affix_buckets + hashed(affix) % features.affix_buckets if len(word) >= size else 0
        for column, (affix, size) in enumerate(zip(affixes, sizes, strict=True))
    ]
    return [1 + hashed(shape(word, features.longest_run)[:20]) % features.shape_buckets], ids


def in_graph(words: list[str], features: WordFeatures) -> dict[str, np.ndarray]:
    lookup = Lookup(Vocabulary((), 2), Vocabulary((), 2), {}, Spelling(False, 5, features))
    encoded = tf.constant([word.encode() for word in words], tf.string, shape=[len(words)])
    batch = lookup.inputs(tf.RaggedTensor.from_row_lengths(encoded, [len(words)]))
    for name, columns in features.columns.items():
        assert batch[name].shape == (1 + len(words), columns) and not batch[name][0].numpy().any()
    return {name: batch[name].numpy()[1:] for name in features.columns}


@pytest.mark.parametrize(
    ("word", "once", "twice"),
    [
        ("Ada", "Xx", "Xxx"),
        ("I", "X", "X"),
        ("NATO", "X", "XX"),
        ("McDonald's", "XxXx'x", "XxXxx'x"),
        ("1,000.50", "d,d.d", "d,dd.dd"),
        ("...", ".", ".."),
        ("x-ray", "x-x", "x-xx"),
        ("e\u0301", "xc", "xc"),
        ("日本語2", "cd", "ccd"),
        ("Ⅻ½", "d", "dd"),
        ("", "", ""),
    ],
)
def test_shapes_worked_by_hand(word, once, twice):
    assert (shape(word, 1), shape(word, 2)) == (once, twice)
    for longest_run, shaped in ((1, once), (2, twice)):
        (id,) = word_feature_ids([word], WordFeatures(10**6, longest_run))[SHAPES][0]
        assert id == 1 + hashed(shaped) % 10**6


def test_a_hash_worked_by_hand():
    # The second factor is 742,938,285 squared modulo the prime. The codes of "ab", 97 and 98, times the factors are
    # 239,735,277,231 in all.
    assert HASH_FACTORS[:2] == (742938285, 1710921057)
    id = 1 + 414  # modulo the prime, the sum is 1,364,592,414
    assert word_feature_ids(["Abc"], WordFeatures(prefixes=(2,), affix_buckets=1000))[AFFIXES].tolist() == [[id]]
    assert word_feature_ids(["cBA"], WordFeatures(suffixes=(2,), affix_buckets=1000))[AFFIXES].tolist() == [[id]]


def test_each_length_of_affix_has_its_own_buckets_and_a_shorter_word_has_none():
    features = WordFeatures(prefixes=(1, 3), suffixes=(2, 1), affix_buckets=10)
    ids = word_feature_ids(["", "a", "ab", "abc"], features)[AFFIXES]
    assert (ids > 0).tolist() == [[False] * 4, [True, False, False, True], [True, False, True, True], [True] * 4]
    for column in range(4):
        given = ids[:, column][ids[:, column] > 0]
        assert ((given - 1) // 10 == column).all()
    assert features.vector_count(AFFIXES) == 41


def test_affixes_ignore_case_and_shapes_do_not():
    features = WordFeatures(512, 2, (2,), (3,), 1000)
    ids = word_feature_ids(["Walking", "walking", "WALKING", "raving"], features)
    assert (ids[AFFIXES] == ids[AFFIXES][0]).tolist() == [[True, True]] * 3 + [[False, True]]
    assert len(set(ids[SHAPES][:3, 0].tolist())) == 3 and ids[SHAPES][1] == ids[SHAPES][3]


@settings(max_examples=40, deadline=None)
@given(WORDS, st.integers(1, 4), st.lists(st.integers(1, 10), max_size=3), st.lists(st.integers(1, 10), max_size=3))
def test_ids_are_equal_in_plain_python_numpy_and_tensorflow(words, longest_run, prefixes, suffixes):
    features = WordFeatures(300, longest_run, tuple(prefixes), tuple(suffixes), 77)
    arrays, graph = word_feature_ids(words, features), in_graph(words, features)
    assert list(arrays) == list(graph) == list(features.columns)
    for name, ids in arrays.items():
        assert ids.dtype == np.int32
        assert ids.tolist() == graph[name].tolist() == [expected(word, features)[name == AFFIXES] for word in words]


def test_strange_words_have_equal_ids_in_numpy_and_tensorflow():
    features = WordFeatures(2**24 - 1, 3, (1, 10), (1, 2, 10), 2**24 - 1)
    arrays, graph = word_feature_ids(STRANGE, features), in_graph(STRANGE, features)
    for name, ids in arrays.items():
        assert ids.tolist() == graph[name].tolist() == [expected(word, features)[name == AFFIXES] for word in STRANGE]


def test_every_character_has_the_same_shape_in_numpy_and_tensorflow():
    words = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    features = WordFeatures(2**24 - 1)
    assert (word_feature_ids(words, features)[SHAPES] == in_graph(words, features)[SHAPES]).all()


def test_features_of_a_configuration():
    assert (
        word_features_of({})
        == word_features_of({"shape": {"dimension": 0}, "affixes": {"dimension": 0}})
        == WordFeatures()
    )
    shape, affixes = {"dimension": 3, "buckets": 9, "longest_run": 4}, {"dimension": 1, "buckets": 7}
    affixes |= {"prefixes": [2], "suffixes": []}
    assert word_features_of({"shape": shape}).columns == {SHAPES: 1}
    assert word_features_of({"affixes": affixes}) == WordFeatures(0, 2, (2,), (), 7)
    assert word_features_of({"shape": shape, "affixes": affixes}).columns == {SHAPES: 1, AFFIXES: 1}
    assert word_features_of({"affixes": affixes | {"prefixes": []}}).columns == {}
