import numpy as np
import pytest

from tagger.config.load import check_pretraining_config
from tagger.corpus.shards import read_shards
from tagger.errors import ConfigError, DataError, ModelError
from tagger.model.vocabulary import PADDING, UNKNOWN
from tagger.pretraining.word_records import HELD_OUT, TRAIN, prepared_sentences


def config_of(**text):
    return check_pretraining_config({"text": {"unit": "word", "held_out": 0.0, **text}}, "test")


def prepare(tmp_path, content, config, checksum=None):
    file = tmp_path / "text.txt"
    file.write_text(content, encoding="utf-8")
    folder = tmp_path / "run"
    folder.mkdir(exist_ok=True)
    return prepared_sentences(config, [str(file)], folder, checksum)


def words_of(sentences, split):
    return [" ".join(each.words) for each in read_shards(sentences.of(split).paths)]


def test_sentences_are_cut_into_words_in_composed_form(tmp_path):
    sentences = prepare(tmp_path, "The cafe\u0301 is open.\n\nDon't ask.\n", config_of())
    assert words_of(sentences, TRAIN) == ["The café is open .", "Do n't ask ."]
    assert words_of(sentences, HELD_OUT) == []
    assert set("Thecafé").issubset(sentences.characters.entries)


def test_the_most_frequent_words_are_known_and_what_is_predicted_has_its_frequency(tmp_path):
    sentences = prepare(tmp_path, "a b a.\n\nA b c.\n", config_of(max_words=3))
    assert sentences.words.entries == ("a", ".", "b")  # lower-cased, the most frequent first
    ids = [PADDING, UNKNOWN, *sentences.words.ids.values()]
    # Two ends, and c; there are as many unknown words as c, which was seen once.
    assert (sentences.frequencies[ids] * 10).tolist() == pytest.approx([2, 1, 3, 2, 2])
    assert (sentences.record.words, sentences.record.seen_often, sentences.record.text.rare) == (4, 3, 1)


def test_held_out_sentences_are_spread_over_the_text_and_not_counted(tmp_path):
    text = "".join(f"w{number} x.\n\n" for number in range(40))
    sentences = prepare(tmp_path, text, config_of(held_out=0.1))
    assert words_of(sentences, HELD_OUT) == ["w9 x .", "w19 x .", "w29 x .", "w39 x ."]
    assert len(words_of(sentences, TRAIN)) == 36
    assert "w9" not in sentences.words and "w10" in sentences.words


def test_a_text_of_which_no_sentence_is_held_out_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"of its sentences, 3, text\.held_out = 0\.1 holds none out.*: raise it, or"):
        prepare(tmp_path, "Yes.\n\nNo.\n\nSo.", config_of(held_out=0.1))


def test_texts_do_not_follow_one_another(tmp_path, monkeypatch):
    monkeypatch.setattr("tagger.pretraining.word_records._SHARDS", 2)
    text = "".join(f"{kind}{number} x.\n\n" for kind in "vw" for number in range(100))
    sentences = prepare(tmp_path, text, config_of())
    for path in sentences.of(TRAIN).paths:
        first = [each.words[0] for each in read_shards([path])]
        assert len(set(first)) == 100
        assert 15 < sum(word.startswith("w") for word in first[:50]) < 35  # all of a shard's halves in turn: 0 or 50
    again = prepare(tmp_path, text, config_of()).record
    assert again == sentences.record


def test_a_long_sentence_is_read_in_parts(tmp_path):
    sentences = prepare(tmp_path, "a b c d e\n", config_of(max_tokens=2))
    assert sorted(words_of(sentences, TRAIN)) == ["a b", "c d", "e"]


def test_what_a_run_has_read_is_not_read_again_but_must_be_the_same(tmp_path):
    config = config_of()
    first = prepare(tmp_path, "a b.\n", config)
    assert prepare(tmp_path, "a b.\n", config).record == first.record
    with pytest.raises(DataError, match=r"has read other text \(text\.txt\)"):
        prepare(tmp_path, "a c.\n", config)
    (tmp_path / "run" / "text" / "sentences.json").unlink()  # as where a kill came before its end
    with pytest.raises(DataError, match="began with another text"):
        prepare(tmp_path, "a c.\n", config, first.record.text.checksum)


def test_words_seen_once_are_forgotten_where_there_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr("tagger.corpus.counts.MOST_WORDS", 4)
    text = "a b\n\na c\n\na d\n\na e\n\nf g\n\n"
    sentences = prepare(tmp_path, text, config_of())
    assert "a" in sentences.words and not {"b", "c", "d"} & set(sentences.words.entries)
    assert np.isclose(sentences.frequencies.sum(), 1)


def test_a_text_without_words_and_a_model_that_is_not_there_are_errors(tmp_path):
    with pytest.raises(DataError, match=r"text\.txt: no sentence to learn from"):
        prepare(tmp_path, " \n \n", config_of())
    with pytest.raises(ModelError, match="nobody: no such model folder"):
        prepare(tmp_path, "a b.\n", config_of(segmenter="nobody"))


def test_a_text_that_a_resumed_run_cuts_otherwise_and_damaged_records_are_errors(tmp_path):
    config = config_of()
    first = prepare(tmp_path, "a b.\n", config)
    words = tmp_path / "run" / "vocabulary" / "words.txt"
    (tmp_path / "run" / "text" / "sentences.json").rename(tmp_path / "record")
    words.write_text("b\na\n.\n", encoding="utf-8")  # as another segmenter, or another version of it, may count them
    with pytest.raises(DataError, match="cut into other words than when the run began: give the same segmenter"):
        prepare(tmp_path, "a b.\n", config, first.record.text.checksum)
    (tmp_path / "record").rename(tmp_path / "run" / "text" / "sentences.json")
    shard = next(path for path in first.of(TRAIN).paths if path.stat().st_size)
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(ModelError, match=f"{shard.name}: missing or damaged: start anew with --overwrite"):
        prepare(tmp_path, "a b.\n", config)


def test_vocabularies_without_an_entry_and_models_without_a_segmenter_are_refused(tmp_path, tiny_model):
    for table in ("words", "characters"):
        config = check_pretraining_config({"text": {"unit": "word"}, table: {"min_count": 9}}, "test")
        with pytest.raises(DataError, match=rf"none of the {table} of the text .* lower {table}\.min_count"):
            prepare(tmp_path, "a b.\n", config)
    with pytest.raises(ConfigError, match="has no segmenter: leave it empty for NLTK's tokenizer"):
        prepare(tmp_path, "a b.\n", config_of(segmenter=str(tiny_model)))
