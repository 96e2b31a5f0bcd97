import pytest

from tagger.errors import ConfigError, DataError, MissingPackageError
from tagger.text.nltk_corpora import read_nltk

# A few invented lines in the format of each corpus.
FILES = {
    "treebank/combined/wsj_0001.mrg": (
        "( (S (NP-SBJ-1 (NNP Ada)) (VP (VBD was) (VP (VBN seen) (NP (-NONE- *-1)))) (. .)) )\n"
        "( (S (NP (PRP She)) (VP (VBD slept)) (. .)) )\n"
    ),
    "treebank/combined/wsj_0002.mrg": "( (INTJ (UH Oh)) )",
    "brown/ca01": "\n\n\tAda/np slept/vbd ./.\n\n\tOh/uh\n",
    "brown/cb01": "\n\n\tNo/rb\n",
    "brown/cats.txt": "ca01 news\ncb01 editorial\n",
    "conll2000/train.txt": "Ada NNP B-NP\nslept VBD B-VP\n. . O\n\nOh UH O\n\n",
    "conll2000/test.txt": "No RB O\n\n",
    "conll2002/esp.train": "La DA B-LOC\nCoruña NC I-LOC\n\n",
    "conll2002/esp.testa": "Sí RG O\n\n",
}


@pytest.fixture
def nltk_data(tmp_path, monkeypatch):
    """A folder of tiny corpora, the only one in NLTK's path."""
    import nltk

    for name, text in FILES.items():
        file = tmp_path / "corpora" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    return tmp_path


def words(name, **options):
    return [" ".join(sentence.words) for sentence in read_nltk(name, **options)]


def test_parts_of_speech_are_read_without_traces(nltk_data):
    first, *_ = read_nltk("treebank")
    assert first.words == ("Ada", "was", "seen", ".")
    assert first.tags == {"xpos": ("NNP", "VBD", "VBN", ".")}
    assert first.id == "treebank/wsj_0001.mrg#1"


def test_chunks_and_entities(nltk_data):
    chunked, *_ = read_nltk("conll2000/train.txt")
    assert chunked.tags == {"xpos": ("NNP", "VBD", "."), "chunk": ("B-NP", "B-VP", "O")}
    (spanish,) = read_nltk("conll2002/esp.train", tasks={"entities": "ner"})
    assert (spanish.words, spanish.tags) == (("La", "Coruña"), {"entities": ("B-LOC", "I-LOC")})


def test_parts_of_a_corpus(nltk_data):
    assert words("conll2000") == ["Ada slept .", "Oh", "No"]
    assert words("conll2000/t*t.txt") == ["No"]
    assert words("conll2000", fileids=["test.txt"]) == ["No"]
    assert words("brown/news") == ["Ada slept .", "Oh"]
    assert words("brown/cb01") == ["No"]
    assert words("treebank[:2]") == ["Ada was seen .", "She slept ."]
    assert words("treebank[:70%]") + words("treebank[70%:]") == words("treebank")
    assert words("conll2000/train.txt[50%:]") == ["Oh"]


def test_an_unknown_corpus_or_part_is_an_error(nltk_data):
    for name in ("floresta", "treebank[80%]", "brown/"):
        with pytest.raises(ConfigError, match="none of NLTK's corpora"):
            read_nltk(name)
    with pytest.raises(ConfigError, match=r"no part 'dev.txt'; it has train.txt, test.txt"):
        words("conll2000/dev.txt")
    with pytest.raises(ConfigError, match="it has no 'ner', only xpos and chunk"):
        read_nltk("conll2000", tasks={"ner": "ner"})
    with pytest.raises(ConfigError, match="only 'universal'"):
        read_nltk("conll2002", tagset="universal")
    with pytest.raises(DataError, match="no sentence in it"):
        words("treebank[100%:]")


def test_missing_data_says_how_to_get_it(nltk_data, monkeypatch):
    with pytest.raises(MissingPackageError, match=r"python -m nltk.downloader universal_tagset"):
        words("treebank", tagset="universal")
    monkeypatch.setattr("nltk.data.path", [str(nltk_data / "elsewhere")])
    with pytest.raises(MissingPackageError, match=r"python -m nltk.downloader conll2000, or set NLTK_DATA .*elsewhere"):
        words("conll2000")


def test_damaged_data_is_an_error(nltk_data):
    (nltk_data / "corpora" / "conll2000" / "test.txt").write_text("No RB O\nnever\n\n")
    with pytest.raises(DataError, match=r"the data cannot be read .*--force conll2000"):
        words("conll2000/test.txt")


@pytest.mark.slow
def test_the_real_corpora(detect_scheme, shared_corpora, monkeypatch):
    monkeypatch.setattr("nltk.data.path", [str(shared_corpora / "nltk_data")])
    train = list(read_nltk("conll2000/train.txt"))
    assert (len(train), sum(map(len, train))) == (8_936, 211_727)
    assert detect_scheme(sentence.tags["chunk"] for sentence in train) == "IOB2"
    news = list(read_nltk("brown/news", tagset="universal"))
    assert (len(news), sum(map(len, news))) == (4_623, 100_554)
    assert len({tag for sentence in news for tag in sentence.tags["upos"]}) <= 12
    treebank = list(read_nltk("treebank"))
    assert (len(treebank), sum(map(len, treebank))) == (3_914, 94_084)
