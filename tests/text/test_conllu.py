from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import ConfigError, DataError
from tagger.text.conllu import read_conllu, write_conllu
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence


def rows(*lines):
    """Return lines of CoNLL-U from rows that give only the first cells and, after `...`, the last."""
    table = []
    for line in lines:
        cells, _, misc = line.partition("...")
        cells = cells.strip(" ").split(" ")
        table.append(
            line if line[:1] in ("#", "") else "\t".join((*cells, *"_" * (9 - len(cells)), misc.strip() or "_"))
        )
    return "".join(line + "\n" for line in table)


# Multiword tokens whose words spell them or not, an empty node, comments, odd white space, blank lines.
ODD = rows(
    "# newdoc id = d1",
    "# sent_id = s1",
    "# text = Il  parle du \u00a0vin, don't he?",
    "1 Il il PRON",
    "2 parle parler VERB",
    "3-4 du _ _",
    "3 de de ADP",
    "4 le le DET",
    "5 vin vin NOUN ...SpaceAfter=No|NER=B-FOOD",
    "5.1 bon bon ADJ",
    "6 , , PUNCT",
    "7-8 don't",
    "7 do do AUX",
    "8 n't not PART",
    "9-10 he? ...SpaceAfter=No",
    "9 he he PRON",
    "10 ? ? PUNCT",
    "",
    "",
    "# a comment that belongs to nothing",
    "",
    "1 So so ADV ADV ...SpaceAfter=No|Note=x=y",
    "2 what what PRON PRON",
    "",
    "# the last words",
)


def read(tmp_path, text, **options):
    file = tmp_path / "some.conllu"
    file.write_text(text, encoding="utf-8", newline="")
    return list(read_conllu(file, **options))


def test_offsets_of_words_are_those_in_the_text(tmp_path):
    sentence, _ = read(tmp_path, ODD)
    found = [sentence.text[start:end] for start, end in zip(sentence.starts, sentence.ends, strict=True)]
    assert sentence.words == ("Il", "parle", "de", "le", "vin", ",", "do", "n't", "he", "?")
    assert found == ["Il", "parle", "du", "du", "vin", ",", "do", "n't", "he", "?"]
    assert sentence.space_after == (True, True, False, True, False, True, False, True, False, False)
    assert sentence.text == "Il  parle du \u00a0vin, don't he?"
    assert sentence.id == "s1"


def test_multiword_tokens_are_those_with_a_range(tmp_path):
    sentence, plain = read(tmp_path, ODD)
    assert sentence.multiword == ((2, 3), (6, 7), (8, 9))
    assert plain.multiword == ()
    found = [sentence.text[start:end] for start, end in sentence.token_offsets]
    assert found == ["Il", "parle", "du", "vin", ",", "don't", "he?"]


def test_the_white_space_after_a_sentence_is_known(tmp_path):
    no_space, space = read(tmp_path, ODD)
    assert (no_space.after, space.after) == ("", " ")
    stated, inside = read(
        tmp_path,
        rows(
            "1 So", "2 what ...SpacesAfter=\\n\\n\\s", "", "1-2 du ...SpacesAfter=\\t", "1 de ...SpaceAfter=No", "2 le"
        ),
    )
    assert (stated.after, inside.after) == ("\n\n ", "\t")


# As UDPipe writes it; `\u00A0` as in English EWT.
TRUE_WHITE_SPACE = rows(
    "# text = Zum Test, bitte sehr !",
    "1-2 Zum ...SpacesAfter=\\s\\s",
    "1 zu",
    "2 dem",
    "3 Test ...SpaceAfter=No",
    "4 , ...SpacesAfter=\\r\\n",
    "5 bitte",
    "6 sehr ...SpacesAfter=\\u00A0",
    "7 ! ...SpacesAfter=\\n",
)


def test_a_text_is_made_with_the_white_space_that_misc_states(tmp_path):
    remarks = Remarks()
    (sentence,) = read(tmp_path, TRUE_WHITE_SPACE, remarks=remarks)
    assert sentence.text == "Zum  Test,\r\nbitte sehr\u00a0!"
    assert sentence.starts == (0, 0, 5, 9, 12, 18, 23)
    assert sentence.ends == (3, 3, 9, 10, 17, 22, 24)
    assert sentence.space_after == (False, True, False, True, True, True, True)
    assert sentence.after == "\n"
    assert list(remarks) == []


