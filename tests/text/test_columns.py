import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import ConfigError, DataError
from tagger.text.columns import read_columns, write_columns
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence

# The beginning of CoNLL-2003's training data, with its marks between documents.
CONLL_2003 = """\
-DOCSTART- -X- O O

EU NNP I-NP I-ORG
rejects VBZ I-VP O
German JJ I-NP I-MISC
call NN I-NP O

-DOCSTART- -X- O O

Peter NNP I-NP I-PER
Blackburn NNP I-NP I-PER

-DOCSTART- -X- O O

"""

UNIVERSAL_NER = """\
# newdoc id = d1
# sent_id = d1-1
# text = Hej, New York!
1\tHej\tO
2\t,\tO\t-\tann
3\tNew York\tB-LOC\t-\tann
4\t!\tO\t-\tann

"""


def read(tmp_path, text, columns="token,ner", **options):
    file = tmp_path / "some.conll"
    file.write_text(text, encoding="utf-8", newline="")
    return list(read_columns(file, columns.split(","), **options))


def test_columns_are_read_by_the_names_given(tmp_path):
    first, second = read(tmp_path, CONLL_2003, "token,xpos,_,ner")
    assert first.words == ("EU", "rejects", "German", "call")
    assert first.tags == {"xpos": ("NNP", "VBZ", "JJ", "NN"), "ner": ("I-ORG", "O", "I-MISC", "O")}
    assert (first.id, second.id) == ("some.conll:3", "some.conll:10")
    assert second.place(1).endswith("some.conll:11")


def test_a_mark_between_documents_begins_a_paragraph(tmp_path):
    inside = CONLL_2003.replace("call NN I-NP O\n", "call NN I-NP O\n\nagain RB O O\n")
    assert [each.paragraph for each in read(tmp_path, inside, "token,xpos,_,ner")] == [True, False, True]
    (placed,) = read(tmp_path, UNIVERSAL_NER, "_,token,ner,_,_")
    assert (placed.paragraph, placed.document, placed.text) == (True, "d1", "Hej, New York!")


def test_whatever_no_task_changes_is_written_back_byte_for_byte(tmp_path):
    names = ["token", "xpos", "_", "ner"]
    for text in (CONLL_2003, CONLL_2003.replace("\n", "\r\n"), CONLL_2003.replace(" ", "   "), "\n\n" + CONLL_2003):
        assert "".join(write_columns(sentence, names) for sentence in read(tmp_path, text, ",".join(names))) == text


def test_only_changed_cells_are_written(tmp_path):
    columns = ["token", "xpos", "_", "ner"]
    _, second = read(tmp_path, CONLL_2003.replace("NNP I-NP", "NNP   I-NP"), ",".join(columns))
    written = write_columns(second.with_tags("ner", ["B-PER", "I-PER"]), columns)
    assert (
        written == "-DOCSTART- -X- O O\n\nPeter NNP   I-NP B-PER\nBlackburn NNP   I-NP I-PER\n\n-DOCSTART- -X- O O\n\n"
    )


def test_a_new_task_becomes_a_new_column(tmp_path):
    (spaces,) = read(tmp_path, "a X \nb Y\n", "token,pos")
    (tabs,) = read(tmp_path, "a\tX\nb\tY\n", "token,pos")
    names = ["token", "pos", "_", "ner"]
    assert write_columns(spaces.with_tags("ner", ["O", "B-Z"]), names) == "a X _ O\nb Y _ B-Z\n\n"
    assert write_columns(tabs.with_tags("ner", ["O", "B-Z"]), names) == "a\tX\t_\tO\nb\tY\t_\tB-Z\n\n"


def test_columns_other_than_those_read_are_written_as_plain_rows(tmp_path):
    (sentence,) = read(tmp_path, UNIVERSAL_NER, "_,token,ner")
    assert write_columns(sentence, ["token", "ner"]) == "Hej\tO\n,\tO\nNew York\tB-LOC\n!\tO\n\n"
    assert "_" not in write_columns(sentence.with_tags("upos", ["X"] * 4), ["token", "upos", "ner"])


