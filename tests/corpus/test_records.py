from dataclasses import replace

import pytest

from tagger.backend import tf
from tagger.corpus.records import make_example, parse_example
from tagger.errors import DataError
from tagger.text.conllu import read_conllu, write_conllu
from tagger.text.sentence import Sentence

ADA = Sentence.from_words(
    ["Ada", "Lovelace", "wrote", "."],
    space_after=[True, True, False, False],
    tags={"upos": ["PROPN", "PROPN", "VERB", "PUNCT"], "ner": ["B-PER", "I-PER", "O", "O"]},
    id="notes-1",
)

# German `Zum Haus!`: `Zum` is `zu` and `dem`.
ZUM = Sentence(
    ("zu", "dem", "Haus", "!"),
    (0, 0, 5, 9),
    (3, 3, 9, 10),
    (False, True, False, True),
    "Zum  Haus!",
    id="zum",
    tags={"upos": ("ADP", "DET", "NOUN", "PUNCT")},
    multiword=((0, 1),),
    after="\n",
    paragraph=True,
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


def test_record_holds_white_space_paragraphs_and_multiword_tokens_where_they_are_known():
    example = tf.train.SequenceExample.FromString(make_example(ZUM))

    assert example.context.feature["after"].bytes_list.value[:] == [b"\n"]
    assert example.context.feature["paragraph"].int64_list.value[:] == [1]
    surfaces = example.feature_lists.feature_list["surface"].feature
    assert [feature.bytes_list.value[0] for feature in surfaces] == [b"Zum", b"", b"Haus", b"!"]
    unknown = tf.train.SequenceExample.FromString(make_example(ADA))
    assert sorted(unknown.context.feature) == ["id", "length", "text"]


def test_record_holds_the_document_where_it_is_known():
    sentence = Sentence.from_words(["Ada"], tags={"document": ["B-X"]})  # a task may have the name as well
    record = make_example(replace(sentence, document="Brief 3 ü"))
    assert tf.train.SequenceExample.FromString(record).context.feature["document"].bytes_list.value == [
        "Brief 3 ü".encode()
    ]
    assert (parse_example(record).document, parse_example(record).tags) == ("Brief 3 ü", {"document": ("B-X",)})
    assert "document" not in tf.train.SequenceExample.FromString(make_example(sentence)).context.feature
    assert parse_example(make_example(sentence)).document == ""
    example = tf.train.SequenceExample.FromString(make_example(sentence))  # another program's, whatever it means by it
    example.context.feature["document"].int64_list.value.append(7)
    assert parse_example(example.SerializeToString()).document == "7"
    example.context.feature["document"].int64_list.value.append(8)
    assert parse_example(example.SerializeToString()).document == ""


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
        replace(ADA, after=""),
        ZUM,
        replace(ZUM, multiword=((0, 1), (2, 3)), ends=(3, 3, 9, 10)),
    ],
    ids=["plain", "one word", "long word", "5,000 words", "odd spaces", "no space after", "zum", "words spell a token"],
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


def test_the_tokens_of_surface_make_the_text_where_there_is_none():
    record = foreign(tokens=[b"zu", b"dem", b"Haus"], surface=[b"Zum", b"", b"Haus"]).SerializeToString()

    sentence = parse_example(record)

    assert (sentence.text, sentence.starts, sentence.ends) == ("Zum Haus", (0, 0, 4), (3, 3, 8))
    assert (sentence.space_after, sentence.multiword, sentence.after) == ((False, True, True), ((0, 1),), None)


def in_context(example, **context):
    for name, value in context.items():
        feature = example.context.feature[name]
        (feature.int64_list if isinstance(value, int) else feature.bytes_list).value.append(value)
    return example


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
        (foreign(tokens=[b"a", b"b"], surface=[b"ab"]), "tokens: 2, but 'surface': 1"),
        (foreign(tokens=[b"a", b"b"], surface=[b"", b"b"]), "first 'surface' is empty"),
        (foreign(tokens=[b"a", b"b"], surface=[b"a", b"c"]), "word 2 is 'b', but its 'surface' is 'c'"),
        (
            foreign(tokens=[b"a", b"b"], surface=[b"ab", b""], space_after=[1, 1]),
            "'space_after' has white space inside the token 'ab'",
        ),
        (
            in_context(foreign(tokens=[b"a", b"b"], surface=[b"ab", b""]), text=b"a b"),
            "'text' is not the tokens of 'surface'",
        ),
        (in_context(foreign(tokens=[b"a"]), after=b"b"), "'after' is 'b'; it must be the white space"),
        (in_context(foreign(tokens=[b"a"]), after=1), "'after' must be one bytes value, but it is int64"),
        (in_context(foreign(tokens=[b"a"]), paragraph=2), "'paragraph' is 2; it must be 1, or absent"),
        (valueless_feature(), "'upos' holds nothing where bytes must be"),
    ],
)
def test_wrong_shapes_are_errors(example, message):
    with pytest.raises(DataError, match=message):
        parse_example(example.SerializeToString())


def test_what_is_no_record_is_an_error():
    with pytest.raises(DataError, match="not a SequenceExample"):
        parse_example(b"\xff\xff\xff")


@pytest.mark.slow
def test_treebanks_come_back_from_records_and_from_what_is_written_of_these(tmp_path, shared_corpora):
    for treebank in ("UD_English-EWT", "UD_German-GSD", "UD_Vietnamese-VTB"):
        (file,) = (shared_corpora / "ud" / treebank).glob("*-test.conllu")
        sentences = list(read_conllu(file))
        stored = [parse_example(make_example(sentence)) for sentence in sentences]
        assert stored == sentences
        (tmp_path / file.name).write_text("".join(map(write_conllu, stored)), encoding="utf-8", newline="")
        assert list(read_conllu(tmp_path / file.name)) == sentences
