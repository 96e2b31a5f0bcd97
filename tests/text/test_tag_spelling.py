import pytest

from tagger.text.scheme import SchemeDetector
from tagger.text.tag_spelling import UnclearSpellingError, find_spelling

IN_IOB2 = ["B-PER I-PER O", "O B-LOC"]


def detector_of(sentences):
    detector = SchemeDetector()
    for tags in sentences:
        detector.add(tags.split())
    return detector


@pytest.mark.parametrize(
    ("name", "sentences", "read"),
    [
        ("PER-B", ["PER-B PER-I O", "O LOC-B"], IN_IOB2),
        ("B_PER", ["B_PER I_PER O", "O B_LOC"], IN_IOB2),
        ("PER.B", ["PER.B PER.I O", "O LOC.B"], IN_IOB2),
        ("B:PER", ["B:PER I:PER O", "O B:LOC"], IN_IOB2),
        ("B/PER", ["B/PER I/PER O", "O B/LOC"], IN_IOB2),
        ("b-per", ["b-per i-per o", "o b-loc"], ["B-per I-per O", "O B-loc"]),
        ("per_b", ["per_b per_i O", "O loc_b"], ["B-per I-per O", "O B-loc"]),
        ("B_PER", ["B_PER L_PER O", "O U_LOC"], ["B-PER L-PER O", "O U-LOC"]),
        ("BEGIN-PER", ["BEGIN-PER INSIDE-PER OUT", "OUT BEGIN-LOC"], IN_IOB2),
        ("BPER", ["BPER IPER O", "O BLOC"], IN_IOB2),
        ("B", ["B I O", "O B"], ["B-ENTITY I-ENTITY O", "O B-ENTITY"]),
        ("B", ["b i o", "o b"], ["B-ENTITY I-ENTITY O", "O B-ENTITY"]),
        ("B", ["B M E S", "B E S"], ["B-ENTITY M-ENTITY E-ENTITY S-ENTITY", "B-ENTITY E-ENTITY S-ENTITY"]),
        ("PER", ["PER PER O PER O LOC O", "O O O"], ["I-PER I-PER O I-PER O I-LOC O", "O O O"]),
        ("(PER*", ["(PER* *) *", "* (LOC)"], IN_IOB2),
    ],
)
def test_a_spelling_is_read(name, sentences, read):
    spelling = find_spelling(detector_of(sentences))
    assert spelling.name == name
    assert [" ".join(spelling.read(tags.split())) for tags in sentences] == read


@pytest.mark.parametrize(
    "sentences",
    [
        ["DET NOUN VERB"],
        ["NN -LRB- NNP -RRB- . , `` PRP$"],
        ["BE BEDZ IN I B S E V A"],  # Brown; ISST has the tags S, B, E, I, V, A
        ["O V N , ^ O"],  # O is a pronoun of Twitter's part-of-speech tags
        ["O NP VP NP VP NP"],
        ["S S E", "I E I"],
        ["N_x V_x B_x"],
        ["B-PER I-PER O"],
        ["( ) NN", "( NN"],
        ["O O"],
        [""],
    ],
)
def test_plain_tags_and_those_of_a_scheme_are_in_no_other_spelling(sentences):
    assert find_spelling(detector_of(sentences)) is None


def test_io_labels_are_spans_where_the_scheme_is_named():
    assert find_spelling(detector_of(["O NP VP NP VP NP"]), "IO").name == "PER"


@pytest.mark.parametrize(
    ("sentences", "message", "tag"),
    [
        (["B_PER I_PER O"] * 9 + ["B_LOC LOC"], "nearly all tags look like spans written as B_PER, but 'LOC'", "LOC"),
        (["O I_PER B_PER B_PER O O I_LOC O I_PER O B_LOC I_PER"], "nearly all .* in no scheme", ""),
        (["B-PER I_PER O B_LOC"], "some tags are spans written as B-PER, others as B_PER", "I_PER"),
        (["B_S I_S O", "O"], "may be spans written as B_PER or PER_B", ""),
    ],
)
def test_a_spelling_that_is_not_clear_is_an_error(sentences, message, tag):
    with pytest.raises(UnclearSpellingError, match=message) as caught:
        find_spelling(detector_of(sentences))
    assert caught.value.tag == tag