def test_white_space_that_disagrees_with_the_text_or_is_none_is_remarked(tmp_path):
    remarks = Remarks()
    wrong, none = read(
        tmp_path,
        rows("# text = vinblanc", "1 vin ...SpacesAfter=\\s\\s", "2 blanc ...SpaceAfter=No", "")
        + rows("1 vin ...SpacesAfter=;", "2 blanc"),
        remarks=remarks,
    )
    assert (wrong.text, wrong.after) == ("vin  blanc", "")
    assert none.text == "vin blanc"
    assert [each.what for each in remarks] == [
        "texts that disagree with words and SpaceAfter, made from these",
        "values of SpacesAfter that are no white space, not used",
    ]


def test_paragraphs_and_documents_begin_paragraphs(tmp_path):
    sentences = read(
        tmp_path,
        rows("# newdoc id = d", "", "1 a", "", "# text = b", "1 b", "", "# newpar", "1 c", "", "# newparty", "1 d"),
    )
    assert [sentence.paragraph for sentence in sentences] == [True, False, True, False]


def test_a_text_that_disagrees_with_the_words_is_built_from_them(tmp_path):
    wrong_words, wrong_spaces, missing = read(
        tmp_path,
        rows("# text = Quite another", "1-2 du", "1 de", "2 le", "3 vin", "")
        + rows("# text = vin blanc", "1 vin ...SpaceAfter=No", "2 blanc", "")
        + rows("1 vin", "2 blanc ...SpaceAfter=No"),
    )
    assert wrong_words.text == "du vin"
    assert wrong_spaces.text == "vinblanc"
    assert missing.text == "vin blanc"
    assert missing.id == "some.conllu:11"
    assert missing.place(1).endswith("some.conllu:12")


def test_whatever_no_task_changes_is_written_back_byte_for_byte(tmp_path):
    for text in (ODD, ODD.replace("\n", "\r\n")):
        assert "".join(write_conllu(sentence) for sentence in read(tmp_path, text)) == text + "\n"


def test_only_the_columns_of_changed_tags_are_written(tmp_path):
    first, second = read(tmp_path, ODD)
    changed = second.with_tags("upos", ["INTJ", "PRON"]).with_tags("ner", ["O", "B-X"])
    written = write_conllu(changed, {"upos": "UPOS", "ner": "MISC:NER"})
    assert written.splitlines()[3:5] == [
        "1\tSo\tso\tINTJ\tADV\t_\t_\t_\t_\tSpaceAfter=No|Note=x=y|NER=O",
        "2\twhat\twhat\tPRON\tPRON\t_\t_\t_\t_\tNER=B-X",
    ]
    eaten = first.with_tags("ner", ["O"] * 4 + ["I-FOOD"] + ["O"] * 5)
    assert write_conllu(eaten, {"ner": "MISC:NER"}) == write_conllu(first).replace("NER=B-FOOD", "NER=I-FOOD")


@pytest.mark.parametrize(
    ("column", "tags"),
    [
        ("FORM", ("So", "what")),
        ("LEMMA", ("so", "what")),
        ("XPOS", ("ADV", "PRON")),
        ("FEATS", None),
        ("MISC", ("SpaceAfter=No|Note=x=y", "_")),
        ("MISC:Note", ("x=y", "O")),
        ("MISC:Not", None),
    ],
)
def test_any_column_can_be_a_task(tmp_path, column, tags):
    _, sentence = read(tmp_path, ODD, tasks={"any": column})
    assert sentence.tags.get("any") == tags


def test_a_word_without_upos_is_not_annotated(tmp_path):
    text = rows("1 Mira Mira PROPN", "2 sang sing", "3 . . PUNCT", "", "1 So so _ ADV", "2 what what _ _ Case=Nom", "")
    first, second = read(tmp_path, text, tasks={"upos": "UPOS", "xpos": "XPOS", "feats": "FEATS"})
    assert first.tags == {"upos": ("PROPN", "", "PUNCT")}
    assert second.tags == {"xpos": ("ADV", ""), "feats": ("_", "Case=Nom")}  # a word may have no features
    assert "".join(write_conllu(sentence) for sentence in (first, second)) == text
    assert write_conllu(first.with_tags("upos", ["", "VERB", ""])).count("\t_\t_\t_\t_\t_\t_\t_\t_\n") == 0