def test_universal_ner_has_text_and_ids(tmp_path):
    (sentence,) = read(tmp_path, UNIVERSAL_NER, "_,token,ner")
    assert sentence.id == "d1-1"
    assert sentence.text == "Hej, New York!"
    assert sentence.words == ("Hej", ",", "New York", "!")
    assert sentence.space_after == (False, True, False, True)
    assert [span.text for span in sentence.spans("ner")] == ["New York"]
    assert write_columns(sentence, ["_", "token", "ner"]) == UNIVERSAL_NER


def test_a_text_comment_with_other_words_is_not_used(tmp_path):
    (sentence,) = read(tmp_path, UNIVERSAL_NER.replace("Hej, New", "Hello, New"), "_,token,ner")
    assert sentence.text == "Hej , New York !"


def test_a_hash_is_a_token_if_the_line_is_a_row(tmp_path):
    tweet = "# just a comment\n#\tO\n#tag\tO\nsent_id\tO\n\n#a = b\tO\n#b\tO\n\n"
    first, second = read(tmp_path, tweet)
    assert first.words == ("#", "#tag", "sent_id")
    assert second.words == ("#b",)
    spaced = "a O\n# O\n\n# this is a comment\n# sent_id = s2\n# O\n\n# O\n"
    assert [sentence.words for sentence in read(tmp_path, spaced)] == [("a", "#"), ("#",), ("#",)]
    assert read(tmp_path, spaced)[1].id == "s2"


def test_comments_can_be_switched_on_and_off(tmp_path):
    assert [s.words for s in read(tmp_path, "#a = b\tO\nc\tO\n", comments=False)] == [("#a = b", "c")]
    assert [s.words for s in read(tmp_path, "#a\tO\nc\tO\n", comments=True)] == [("c",)]


def test_tweets_are_read_as_they_are(tmp_path):
    """A lone TAB ends a sentence (WNUT17); a row with an empty or blank token is kept (Broad Twitter)."""
    text = "one\tO\n\t\nMH17 \tB-X\n \tO\n\tO\n\n\tO\n\n \nlast\tO\n"
    assert [sentence.words for sentence in read(tmp_path, text)] == [("one",), ("MH17", "_", "_"), ("_",), ("last",)]
    names = ["token", "ner"]
    assert "".join(write_columns(sentence, names) for sentence in read(tmp_path, text)) == text + "\n"


def test_white_space_separates_columns_only_if_it_is_the_separator(tmp_path):
    (tabs,) = read(tmp_path, "Hà Nội\tB-LOC\n\u00a0\u2028x\ty\tO\n")
    assert tabs.words == ("Hà Nội", "x")
    (comma,) = read(tmp_path, "a b,B-X\n#,O\n", separator=",")
    assert (comma.words, comma.tags["ner"]) == (("a b", "#"), ("B-X", "O"))
    (space,) = read(tmp_path, "a\u00a0b   B-X\n\u200b O\n", separator=" ")
    assert space.words == ("a\u00a0b", "\u200b")


HIPE = """\
TOKEN\tNE-COARSE\tNE-FINE\tMISC
# hipe2022:document_id = doc-1
Old\tO\t_\t_
Osk\tB-pers\t_\tNoSpaceAfter
.\tO\t_\tEndOfLine|EndOfSentence
She\tO\t_\t_
left\tO\t_\tEndOfSentence

# hipe2022:document_id = doc-2
# a\tcomment
No\tO\t_\tEndOfSentence
"""


@pytest.mark.parametrize(
    ("columns", "end"),
    [
        ("token,ner,fine", "MISC:EndOfSentence"),
        ("token,ner,fine,mark", "4:EndOfSentence"),
        ("token=TOKEN,ner=NE-COARSE,fine=ne-fine", "misc:EndOfSentence"),
    ],
)
def test_a_header_is_no_token_and_a_column_may_end_sentences(tmp_path, columns, end):
    remarks = Remarks()
    sentences = read(tmp_path, HIPE, columns, sentence_end=end, remarks=remarks)
    assert [sentence.words for sentence in sentences] == [("Old", "Osk", "."), ("She", "left"), ("No",)]
    assert sentences[0].tags["ner"] == ("O", "B-pers", "O")
    assert "fine" not in sentences[0].tags
    assert sentences[2].place(0).endswith("some.conll:11")
    assert [str(each).partition(": 1, at")[0] for each in remarks] == ["header rows, read as no token"]
    lines = [line for sentence in sentences for line in sentence.origin.lines]
    assert "".join(lines) == HIPE


