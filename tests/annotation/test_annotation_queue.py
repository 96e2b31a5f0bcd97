"""Which excerpts come first, against choices made by hand."""

from itertools import count

import pytest

from tagger.annotation import annotation_queue
from tagger.annotation.annotation_queue import HELD, AnnotationQueue


@pytest.fixture
def made(excerpt):
    def make(text, margin, sought=0.0, file="pile.txt"):
        return excerpt(text, file, margin=margin, sought=sought)

    return make


def chosen(queue, excerpts):
    queue.add(excerpts)
    return [each.text for each in queue.chosen()]


def test_the_least_sure_come_first(made):
    pile = [made("Red apples.", 0.9), made("Blue plums.", 0.1), made("Green pears.", 0.5), made("Odd figs.", 0.2)]
    assert chosen(AnnotationQueue(3), pile) == ["Blue plums.", "Odd figs.", "Green pears."]


def test_excerpts_that_are_alike_wait_for_others(made):
    """All but alike weather reports are less sure than the apples: one of them comes first, the others last."""
    weather = [
        made(f"Rain and wind are expected in the valley on {day} morning.", 0.1) for day in ("May", "June", "July")
    ]
    pile = [*weather, made("Red apples.", 0.3), made("Blue plums.", 0.4)]
    order = chosen(AnnotationQueue(3), pile)
    assert order == [weather[0].text, "Red apples.", "Blue plums."]


def test_what_stands_twice_or_has_no_word_is_asked_once_or_never(made):
    pile = [made("Red apples.", 0.2), made("Red apples.", 0.1), made("— * —", 0.0), made("Blue plums.", 0.9)]
    assert chosen(AnnotationQueue(5), pile) == ["Red apples.", "Blue plums."]


def test_labels_that_are_sought_come_before_other_doubts(made):
    """Mean of doubt and probability: 0.5 (0.9 + 0), 0.5 (0.5 + 0.8) and 0.5 (0.1 + 0.9)."""
    pile = [made("Red apples.", 0.1), made("Blue plums.", 0.5, 0.8), made("Green pears.", 0.9, 0.9)]
    assert chosen(AnnotationQueue(3, seeks=True), pile) == ["Blue plums.", "Green pears.", "Red apples."]


def test_a_long_queue_is_chosen_from_heaps_and_has_the_least_sure_first(made, monkeypatch):
    monkeypatch.setattr(annotation_queue, "MOST_COMPARED", 5)
    margins = {f"Word{number} other{number}.": (7 * number % 24) / 24 for number in range(24)}
    order = chosen(AnnotationQueue(6), [made(text, margin) for text, margin in margins.items()])
    assert [margins[text] for text in order] == [number / 24 for number in range(6)]


def test_memory_is_bounded_by_the_queue_and_the_best_of_a_long_pile_are_found(made, monkeypatch):
    queue, most = AnnotationQueue(2), 0
    numbers = count()

    def pile():
        nonlocal most
        for _ in range(40 * HELD):
            number = next(numbers)
            most = max(most, len(queue._held), len(queue._seen))
            yield made(f"Word{number} other{number} third{number}.", 0.01 if number in (77, 303) else 0.5)

    assert chosen(queue, pile()) == [f"Word{number} other{number} third{number}." for number in (77, 303)]
    assert most <= HELD * 2
