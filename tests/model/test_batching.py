from hypothesis import given
from hypothesis import strategies as st

from tagger.model.batching import CONTEXT_TOKENS, PIECE_TOKENS, Piece, batches, group_by_length

LENGTHS = st.lists(st.one_of(st.integers(0, 50), st.integers(0, 3 * PIECE_TOKENS)), max_size=20)


@given(LENGTHS, st.integers(1, 3000))
def test_every_token_is_tagged_exactly_once(lengths, tokens):
    tagged = [
        (piece.sentence, place)
        for batch in batches(lengths, tokens)
        for piece in batch
        for place in range(piece.first, piece.last)
    ]
    assert sorted(tagged) == [(number, place) for number, length in enumerate(lengths) for place in range(length)]


@given(LENGTHS, st.integers(1, 3000))
def test_batches_are_sorted_by_length_and_as_small_as_asked(lengths, tokens):
    found = list(batches(lengths, tokens))
    every = [piece.length for batch in found for piece in batch]
    assert every == sorted(every)
    assert all(len(batch) == 1 or len(batch) * max(piece.length for piece in batch) <= tokens for batch in found)


def test_a_long_sentence_is_cut_into_pieces_with_context():
    (first,), (last,) = sorted(batches([PIECE_TOKENS + 10], 1))
    assert first == Piece(0, 0, PIECE_TOKENS + 10, 0, PIECE_TOKENS)
    assert last == Piece(0, PIECE_TOKENS - CONTEXT_TOKENS, PIECE_TOKENS + 10, PIECE_TOKENS, PIECE_TOKENS + 10)


def test_items_of_equal_length_keep_their_order():
    assert list(group_by_length(["b", "a", "cc"], len, 2)) == [["b", "a"], ["cc"]]