def test_what_ends_sentences_must_be_there(tmp_path):
    with pytest.raises(DataError, match=r"some.conll: no row is marked MISC:Stop"):
        read(tmp_path, HIPE, sentence_end="MISC:Stop")
    with pytest.raises(ConfigError, match=r"no column 'NOTE'; there are TOKEN, NE-COARSE, NE-FINE, MISC"):
        read(tmp_path, HIPE, sentence_end="NOTE:x")
    with pytest.raises(ConfigError, match=r"write it as COLUMN:MARK"):
        read(tmp_path, HIPE, sentence_end="MISC")
    with pytest.raises(DataError, match=r"no column 'Word' in the header; it has TOKEN, NE-COARSE"):
        read(tmp_path, HIPE, "token=Word,ner=NE-COARSE")
    remarks = Remarks()
    assert len(read(tmp_path, HIPE, remarks=remarks)) == 2
    assert "rows marked EndOfSentence, at which no sentence ends without --sentence-end" in str([*remarks][-1])


def test_a_header_may_stand_behind_a_hash(tmp_path):
    (sentence,) = read(tmp_path, "# a comment\n#id\ttoken\tlabel\n1\tMira\tB-PER\n", "_,token,ner")
    assert (sentence.words, sentence.tags) == (("Mira",), {"ner": ("B-PER",)})


def test_a_column_may_number_sentences(tmp_path):
    text = "sentence_id\tword\ttag\n1\tRain\tO\n1\tfell\tO\n2\tMira\tB-PER\n"
    for columns in ("sentence,token,ner", "_,token,ner", "token=word,ner=tag"):
        found = read(tmp_path, text, columns)
        assert [sentence.words for sentence in found] == [("Rain", "fell"), ("Mira",)]
    assert [s.words for s in read(tmp_path, text.partition("\n")[2], "sentence,token,ner")] == [
        ("Rain", "fell"),
        ("Mira",),
    ]


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [  # MultiCoNER: a TAB in comments; a TAB or a space at the end of a row; comments with TABs in a file with TABs
        ("# id a\tx=y\nthe _ _ O\nof _ _ B-X\n\n\n# id b\tx=y\no _ _ O\n", "token,_,_,ner", [("the", "of"), ("o",)]),
        ("Mira B-PER \nsang O\t\n. O\n", "token,ner", [("Mira", "sang", ".")]),
        ("# id a\tdomain=train\nMira\tB-PER\n#tag\tO \n", "token,ner", [("Mira", "#tag")]),
        ("Mira B-PER\rsang O\r\rRain O\r", "token,ner", [("Mira", "sang"), ("Rain",)]),
    ],
)  # fmt: skip
def test_the_separator_is_that_of_most_rows_and_lines_end_as_on_any_system(tmp_path, text, columns, words):
    found = read(tmp_path, text, columns)
    assert [sentence.words for sentence in found] == words
    assert "".join(write_columns(sentence, columns.split(",")) for sentence in found).startswith(text)


def test_a_tag_that_is_an_underscore_is_none(tmp_path):
    text = "Mira\tPROPN\t_\nsang\t_\t_\n\n"
    (sentence,) = read(tmp_path, text, "token,upos,ner")
    assert sentence.tags == {"upos": ("PROPN", "")}
    assert write_columns(sentence, ["token", "upos", "ner"]) == text


