"""Lesson: to predict the next character is a tagging task, which the project's own network learns in one direction."""

from collections import Counter, defaultdict

import numpy as np
import pytest

# Of a length and an alphabet with the one of the slides: 180 characters, 25 different ones.
SENTENCE = (
    "whoever would help a friend to swim, don't begin with a few simple jobs every day, and allow him to find the "
    "rest, for a thing you find will live better than what was merely given."
)
WINDOW = 10
LOSS = 0.229306  # of the slides, after 500 steps
TRAINING = {"learning_rate": 0.08, "beta2": 0.9, "decay": "cosine"}


@pytest.mark.parametrize("cell", ["basic_rnn", "basic_lstm", "gru"])
def test_hihell_is_read_as_ihello(next_character, cell):
    """The h before i is not the h before e, and one l comes before the other: to tell them apart takes memory."""
    task = next_character(
        ["hihell"], ["ihello"], 100, encoder={"cell": cell, "units": 5}, training={"learning_rate": 0.1}
    )
    before = task.loss()
    assert before == pytest.approx(np.log(5), rel=0.5)  # of five letters none is likelier yet
    assert task.train() < 0.1
    assert task.read() == ["ihello"]


def test_a_line_of_fifteen_characters_is_learned_to_the_last(next_character):
    line = " if you want you"
    task = next_character(
        [line[:-1]], [line[1:]], 150, encoder={"units": len(set(line))}, training={"learning_rate": 0.05}
    )
    assert task.train() < 0.1
    assert task.read() == ["if you want you"]


def windows():
    """Every ten characters of the sentence, and the ten that begin one later."""
    starts = range(len(SENTENCE) - WINDOW)
    texts, answers = ([SENTENCE[start + shift : start + shift + WINDOW] for start in starts] for shift in (0, 1))
    return texts, answers


def lowest_loss(texts, answers):
    """The mean entropy of the next character, given what was read of the window: no network can do better."""
    following = defaultdict(Counter)
    for text, answer in zip(texts, answers, strict=True):
        for place in range(WINDOW):
            following[text[: place + 1]][answer[place]] += 1
    total = 0.0
    for counts in following.values():
        number = np.array(list(counts.values()))
        total -= np.sum(number * np.log(number / number.sum()))
    return total / (len(texts) * WINDOW)


def test_the_sentence_asks_as_much_as_that_of_the_slides():
    texts, answers = windows()
    assert len(texts) == 170
    assert len(set(SENTENCE)) == 25
    assert lowest_loss(texts, answers) == pytest.approx(0.22866, abs=5e-6)  # that of the slides: 0.22849


@pytest.mark.slow
def test_two_cells_deep_the_sentence_is_learned_in_500_steps(next_character):
    texts, answers = windows()
    task = next_character(texts, answers, 500, encoder={"units": 25, "layers": 2}, training=TRAINING)
    assert task.loss() == pytest.approx(np.log(25), abs=0.5)
    loss = task.train()
    assert lowest_loss(texts, answers) < loss <= LOSS
    # After nine characters it knows where it is; the first ones of a window leave it to guess, as in the slides.
    assert "".join(row[-1] for row in task.read()) == SENTENCE[WINDOW:]
