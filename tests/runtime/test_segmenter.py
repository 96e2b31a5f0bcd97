"""A segmenter that was trained on a made treebank: what it makes of raw text, exactly, in any pieces."""

import shutil
import threading

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tagger import load
from tagger.errors import ModelError
from tagger.model.folder import SEGMENTER_FOLDER
from tagger.model.segmentation_rules import RULES_FILE
from tagger.runtime.segmenter import Segmenter
from tagger.runtime.sentence_builder import LONGEST_TOKEN

TEXT = "Ada likes Paris, too.  The dog don't see\nNew York! She left a cat?\n\nAda don't like the old tree."


@pytest.fixture(scope="module")
def model(raw_model):
    return load(raw_model)


@pytest.fixture(scope="module")
def segmenter(raw_model):
    return Segmenter(raw_model / SEGMENTER_FOLDER)


@pytest.fixture
def copy(raw_model, tmp_path):
    """A copy of the model, which a test may damage."""
    shutil.copytree(raw_model, tmp_path / "copy")
    return tmp_path / "copy"


def read(segmenter, pieces, reading="text", start=0):
    return list(segmenter.readers()[reading](pieces, start))


def check_exact(text, sentences):
    """Check that what lies between offsets is the text: nothing is lost, invented or out of order."""
    at = 0
    for sentence in sentences:
        assert not text[at : sentence.start].strip()
        assert text[sentence.start : sentence.start + len(sentence.text)] == sentence.text
        at = sentence.start
        for first, last in sentence.token_places:
            start, end = sentence.starts[first], sentence.ends[last]
            assert not text[at:start].strip()
            assert at <= start < end
            if first == last:
                assert " ".join(text[start:end].split()) == sentence.words[first]
            at = end
        assert at == sentence.start + len(sentence.text)
    assert not text[at:].strip()


def test_sentences_and_words_are_those_of_the_corpus(segmenter):
    sentences = read(segmenter, [TEXT])

    assert [list(sentence.words) for sentence in sentences] == [
        ["Ada", "likes", "Paris", ",", "too", "."],
        ["The", "dog", "do", "n't", "see", "New", "York", "!"],
        ["She", "left", "a", "cat", "?"],
        ["Ada", "do", "n't", "like", "the", "old", "tree", "."],
    ]
    assert [sentence.multiword for sentence in sentences] == [(), ((2, 3),), (), ((1, 2),)]
    check_exact(TEXT, sentences)


def test_words_that_stand_in_the_text_have_exact_offsets(segmenter):
    second = read(segmenter, [TEXT])[1]

    assert [TEXT[start:end] for start, end in zip(second.starts, second.ends, strict=True)] == list(second.words)
    assert second.space_after == (True, True, False, True, True, True, False, True)
    assert second.text == "The dog don't see\nNew York!"


def test_words_that_do_not_stand_in_the_text_have_those_of_their_token(copy):
    path = copy / SEGMENTER_FOLDER / RULES_FILE
    path.write_text(path.read_text(encoding="utf-8").replace("=do n't", "=do not"), encoding="utf-8")
    tags = copy / SEGMENTER_FOLDER / "vocabulary" / "tags.multiword.txt"
    tags.write_text(tags.read_text(encoding="utf-8").replace("=do n't", "=do not"), encoding="utf-8")

    text = "She don't see Paris."
    (sentence,) = read(Segmenter(copy / SEGMENTER_FOLDER), [text])

    assert sentence.words == ("She", "do", "not", "see", "Paris", ".")
    assert (sentence.starts[1:3], sentence.ends[1:3]) == ((4, 4), (9, 9))
    assert sentence.multiword == ((1, 2),)
    check_exact(text, [sentence])


def test_offsets_count_from_the_start(segmenter):
    moved = read(segmenter, [TEXT], start=1000)

    assert [sentence.start - 1000 for sentence in moved] == [sentence.start for sentence in read(segmenter, [TEXT])]
    assert moved[0].starts[:2] == (1000, 1004)


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\u2029"])
def test_no_text_has_no_sentences(segmenter, model, text):
    assert read(segmenter, [text]) == []
    assert list(segmenter.sentences_of([text, text])) == [[], []]
    assert model(text) == []


ANY = st.lists(
    st.one_of(
        st.sampled_from(
            [TEXT, "don't ", "Ada", ". ", "\n", "\r\n", "\n\n", "\u2029", "\u200d", "👏🏽", "\ud800", "東京", "e\u0301"]
        ),
        st.text(st.characters(), max_size=8),
        st.integers(1, 600).map(lambda count: "x" * count),
        st.integers(1, 400).map(lambda count: "the " * count),
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(ANY, st.data())
@example([TEXT * 30], None)
@example(["the dog " * 1000], None)
@example(["don't" * 1000], None)
def test_any_text_is_cut_exactly_and_the_same_in_any_pieces(segmenter, pieces, data):
    text = "".join(pieces)
    whole = read(segmenter, [text])

    check_exact(text, whole)
    assert read(segmenter, pieces) == whole
    assert read(segmenter, text if len(text) < 2000 else [text[:1], text[1:]]) == whole
    if data is not None and text:
        at = data.draw(st.integers(0, len(text)))
        assert read(segmenter, [text[:at], text[at:]]) == whole


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 5000])
def test_a_long_text_in_pieces_of_any_size(segmenter, size):
    text = (TEXT + "\r\n\r\n" + TEXT.replace("\n\n", " ") * 20 + "\n\n") * 5

    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert read(segmenter, pieces) == read(segmenter, [text])
    check_exact(text, read(segmenter, [text]))


