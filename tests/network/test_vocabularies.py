import pytest

from tagger.config.load import check_config
from tagger.corpus.counts import count_split
from tagger.errors import DataError
from tagger.model.folder import VOCABULARY_FOLDER, ModelFolder, given_file
from tagger.model.vocabulary import FIRST_WORD, load_vocabulary
from tagger.network.vocabularies import loaded_vocabularies, make_vocabularies
from tagger.text.sentence import Sentence

SENTENCES = [
    Sentence.from_words(["The", "dog", "the", "dog"], tags={"upos": ["DET", "NOUN", "DET", "NOUN"]}),
    Sentence.from_words(["Zoë", "sleeps"], tags={"ner": ["B-PER", "O"]}),
    Sentence.from_words(["a"] * 7, tags={"upos": ["X"] * 7}),
]
COUNTS = count_split(SENTENCES, ["upos", "ner"], max_tokens=6)


def config_of(tasks=("upos", "ner"), **words):
    return check_config({"tasks": {task: {} for task in tasks}, "words": words}, "test")


def test_words_characters_and_tags_are_counted_without_sentences_that_are_too_long():
    assert (COUNTS.sentences, COUNTS.tokens, COUNTS.left_out) == (2, 6, 1)
    assert COUNTS.words == {"The": 1, "the": 1, "dog": 2, "Zoë": 1, "sleeps": 1}
    assert COUNTS.lowercased() == {"the": 2, "dog": 2, "zoë": 1, "sleeps": 1}
    assert COUNTS.tags == {"upos": {"DET": 2, "NOUN": 2}, "ner": {"B-PER": 1, "O": 1}}
    assert (COUNTS.characters["o"], COUNTS.characters["ë"], COUNTS.characters["T"]) == (3, 1, 1)


def test_words_seen_once_have_the_last_ids():
    found = make_vocabularies(config_of(), COUNTS)
    assert found.words.entries == ("dog", "The", "Zoë", "sleeps", "the")
    assert found.first_singleton == 3
    assert found.tags["upos"].entries == ("DET", "NOUN")
    assert found.sizes.tags == {"upos": 3, "ner": 3}
    assert found.sizes.words == 7


def test_in_lower_case_a_word_seen_in_two_casings_counts_twice():
    found = make_vocabularies(config_of(lowercase=True), COUNTS)
    assert found.words.entries == ("dog", "the", "sleeps", "zoë")
    assert found.first_singleton == 4


def test_min_count_leaves_no_word_seen_once():
    found = make_vocabularies(config_of(min_count=2), COUNTS)
    assert found.words.entries == ("dog",)
    assert found.first_singleton == len(found.words) == 3


def test_a_task_without_tags_is_an_error():
    counts = count_split(SENTENCES, ["upos", "chunk"])
    with pytest.raises(DataError, match="task 'chunk': no sentence of train is annotated"):
        make_vocabularies(config_of(["upos", "chunk"]), counts)


def test_vocabularies_are_saved_and_loaded(tmp_path):
    made = make_vocabularies(config_of(), COUNTS)
    made.save(tmp_path)
    assert sorted(path.name for path in (tmp_path / "vocabulary").iterdir()) == [
        "characters.txt",
        "tags.ner.txt",
        "tags.upos.txt",
        "words.txt",
    ]
    loaded = loaded_vocabularies(ModelFolder(tmp_path, {}, made.words, made.characters, made.tags))
    assert (loaded.words, loaded.characters, loaded.tags) == (made.words, made.characters, made.tags)
    assert loaded.first_singleton == len(made.words)  # no word counts as seen once


def test_the_vocabulary_of_a_given_layer_has_an_unknown_tag_and_is_saved_and_loaded(tmp_path):
    config = check_config({"tasks": {"ner": {}}, "given": {"upos": {}}}, "test")
    made = make_vocabularies(config, COUNTS)
    assert made.given["upos"].ids == {"DET": 2, "NOUN": 3}
    assert made.sizes.given == {"upos": 4}
    made.save(tmp_path)
    assert load_vocabulary(tmp_path / VOCABULARY_FOLDER / given_file("upos"), FIRST_WORD) == made.given["upos"]
    with pytest.raises(DataError, match=r"\[given.chunk\]: no sentence of train has tags of 'chunk'"):
        config = check_config({"tasks": {"ner": {}}, "given": {"chunk": {}}}, "test")
        make_vocabularies(config, count_split(SENTENCES, ["ner", "chunk"]))
