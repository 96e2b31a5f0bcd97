"""Sentences lower-cased in training. Word k of sentence n is `Nn_k`, or `nn_k` in lower case."""

from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.backend import tf
from tagger.config.load import load_config
from tagger.corpus.batches import is_epoch_end, training_batches
from tagger.corpus.bucketing import Batching
from tagger.corpus.from_config import with_schemes
from tagger.corpus.lookup import Lookup, Spelling
from tagger.corpus.lower_case import SentencesInLowerCase
from tagger.corpus.read import open_corpus
from tagger.corpus.shards import ShardWriter
from tagger.corpus.training_records import TrainingRecords
from tagger.model.vocabulary import FIRST_WORD, tag_vocabulary, word_vocabulary
from tagger.text.casing import lower_case
from tagger.text.sentence import Sentence
from tagger.training.run import Run
from tagger.training.workers import Workers

SENTENCES, WORDS, RATE = 400, 3, 0.3
BATCHING = Batching(8, 4, 100)
FORMS = [f"{letter}{number}_{place}" for letter, number, place in product("Nn", range(SENTENCES), range(WORDS))]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("corpus")
    with ShardWriter(folder, "train", 2) as writer:
        for number in range(SENTENCES):
            words = [f"N{number}_{place}" for place in range(WORDS)]
            writer.write(Sentence.from_words(words, tags={"upos": ["NOUN"] * WORDS}))
        return tuple(folder / info.file for info in writer.close())


@cache
def read(files, rate=RATE, seed=1, epochs=range(1), skip=0) -> list[tuple[list[list[str]], list[list[str]]]]:
    """The words of each batch, read from their ids and from their characters."""
    words, letters = (word_vocabulary(dict.fromkeys(each, 1)) for each in (FORMS, "Nn_0123456789"))
    lookup = Lookup(words, letters, {"upos": tag_vocabulary(["NOUN"])}, Spelling(False, 10))
    lowering = SentencesInLowerCase(rate) if rate else None
    shards = TrainingRecords(files, [SENTENCES // len(files)] * len(files))
    batches = training_batches([shards], lookup, ["upos"], BATCHING, seed, epochs, skip=skip, lowering=lowering)
    found = []
    for batch in batches.as_numpy_iterator():
        if not is_epoch_end(batch):
            spelled = ["".join(letters.entries[id - FIRST_WORD] for id in row if id) for row in batch["characters"]]
            by_id = [[words.entries[id - FIRST_WORD] for id in row] for row in batch["words"]]
            found.append((by_id, [[spelled[index] for index in row] for row in batch["distinct"]]))
    return found


def sentences(batches) -> list[list[str]]:
    return [words for by_id, _ in batches for words in by_id]


def test_a_share_of_the_sentences_is_wholly_in_lower_case_words_and_characters(files):
    batches = read(files, epochs=range(5))
    assert all(by_id == by_character for by_id, by_character in batches)
    first_letters = [{word[0] for word in words} for words in sentences(batches)]
    assert all(len(letters) == 1 for letters in first_letters)
    share = np.mean([letters == {"n"} for letters in first_letters])
    assert share == pytest.approx(RATE, abs=4 * np.sqrt(RATE * (1 - RATE) / len(first_letters)))


def test_lower_case_does_not_change_the_order_of_sentences(files):
    lowered, plain = sentences(read(files)), sentences(read(files, rate=0))
    assert [[lower_case(word) for word in words] for words in plain] == [
        [lower_case(word) for word in words] for words in lowered
    ]
    assert all(word[0] == "N" for words in plain for word in words)


def test_the_choice_follows_from_seed_and_epoch_so_that_a_run_can_resume(files):
    whole = read(files, epochs=range(3))
    steps = BATCHING.steps(SENTENCES)
    assert read(files, epochs=range(1, 3), skip=7) == whole[steps + 7 :]
    lowered = [
        {words[0] for words in sentences(batches) if words[0][0] == "n"}
        for batches in (whole[:steps], whole[steps : 2 * steps], read(files, seed=2))
    ]
    assert lowered[0] != lowered[1] and lowered[0] != lowered[2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.booleans()), min_size=1))
def test_the_graph_lowers_words_as_plain_python_does(drawn):
    words = [word.encode() for words, _ in drawn for word in words]
    tokens = tf.RaggedTensor.from_row_lengths(
        tf.constant(words, tf.string, shape=[len(words)]), [len(words) for words, _ in drawn]
    )
    made = LOWERING(tokens, tf.constant([is_drawn for _, is_drawn in drawn])).to_list()
    expected = [[lower_case(word) if is_drawn else word for word in words] for words, is_drawn in drawn]
    assert [[word.decode() for word in words] for words in made] == expected


LOWERING = SentencesInLowerCase(0.5)


def test_a_run_trains_on_lower_case_but_tags_words_as_they_are(tiny_corpus, tiny_config, tmp_path):
    corpora = [open_corpus(tiny_corpus)]
    config = with_schemes(load_config(tiny_config, ["training.lowercase_rate=0.999"]), corpora)
    run = Run(config, corpora, tmp_path, Workers())
    capitals = [id for word, id in run.vocabularies.words.ids.items() if word != lower_case(word)]
    read = np.concatenate([batch["words"].ravel() for batch in run.batches(0).as_numpy_iterator()])
    assert capitals and not np.isin(read, capitals).any() and (read >= FIRST_WORD).any()
    tokens = tf.RaggedTensor.from_row_lengths(["Ada", "Paris"], [2])
    assert np.isin(run.lookup.inputs(tokens)["words"], capitals).all()
