import pytest

from tagger.errors import ConfigError, DataError
from tagger.text.pairs import read_pairs


def read(tmp_path, text, columns, **options):
    file = tmp_path / "some.pairs"
    file.write_text(text, newline="")
    return list(read_pairs(file, columns and columns.split(","), **options))


@pytest.mark.parametrize(
    ("text", "columns", "options"),
    [
        ("Mira/B-PER 1/2/O ./O\n\nRain/O\tfell/_\n", "token,ner", {}),
        ("Mira|B-PER 1/2|O .|O\rRain|O fell|_\r", "token,ner", {}),
        ("Mira|X|B-PER 1/2|Y|O .|Z|O\nRain|X|O fell|X|_\n", "token,_,ner", {}),
        ("Mira#B-PER 1/2#O .#O\nRain#O fell#_\n", "token,ner", {"separator": "#"}),
    ],
)
def test_a_line_is_a_sentence_of_words_with_their_tags(tmp_path, text, columns, options):
    first, second = read(tmp_path, text, columns, **options)
    assert (first.words, first.tags) == (("Mira", "1/2", "."), {"ner": ("B-PER", "O", "O")})
    assert (second.words, second.tags["ner"]) == (("Rain", "fell"), ("O", ""))
    assert read(tmp_path, "Mira_B-PER 1/2_O\n", "token,ner")[0].words == ("Mira", "1/2")
    assert first.place(2).endswith("some.pairs:1")


@pytest.mark.parametrize(
    ("text", "columns", "error", "message"),
    [
        ("Rain/O fell/O\nMira sang/O\n", "token,ner", DataError, "some.pairs:2: 'Mira' is not token/ner"),
        ("Rain/O /O\n", "token,ner", DataError, "some.pairs:1: '/O' is not token/ner"),
        ("Rain|NN|O fell|VB|O\n", "token,ner", DataError, "some.pairs:1: each word has more than the parts token,ner"),
        ("Rain/O\n", None, ConfigError, "--columns token,xpos"),
        ("Rain/O\n", "ner,token", ConfigError, "the token comes first"),
        (" \n", "token,ner", DataError, "no sentence in it"),
    ],
)
def test_what_is_no_pair_is_an_error_with_its_line(tmp_path, text, columns, error, message):
    with pytest.raises(error, match=message):
        read(tmp_path, text, columns)
