from tagger.text.align import align


def test_words_are_found_with_any_white_space_between_them():
    assert align(["a", "b", "c d"], " a\u00a0\tbc d ") == [(1, 2), (4, 5), (5, 8)]


def test_a_text_of_other_or_further_words_is_not_theirs():
    assert align(["a", "b"], "a x b") is None
    assert align(["a", "b"], "a b c") is None
    assert align(["a", "b"], "a") is None