def test_what_rows_leave_in_doubt_is_remarked(tmp_path):
    remarks = Remarks()
    read(tmp_path, "a O\nNew York O\nb O\n", remarks=remarks)
    read(tmp_path, "\tO\nb\tO\n", remarks=remarks)
    read(tmp_path, UNIVERSAL_NER.replace("Hej, New", "Hello, New"), "_,token,ner", remarks=remarks)
    assert [(each.what[:45], each.count, each.first.rpartition(":")[2]) for each in remarks] == [
        ("rows with another number of columns than othe", 1, "2"),
        ("rows with an empty token, kept as the word _", 1, "1"),
        ("texts that disagree with the tokens, not used", 1, "1"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a O\nb\tO\nc O\n", r":2: 1 column where 'ner' is column 2 \(a TAB in this row, spaces in the others"),
        ("a\tO\n\nNew York\n", r":3: 1 column where 'ner' is column 2 \(spaces in this row, a TAB in the others"),
        ("Mira/B-PER sang/O ./O\n", r":1: each column holds '/', .* --format pairs"),
        ("Mira_B-PER sang_O ._O\n", r":1: each column holds '_', .* --format pairs"),
        ("a\tO\nb\n", ":2: 1 column where 'ner' is column 2"),
        ("a O\n\nb O\nc\n", ":4: 1 column where 'ner' is column 2"),
        ("a\tO\n# late\n", ":2: 1 column"),
        ("a\tO\nb\t\n", r":2: 'ner' \(column 2\) is empty"),
        ("\n\t\n", ": no sentence in it"),
        ("-DOCSTART- O\n\n", ": no sentence in it"),
    ],
)
def test_a_row_that_is_too_short_is_an_error_with_its_line(tmp_path, text, message):
    with pytest.raises(DataError, match=f"some.conll{message}"):
        read(tmp_path, text)


def test_columns_must_name_the_token_and_no_task_twice():
    with pytest.raises(ConfigError, match="'token' exactly once"):
        read_columns("x", ["word", "ner"])
    with pytest.raises(ConfigError, match="'ner' is named twice"):
        read_columns("x", ["token", "ner", "ner"])


def test_a_word_or_tag_that_a_row_cannot_hold_is_an_error():
    sentence = Sentence.from_words(["a b"], tags={"ner": ["O"]})
    with pytest.raises(DataError, match="cannot hold 'a b'"):
        write_columns(sentence, ["token", "ner"], " ")
    assert write_columns(sentence, ["token", "_", "ner"]) == "a b\t_\tO\n\n"


cell = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="\ufeff"), min_size=1)


@given(st.lists(st.tuples(cell, cell), min_size=1), st.sampled_from(["\t", " ", "|"]))
def test_any_words_and_tags_are_read_back_equal(tmp_path_factory, tokens, separator):
    words, tags = zip(*tokens, strict=True)
    tags = ["" if tag == "_" else tag for tag in tags]  # _ is a word that is not annotated
    sentence = Sentence.from_words(words, tags={"ner": tags} if any(tags) else {})
    if separator in "".join((*words, *tags)):
        return
    written = write_columns(sentence, ["token", "ner"], separator)
    (read_again,) = read(tmp_path_factory.mktemp("any"), written, separator=separator, comments=False)
    assert (read_again.words, read_again.tags) == (sentence.words, sentence.tags)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "columns", "sentences", "tokens", "scheme"),
    [
        ("wnut17/wnut17train.conll", "token,ner", 3_394, 62_730, "IOB2"),
        ("wnut17/emerging.*", "token,ner", 1_009 + 1_287, 15_733 + 23_394, "IOB2"),
        ("broad_twitter_corpus/btc.train", "token,ner", 6_338, 99_933, "IOB2"),
        ("broad_twitter_corpus/btc.[dt]e[vs]*", "token,ner", 1_001 + 2_001, 15_027 + 35_428, "IOB2"),
        ("wikigold/*.conll.txt", "token,ner", 1_696, 39_007, "IOB1"),
        ("UNER_English-EWT/*-dev.iob2", "_,token,ner", 2_001, 25_149, "IOB2"),
        ("UNER_English-EWT/*-train.iob2", "_,token,ner", 12_543, 204_579, "IOB2"),
        ("UNER_Swedish-Talbanken/*.iob2", "_,token,ner", 504 + 1_219 + 4_303, 9_797 + 20_377 + 66_646, "IOB2"),
    ],
)
def test_the_real_corpora(detect_scheme, shared_corpora, pattern, columns, sentences, tokens, scheme):
    names = columns.split(",")
    read_all = []
    for file in sorted((shared_corpora / "ner").glob(pattern)):
        found = list(read_columns(file, names))
        assert "".join(write_columns(sentence, names) for sentence in found).encode() == file.read_bytes()
        read_all += found
    assert (len(read_all), sum(map(len, read_all))) == (sentences, tokens)
    assert detect_scheme(sentence.tags["ner"] for sentence in read_all) == scheme
