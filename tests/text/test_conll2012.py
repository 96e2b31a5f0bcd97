import pytest

from tagger.errors import ConfigError, DataError
from tagger.text.conll2012 import read_conll2012
from tagger.text.remarks import Remarks

# The columns of CoNLL-2012; names invented.
TEXT = """\
#begin document (bc/x/00/x_0000); part 000
bc/x/00/x_0000   0   0    Mira   NNP   (TOP(S(NP*   -    -   -   A  (PERSON(GPE)      (ARG0*   (1
bc/x/00/x_0000   0   1     Osk   NNP          *)    -    -   -   A            *)          *)   1)
bc/x/00/x_0000   0   2    sang   VBD       (VP*)  sing  01   1   A             *         (V*)   -
bc/x/00/x_0000   0   3    Varn   NNP          *))   -    -   -   A       (GPE)             *    -

bc/x/00/x_0000   0   0    Rain    NN     (TOP*)     -    -   -   A             *           *    -

#end document
"""


def read(tmp_path, text, *arguments, **options):
    file = tmp_path / "x.v4_gold_conll"
    file.write_text(text)
    return list(read_conll2012(file, *arguments, **options))


def test_the_outermost_entities_are_read(tmp_path):
    remarks = Remarks()
    first, second = read(tmp_path, TEXT, remarks=remarks)
    assert first.words == ("Mira", "Osk", "sang", "Varn")
    assert first.tags == {"xpos": ("NNP", "NNP", "VBD", "NNP"), "ner": ("B-PERSON", "I-PERSON", "O", "B-GPE")}
    assert second.tags["ner"] == ("O",)
    assert [str(each).replace(f"{tmp_path}/", "") for each in remarks] == [
        "spans of 'ner' inside others, left out: 1, at x.v4_gold_conll:2"
    ]
    assert read(tmp_path, TEXT, {"lemma": "LEMMA"})[0].tags == {"lemma": ("", "", "sing", "")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 0 0 Rain NN\n", ":1: 5 columns where CoNLL-2012 has at least 11"),
        (TEXT.replace("*)          *)", "*           *)"), r":2: 'ner': the bracket \(PERSON is not closed"),
        (TEXT.replace("(GPE)             *", "B-GPE             *"), r":5: 'B-GPE' \(column 11\) is no bracket"),
    ],
)
def test_what_is_not_conll2012_is_an_error_with_its_line(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)
    with pytest.raises(ConfigError, match="no column 'UPOS'"):
        read(tmp_path, text, {"upos": "UPOS"})
