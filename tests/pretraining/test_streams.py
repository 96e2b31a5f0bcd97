import numpy as np
import pytest

from tagger.errors import DataError
from tagger.pretraining.streams import Streams, held_out_streams, training_streams


def test_streams_are_parts_of_the_text_and_windows_overlap_by_one_id():
    streams = Streams(np.arange(20), 2, 4)  # 19 ids to predict: 9 in each stream, one left over
    assert (streams.length, streams.windows) == (9, 3)
    first, second, last = (streams.window(number).tolist() for number in range(3))
    assert first == [[0, 1, 2, 3, 4], [9, 10, 11, 12, 13]]
    assert second == [[4, 5, 6, 7, 8], [13, 14, 15, 16, 17]]
    assert last == [[8, 9], [17, 18]]


def test_a_text_shorter_than_a_window_is_an_error_that_says_what_it_takes():
    assert training_streams(np.arange(41), 4, 10).windows == 1
    with pytest.raises(
        DataError, match=r"the text has 40 characters .* 4 streams .* take 41: give more text, or lower"
    ):
        training_streams(np.arange(40), 4, 10)


@pytest.mark.parametrize(("size", "count"), [(2, 1), (30, 2), (41, 4), (1000, 4)])
def test_a_short_held_out_text_is_scored_in_fewer_streams(size, count):
    assert held_out_streams(np.arange(size), 4, 10).count == count


def test_held_out_text_in_which_nothing_can_be_predicted_is_an_error():
    with pytest.raises(DataError, match=r"raise text\.held_out, or set it to 0"):
        held_out_streams(np.arange(1), 4, 10)
