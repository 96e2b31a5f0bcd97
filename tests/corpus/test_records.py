import pytest

from tagger.backend import tf
from tagger.corpus.records import make_example, parse_example
from tagger.errors import DataError
from tagger.text.sentence import Sentence

ADA = Sentence.from_words(
    ["Ada", "Lovelace", "wrote", "."],
    space_after=[True, True, False, False],
    tags={"upos": ["PROPN", "PROPN", "VERB", "PUNCT"], "ner": ["B-PER", "I-PER", "O", "O"]},
    id="notes-1",
)


def foreign(**lists):
    """A record from another program: only feature lists, with one value a feature."""
    example = tf.train.SequenceExample()
    for name, values in lists.items():
        for value in values:
            feature = example.feature_lists.feature_list[name].feature.add()
            kind = feature.int64_list if isinstance(value, int) else feature.bytes_list
            kind.value.append(value)
    return example


def test_record_holds_what_the_design_says():
    example = tf.train.SequenceExample.FromString(make_example(ADA))

    context = example.context.feature
    assert context["id"].bytes_list.value[:] == [b"notes-1"]
    assert context["text"].bytes_list.value[:] == [b"Ada Lovelace wrote."]
    assert context["length"].int64_list.value[:] == [4]
    lists = example.feature_lists.feature_list
    assert sorted(lists) == ["ner", "space_after", "tokens", "upos"]
    assert [feature.bytes_list.value[0] for feature in lists["tokens"].feature] == [b"Ada", b"Lovelace", b"wrote", b"."]
    assert [feature.int64_list.value[0] for feature in lists["space_after"].feature] == [1, 1, 0, 0]
    assert [feature.bytes_list.value[0] for feature in lists["ner"].feature] == [b"B-PER", b"I-PER", b"O", b"O"]


def test_tensorflow_parses_the_record():
    _, lists = tf.io.parse_single_sequence_example(
        make_example(ADA), sequence_features={"upos": tf.io.FixedLenSequenceFeature([], tf.string)}
    )

    assert lists["upos"].numpy().tolist() == [b"PROPN", b"PROPN", b"VERB", b"PUNCT"]


@pytest.mark.parametrize(
    "sentence",
    [
        ADA,
        Sentence.from_words(["x"]),
        Sentence.from_words(["w" * 10_000, "é\u200b👩‍💻"], tags={"t": ["A", "B"]}),
        Sentence.from_words(["word"] * 5_000, tags={"t": ["A"] * 5_000}, id="long"),
        Sentence(("a", "b"), (0, 5), (1, 6), (True, False), "a    b", id="odd spaces"),
    ],
    ids=["plain", "one word", "long word", "5,000 words", "odd spaces"],
)
def test_round_trip(sentence):
    assert parse_example(make_example(sentence)) == sentence


def test_order_of_tasks_does_not_change_the_bytes():
    turned = Sentence.from_words(
        ADA.words, space_after=ADA.space_after, tags=dict(reversed(ADA.tags.items())), id=ADA.id
    )

    assert make_example(turned) == make_example(ADA)


def test_tokens_and_tags_are_enough():
    record = foreign(tokens=[b"Hello", b"there"], mood=[b"GOOD", b"O"]).SerializeToString()

    sentence = parse_example(record)

    assert sentence == Sentence.from_words(["Hello", "there"], tags={"mood": ["GOOD", "O"]})


def wrong_length():
    example = foreign(tokens=[b"a", b"b"])
    example.context.feature["length"].int64_list.value.append(3)
    return example


def two_values_in_a_feature():
    example = tf.train.SequenceExample()
    example.feature_lists.feature_list["tokens"].feature.add().bytes_list.value.extend([b"a", b"b"])
    return example


def valueless_feature():
    example = foreign(tokens=[b"a"])
    example.feature_lists.feature_list["upos"].feature.add()
    return example


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (foreign(upos=[b"X"]), "no feature list 'tokens'"),
        (foreign(tokens=[b"a", b"b"], upos=[b"X"]), "tokens: 2, but 'upos': 1"),
        (foreign(tokens=[b"a"], upos=[b"X", b"Y"]), "tokens: 1, but 'upos': 2"),
        (foreign(tokens=[b"a"], upos=[7]), "'upos' holds int64 .* ids; map them to their strings first"),
        (foreign(tokens=[b"a"], space_after=[b"1"]), "'space_after' holds bytes where int64 must be"),
        (foreign(tokens=[b"\xff"]), "not UTF-8"),
        (wrong_length(), "'length' is 3, but its tokens are 2"),
        (two_values_in_a_feature(), "features of 'tokens': 1, but their values: 2"),
        (valueless_feature(), "'upos' holds nothing where bytes must be"),
    ],
)
def test_wrong_shapes_are_errors(example, message):
    with pytest.raises(DataError, match=message):
        parse_example(example.SerializeToString())


def test_what_is_no_record_is_an_error():
    with pytest.raises(DataError, match="not a SequenceExample"):
        parse_example(b"\xff\xff\xff")
