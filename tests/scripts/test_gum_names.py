"""Names in mentions of entities as GUM has them. The sentences are made up."""

import pytest

from tagger.errors import DataError
from tagger.text.formats import read_sentences

MAYOR = """
the      the        DET   DT   2 det      (1-person
mayor    mayor      NOUN  NN   5 nsubj    _
of       of         ADP   IN   4 case     _
Paris    Paris      PROPN NNP  2 nmod     (2-place)1)
spoke    speak      VERB  VBD  0 root     _
"""
UNIVERSITY = """
The        the        DET   DT  2 det     (1-organization
University University PROPN NNP 6 nsubj   _
of         of         ADP   IN  4 case    _
California California PROPN NNP 2 nmod    (2-place)1)
has        have       AUX   VBZ 6 aux     _
grown      grow       VERB  VBN 0 root    _
"""
KING = """
King  King  PROPN NNP 8 nsubj (1-person
Louis Louis PROPN NNP 1 flat  _
XV    XV    NUM   CD  1 dep   _
of    of    ADP   IN  5 case  _
Spain Spain PROPN NNP 1 nmod  (2-place)1)
's    's    PART  POS 1 case  _
men   man   NOUN  NNS 8 nsubj _
left  leave VERB  VBD 0 root  _
"""
APPOSITION = """
Groningen Groningen PROPN NNP 0 root  (1-place
,         ,         PUNCT ,   5 punct _
in        in        ADP   IN  5 case  _
the       the       DET   DT  5 det   (2-place
Netherlands Netherlands PROPN NNP 1 nmod 1)2)
"""
STUDENT = """
our     we      PRON  PRP$ 2 nmod:poss (1-person(2-person)
student student NOUN  NN   0 root      _
Ahmed   Ahmed   PROPN NNP  2 flat      _
Mohamed Mohamed PROPN NNP  2 flat      1)
"""
POSSESSOR = """
Ada   Ada   PROPN NNP 3 nmod:poss (1-place(2-person
's    's    PART  POS 1 case      2)
House House PROPN NNP 0 root      1)
"""
PEOPLES = """
the       the     DET  DT   2 det   (1-person
Huguenots Huguenot PROPN NNPS 3 nsubj 1)
left      leave   VERB VBD  0 root  _
"""
SOCIETY = """
Department department PROPN NNP 0 root     (1-organization
of         of         ADP   IN  3 case     _
Health     health     PROPN NNP 1 nmod     _
and        and        CCONJ CC  5 cc       _
Food       food       PROPN NNP 3 conj     _
in         in         ADP   IN  7 case     _
Rome       Rome       PROPN NNP 1 nmod     (2-place)1)
"""


def sentence_of(table: str, folder):
    """Return the sentence of a table: form, lemma, UPOS, XPOS, head, relation, brackets."""
    script_columns = {"upos": "UPOS", "xpos": "XPOS", "head": "HEAD", "relation": "DEPREL", "misc": "MISC"}
    rows = []
    for number, line in enumerate(table.strip().splitlines(), start=1):
        form, lemma, upos, xpos, head, relation, brackets = line.split()
        misc = "_" if brackets == "_" else f"Entity={brackets}"
        rows.append("\t".join((str(number), form, lemma, upos, xpos, "_", head, relation, "_", misc)) + "\n")
    path = folder / "made-up.conllu"
    path.write_text("# global.Entity = GRP-etype\n" + "".join(rows) + "\n", encoding="utf-8")
    (sentence,) = read_sentences(path, "conllu", tasks=script_columns)
    return sentence


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (MAYOR, ["LOC Paris"]),
        (UNIVERSITY, ["ORG University of California"]),
        (KING, ["PER Louis XV", "LOC Spain"]),
        (APPOSITION, ["LOC Groningen", "LOC Netherlands"]),
        (STUDENT, ["PER Ahmed Mohamed"]),
        (POSSESSOR, ["PER Ada", "LOC House"]),
        (PEOPLES, []),
        (SOCIETY, ["ORG Department of Health and Food", "LOC Rome"]),
    ],
)
def test_names_of_mentions(script, tmp_path, table, names):
    sentence = sentence_of(table, tmp_path)

    found = script("gum_names").names_in(sentence)

    assert [f"{name.label} {' '.join(sentence.words[name.first : name.last + 1])}" for name in found] == names


def test_brackets_that_do_not_close_are_an_error(script, tmp_path):
    sentence = sentence_of(MAYOR.replace("(2-place)1)", "(2-place)"), tmp_path)

    with pytest.raises(DataError, match=r"made-up\.conllu:\d+: Entity in MISC: .*not closed.*mend it"):
        script("gum_names").names_in(sentence)


def test_a_sentence_without_a_tree_is_an_error(script, tmp_path):
    path = tmp_path / "bare.conllu"
    path.write_text("1\tAda\t_\tPROPN" + "\t_" * 6 + "\n\n", encoding="utf-8")
    (sentence,) = read_sentences(path, "conllu")

    with pytest.raises(DataError, match="no head and no relation and no xpos here"):
        script("gum_names").names_in(sentence)
