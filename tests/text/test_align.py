from tagger.text.align import align


def test_words_are_found_with_any_white_space_between_them():
    assert align(["a", "b", "c d"], " a\u00a0\tbc d ") == [(1, 2), (4, 5), (5, 8)]


def test_a_text_with_other_or_more_words_does_not_align():
    assert align(["a", "b"], "a x b") is None
    assert align(["a", "b"], "a b c") is None
    assert align(["a", "b"], "a") is None