GUM = rows(
    "# global.Entity = GRP-etype-identity",
    "# sent_id = a",
    "1 Mira ...Entity=(1-person-Mira_Osk(2-place)",
    "2 Osk ...Entity=1)",
    "3 sang",
    "4 in",
    "5 Varn ...Entity=(4-organization(3-place-Varn)",
    "6 Bay ...Entity=4)",
    "",
    "1 Rain",
    "2 fell",
    "",
)


def test_bracketed_entities_are_read_as_the_outermost_spans(tmp_path):
    remarks = Remarks()
    first, second = read(tmp_path, GUM, tasks={"ner": "MISC:Entity"}, remarks=remarks)
    assert first.tags["ner"] == ("B-person", "I-person", "O", "O", "B-organization", "I-organization")
    assert second.tags["ner"] == ("O", "O")
    assert [str(each).replace(f"{tmp_path}/", "") for each in remarks] == [
        "spans of 'ner' inside others, left out: 2, the first at some.conllu:3"
    ]
    with pytest.raises(DataError, match=r"some.conllu:4: 'Entity' in MISC: the bracket 7\) closes a span that is not"):
        read(tmp_path, GUM.replace("Entity=1)", "Entity=7)"), tasks={"ner": "MISC:Entity"})


def test_what_is_left_out_is_remarked(tmp_path):
    remarks = Remarks()
    read(tmp_path, ODD.replace("# text = Il", "# text = Elle"), tasks={"ner": "MISC:NER"}, remarks=remarks)
    assert [(each.what, each.count) for each in remarks] == [
        ("empty nodes, which are no words, left out", 1),
        ("texts that disagree with words and SpaceAfter, made from these", 1),
        ("sentences without NER in MISC, not annotated for 'ner'", 1),
    ]


def test_a_sentence_from_another_format_is_written_plainly_and_read_back(tmp_path):
    tasks = {"upos": "UPOS", "ner": "MISC:NER"}
    sentence = Sentence.from_words(
        ["Hà Nội", "!"],
        space_after=[False, True],
        tags={"upos": ["PROPN", "PUNCT"], "ner": ["O", "O"]},
        id="x",
    )
    written = write_conllu(sentence, tasks)
    assert written == (
        "# sent_id = x\n# text = Hà Nội!\n"
        "1\tHà Nội\t_\tPROPN\t_\t_\t_\t_\t_\tSpaceAfter=No|NER=O\n2\t!\t_\tPUNCT\t_\t_\t_\t_\t_\tNER=O\n\n"
    )
    assert read(tmp_path, written, tasks=tasks) == [replace(sentence, after=" ")]


# German `Zum Haus!` at the beginning of a paragraph: `Zum` is `zu` and `dem`.
ZUM = Sentence(
    ("zu", "dem", "Haus", "!"),
    (0, 0, 4, 8),
    (3, 3, 8, 9),
    (False, True, False, True),
    "Zum Haus!",
    id="zum",
    tags={"upos": ("ADP", "DET", "NOUN", "PUNCT"), "ner": ("O", "O", "B-LOC", "O")},
    multiword=((0, 1),),
    after=" ",
    paragraph=True,
)


def test_multiword_tokens_have_a_range_and_paragraphs_a_comment(tmp_path):
    tasks = {"upos": "UPOS", "ner": "MISC:NER"}
    written = write_conllu(ZUM, tasks)
    assert written == rows(
        "# newpar",
        "# sent_id = zum",
        "# text = Zum Haus!",
        "1-2 Zum",
        "1 zu _ ADP ...NER=O",
        "2 dem _ DET ...NER=O",
        "3 Haus _ NOUN ...SpaceAfter=No|NER=B-LOC",
        "4 ! _ PUNCT ...NER=O",
        "",
    )
    assert read(tmp_path, written, tasks=tasks) == [ZUM]


@pytest.mark.parametrize(
    ("text", "ends", "after", "misc"),
    [
        ("Zum Haus!", (3, 8, 9), "", ["_", "SpaceAfter=No", "SpaceAfter=No"]),
        ("Zum Haus!", (3, 8, 9), "\n\n", ["_", "SpaceAfter=No", "SpacesAfter=\\n\\n"]),
        ("Zum  Haus!", (3, 9, 10), " ", ["_", "SpaceAfter=No", "_"]),
        ("Zum\tHaus  !", (3, 8, 11), " ", ["SpacesAfter=\\t", "SpacesAfter=\\s\\s", "_"]),
    ],
)
def test_white_space_is_read_back_equal(tmp_path, text, ends, after, misc):
    starts = (0, 0, ends[1] - 4, ends[2] - 1)
    spaces = (False, True, ends[1] < starts[3], bool(after))
    sentence = replace(
        ZUM,
        text=text,
        starts=starts,
        ends=(ends[0], *ends),
        space_after=spaces,
        after=after,
        tags={"upos": ZUM.tags["upos"]},
    )
    written = write_conllu(sentence)
    cells = [line.split("\t") for line in written.splitlines()]
    assert [row[9] for row in cells if row[0] in ("1-2", "3", "4")] == misc
    assert read(tmp_path, written) == [sentence]


word = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text == text.strip())


@given(st.lists(st.tuples(word, st.booleans(), word), min_size=1))
def test_any_words_and_tags_are_read_back_equal(tmp_path_factory, tokens):
    words, spaces, tags = zip(*tokens, strict=True)
    tags = ["" if tag == "_" else tag for tag in tags]  # _ is a word that is not annotated
    sentence = Sentence.from_words(words, space_after=(*spaces[:-1], True), tags={"xpos": tags}, id="x")
    if any(tags):
        file = tmp_path_factory.mktemp("any")
        assert read(file, write_conllu(sentence)) == [replace(sentence, after=" ")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\tone\n", ":1: 2 columns where CoNLL-U has 10"),
        (rows("1 one", "2 two").replace("2\ttwo", "2 two"), ":2: 9 columns"),
        (rows("1 one", "3 three"), ":2: the id '3' stands where word 2 is due"),
        (rows("1 one", "1 two"), ":2: the id '1' stands"),
        (rows("one one"), ":1: the id 'one' stands where word 1 is due"),
        (rows("1 one", "3-4 x"), ":2: the id '3-4' stands where word 2"),
        (rows("1-3 x", "1 one", "2-3 y"), ":3: the id '2-3' stands"),
        (rows("1-3 x", "1 one", "2 two"), ":3: the sentence ends before word 3"),
        (rows("# a", "1-2 x"), ":1: a multiword token has no words"),
        (rows("1 one", "7.1 two"), ":2: the id '7.1' stands"),
        (rows("1 one").replace("one", ""), ":1: word 1 has no form"),
        (rows("1 one _ X", "2 two _ X").replace("two\t_\tX", "two\t_\t"), ":2: 'upos' is empty"),
        ("\n \n\n", ": no sentence in it"),
        ("# only a comment\n", ": no sentence in it"),
    ],
)
def test_what_is_not_conllu_is_an_error_with_its_line(tmp_path, text, message):
    with pytest.raises(DataError, match=f"some.conllu{message}"):
        read(tmp_path, text)


def test_an_unknown_column_is_an_error(tmp_path):
    for column in ("UPOSS", "ID", "MISC:", "FEATS:Case"):
        with pytest.raises(ConfigError, match=f"no column '{column}'"):
            read(tmp_path, ODD, tasks={"any": column})


def test_a_word_or_tag_that_a_row_cannot_hold_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"cannot hold 'a\\tb'"):
        write_conllu(Sentence.from_words(["a\tb"]))
    with pytest.raises(DataError, match=r"cannot hold 'X\|Y' in MISC"):
        write_conllu(Sentence.from_words(["a"], tags={"ner": ["X|Y"]}), {"ner": "MISC:NER"})


def test_long_sentences_and_long_words(tmp_path):
    sentence = Sentence.from_words(["w" * 10_000, *["word"] * 4_999], tags={"upos": ["X"] * 5_000}, id="long")
    assert read(tmp_path, write_conllu(sentence)) == [replace(sentence, after=" ")]


@pytest.mark.slow
def test_every_treebank_is_written_back_byte_for_byte(shared_corpora):
    files = sorted((shared_corpora / "ud").glob("*/*.conllu"))
    assert files
    for file in files:
        written = "".join(write_conllu(sentence) for sentence in read_conllu(file))
        assert written.encode() == file.read_bytes()


@pytest.mark.slow
def test_the_counts_of_english_ewt(shared_corpora):
    file = shared_corpora / "ud" / "UD_English-EWT" / "en_ewt-ud-train.conllu"
    sentences = list(read_conllu(file))
    assert (len(sentences), sum(map(len, sentences))) == (12_544, 204_577)
    assert len({tag for sentence in sentences for tag in sentence.tags["upos"]}) == 17
