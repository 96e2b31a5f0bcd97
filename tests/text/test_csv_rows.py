import pytest

from tagger.errors import ConfigError, DataError
from tagger.text.csv_rows import read_csv
from tagger.text.remarks import Remarks

KAGGLE = '''\
Sentence #,Word,POS,Tag
Sentence: 1,Mira,NNP,B-per
,said,VBD,O
,"""",``,O
,yes,UH,O
,",",",",O
,NA,NNP,B-geo
Sentence: 2,It,PRP,O
,rained,VBD,O
'''


def read(tmp_path, text, columns, **options):
    file = tmp_path / "some.csv"
    file.write_bytes(text.encode())
    return list(read_csv(file, columns and columns.split(","), **options))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (KAGGLE, "token=Word,xpos=POS,ner=Tag"),
        (KAGGLE, "_,token,xpos,ner"),
        (KAGGLE, "sentence,token,xpos,ner"),
        (KAGGLE.replace("\n", "\r\n"), "token=word,ner=tag,xpos=pos,sentence=Sentence #"),
        (KAGGLE.replace("\n", "\r"), "_,token,xpos,ner"),
        ('sentence_idx;word;pos;tag\n1;Mira;NNP;B-per\n1;said;VBD;O\n1;"""";``;O\n1;yes;UH;O\n1;,;,;O\n1;NA;NNP;B-geo\n'
         "2;It;PRP;O\n2;rained;VBD;O\n", "token=word,xpos=pos,ner=tag"),
        ('Mira,NNP,B-per\nsaid,VBD,O\n"""",``,O\nyes,UH,O\n",",",",O\nNA,NNP,B-geo\n,,\nIt,PRP,O\nrained,VBD,O\n',
         "token,xpos,ner"),
    ],
)  # fmt: skip
def test_csv_is_read_with_quotes_header_and_sentences(tmp_path, text, columns):
    first, second = read(tmp_path, text, columns)
    assert first.words == ("Mira", "said", '"', "yes", ",", "NA")
    assert first.tags == {"xpos": ("NNP", "VBD", "``", "UH", ",", "NNP"), "ner": ("B-per", "O", "O", "O", "O", "B-geo")}
    assert (second.words, second.tags["ner"]) == (("It", "rained"), ("O", "O"))


def test_places_are_lines_of_the_file(tmp_path):
    first, second = read(tmp_path, KAGGLE.replace("yes", '"y\n"'), "_,token,xpos,ner")
    assert (first.words[3], first.place(4)[-2:], second.place(0)[-2:], second.id) == ("y", ":7", ":9", "some.csv:9")


def test_what_is_in_doubt_is_remarked(tmp_path):
    remarks = Remarks()
    (sentence,) = read(tmp_path, "word,tag\nMira,B-per\n,O\nsang,_\n", "token,ner", remarks=remarks)
    assert (sentence.words, sentence.tags["ner"]) == (("Mira", "_", "sang"), ("B-per", "O", ""))
    assert [each.what[:30] for each in remarks] == [
        "header rows, read as no token",
        "files without a column that nu",
        "rows with an empty token, kept",
    ]


@pytest.mark.parametrize(
    ("text", "columns", "error", "message"),
    [
        (KAGGLE, None, ConfigError, r"some.csv:1: .* --columns token=Word,xpos=POS,ner=Tag"),
        (KAGGLE, "token=Wort,ner=Tag", DataError, "no column 'Wort' in the header; it has Sentence #, Word, POS, Tag"),
        (KAGGLE, "token=Word,ner", ConfigError, "name all by the header"),
        (KAGGLE + ",x,NN\n", "_,token,xpos,ner", DataError, r"some.csv:10: 'ner' \(column 4\) is empty or missing"),
        (KAGGLE + ",,,,O\n", "_,token,xpos,ner", DataError, r"some.csv:10: 5 columns where the first row has 4"),
        (KAGGLE + ',"x,NN,O\n,y,NN,O\n', "_,token,xpos,ner", DataError, r"some.csv:10: this row is not CSV: .* quote"),
        (KAGGLE + ',"a\nb",NN,O\n', "_,token,xpos,ner", DataError, r"some.csv:10: 'token' .* line break"),
        ("Word,Tag\n\n", "token,ner", DataError, "no sentence in it"),
    ],
)
def test_what_is_no_csv_is_an_error_with_its_line(tmp_path, text, columns, error, message):
    with pytest.raises(error, match=message):
        read(tmp_path, text, columns)