def test_text_that_is_waited_for_has_the_same_sentences(segmenter):
    text = (TEXT + "\n\n") * 50

    waited = list(segmenter.readers(waits=True)["text"](text.splitlines(keepends=True), 5))

    assert [each.words for each in waited] == [each.words for each in read(segmenter, [text], start=5)]
    assert [each.starts for each in waited] == [each.starts for each in read(segmenter, [text], start=5)]


def test_a_paragraph_that_has_arrived_is_not_held_back(segmenter, model):
    go_on = threading.Event()

    def lines():
        yield "Ada left Paris.\n"
        yield "\n"
        assert go_on.wait(60)
        yield "She left.\n"

    sentences = model.stream(lines())
    first = next(sentences)
    assert not go_on.is_set()
    go_on.set()

    assert first.words == ("Ada", "left", "Paris", ".")
    assert [sentence.words for sentence in sentences] == [("She", "left", ".")]


@pytest.mark.parametrize("end", ["", "\n\n", "\r\n\n"])
def test_a_paragraph_that_ends_in_a_page_of_white_space(segmenter, end):
    text = "x" * 98 + " " * 1500 + end
    sentences = list(segmenter.readers()["text"]([text + "a" * bool(end)], 0))
    assert [sentence.text for sentence in sentences] == ["x" * 98, *("a" * bool(end))]


def test_lines_end_sentences(segmenter):
    text = "Ada left\nParis . She\n\nleft"

    by_line = read(segmenter, text.splitlines(keepends=True), "lines")

    check_exact(text, by_line)
    line_ends = [place for place, character in enumerate(text) if character == "\n"]
    assert all(not any(each.start < end < each.start + len(each.text) for end in line_ends) for each in by_line)
    assert by_line == read(segmenter, text, "lines")


def test_pretokenized_lines_stay_as_they_are(segmenter):
    (sentence,) = read(segmenter, ["don't see New-York .\n"], "pretokenized")

    assert sentence.words == ("don't", "see", "New-York", ".")


def test_several_texts_have_their_own_sentences(segmenter):
    texts = [TEXT, "", "Ada left.", TEXT * 30]

    found = list(segmenter.sentences_of(texts))

    assert [[each.words for each in sentences] for sentences in found] == [
        [each.words for each in read(segmenter, [text])] for text in texts
    ]
    for text, sentences in zip(texts, found, strict=True):
        check_exact(text, sentences)


@pytest.mark.parametrize("length", [LONGEST_TOKEN, 2 * LONGEST_TOKEN + 3])
def test_a_token_without_end(segmenter, length):
    text = "Ada left " + "x" * length + " Paris."

    sentences = read(segmenter, [text])

    check_exact(text, sentences)
    assert max(len(word) for sentence in sentences for word in sentence.words) <= LONGEST_TOKEN + 1200
    assert sentences == read(segmenter, [text[:5000], text[5000:50_000], text[50_000:]])


def test_a_model_tags_what_its_segmenter_reads(model):
    assert model.has_segmenter
    sentences = model(TEXT)

    assert [sentence.words for sentence in sentences] == [
        sentence.words for (sentences) in model.sentences_of([TEXT]) for sentence in sentences
    ]
    assert sentences[1].words[2:4] == ("do", "n't")
    assert sentences[1].tags["upos"][2:4] == ("AUX", "PART")
    assert list(model.stream(TEXT.splitlines(keepends=True))) == sentences


def test_a_tagger_without_its_segmenter_falls_back(model, tiny_model):
    from tagger.text.tokenize import tokenize

    plain = model.with_segmenter(None)

    assert not plain.has_segmenter
    assert [each.words for each in plain(TEXT)] == [each.words for each in tokenize(TEXT)]
    assert not load(tiny_model).has_segmenter
    assert [each.words for each in load(tiny_model)(TEXT)] == [each.words for each in tokenize(TEXT)]
    with pytest.raises(ModelError):
        plain.__reduce__()


def test_many_threads_may_use_it(segmenter):
    expected = read(segmenter, [TEXT * 10])
    found = []
    threads = [threading.Thread(target=lambda: found.append(read(segmenter, [TEXT * 10]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [expected] * 4


FILES = [
    *("segmentation.json", "model.onnx", "config.toml", "characters.onnx"),
    *("vocabulary/words.txt", "vocabulary/tags.boundary.txt"),
]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_of_the_segmenter(copy, name):
    (copy / SEGMENTER_FOLDER / name).unlink()

    with pytest.raises(ModelError, match=str(copy)):
        load(copy)
    with pytest.raises(ModelError, match=str(copy)):
        load(copy, check=False)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_of_the_segmenter(copy, name):
    path = copy / SEGMENTER_FOLDER / name
    content = path.read_bytes()
    path.write_bytes(content[:-3] + b"x" + content[-2:])

    with pytest.raises(ModelError, match=name):
        load(copy)


def test_a_missing_folder_of_the_segmenter(copy):
    shutil.rmtree(copy / SEGMENTER_FOLDER)

    with pytest.raises(ModelError, match=r"segmenter: no config\.toml in it: the segmenter is not whole"):
        load(copy)
