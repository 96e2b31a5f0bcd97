from tagger.evaluation.confusion_matrix import confusion_matrix
from tagger.evaluation.mistakes import Confused


def test_the_most_frequent_labels_have_a_row_and_a_column_each():
    confused = [Confused("N", "N", True, 9), Confused("V", "N", True, 4), Confused("X", "V", True, 1)]
    confused += [Confused("X", "Y", True, 2), Confused("N", "X", True, 3), Confused("V", "V", True, 5)]
    table = confusion_matrix(confused, 2)
    assert table.rows == table.columns == ("N", "V", "all others")
    assert table.counts == ((9, 0, 3), (4, 5, 0), (0, 1, 2))


def test_missed_and_invented_spans_have_a_column_and_a_row():
    confused = [Confused("PER", "PER", True, 5), Confused("PER", None, False, 2), Confused(None, "LOC", False, 3)]
    confused += [Confused("LOC", "LOC", False, 1), Confused("LOC", "PER", False, 1), Confused("PER", "LOC", True, 1)]
    table = confusion_matrix(confused, 10)
    assert table.rows == ("PER", "LOC", "invented")
    assert table.columns == ("PER", "LOC", "other bounds", "missed")
    assert table.counts == ((5, 1, 0, 2), (1, 0, 1, 0), (0, 3, 0, 0))


def test_a_label_named_like_a_special_column_stays_a_label():
    table = confusion_matrix([Confused("missed", "missed", True, 1), Confused("missed", None, False, 2)], 5)
    assert table.counts == ((1, 0, 2), (0, 0, 0))
