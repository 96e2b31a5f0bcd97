from tagger.text.word_places import TokenForm, joined_tokens, multiword_places, word_places

TOKENS = [TokenForm("Zum", 0, 1), TokenForm("Haus", 2, 2), TokenForm("don't", 3, 4)]
WORDS = ["zu", "dem", "Haus", "do", "n't"]


def test_tokens_are_joined_by_their_white_space():
    assert joined_tokens(["Zum", "Haus", "!"], ["  ", "", "\n"]) == ("Zum  Haus!", [(0, 3), (5, 9), (9, 10)])
    assert joined_tokens(["x"], [""]) == ("x", [(0, 1)])
    assert joined_tokens([], []) == ("", [])


def test_words_that_spell_their_token_have_places_of_their_own():
    assert word_places(WORDS, TOKENS, [(0, 3), (4, 8), (9, 14)]) == [(0, 3), (0, 3), (4, 8), (9, 11), (11, 14)]


def test_tokens_of_several_words_are_multiword():
    assert multiword_places(TOKENS) == ((0, 1), (3, 4))
