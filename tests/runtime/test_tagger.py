import itertools
import multiprocessing
import pickle
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from math import prod

import pytest

from tagger.errors import ConfigError, DataError, ModelError
from tagger.runtime.read_ahead import RESULTS_AHEAD
from tagger.runtime.tagger import WINDOWS_AT_ONCE, Tagger, load
from tagger.runtime.windows import WINDOW_SENTENCES, WINDOWS_READ_AHEAD
from tagger.text.sentence import Sentence


@pytest.fixture(scope="module")
def model(tiny_model) -> Tagger:
    return load(tiny_model)


def test_a_text_becomes_sentences_of_tagged_tokens_with_character_offsets(model):
    text = " \r\n She sees Paris.\n\n  Ada left the dog .\r\n"
    sentences = model(text)
    assert [sentence.words for sentence in sentences] == [
        ("She", "sees", "Paris", "."),
        ("Ada", "left", "the", "dog", "."),
    ]
    for sentence in sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        for token in sentence:
            assert text[token.start : token.end] == token.text
            assert set(token.tags) == {"upos", "ner"}


def test_a_trained_model_finds_the_tags_of_its_corpus(model):
    (sentence,) = model("Ada Lovelace sees New York .")
    assert sentence.tags["upos"] == ("PROPN", "PROPN", "VERB", "PROPN", "PROPN", "PUNCT")


def test_lists_of_words_and_sentences_keep_their_tokens(model):
    given = Sentence.from_words(["She", "left"], tags={"upos": ["X", "X"], "mood": ["ind", "past"]}, id="s1")
    first, second = model.tag([["She", "left"], given])
    assert first.words == second.words == ("She", "left")
    assert second.id == "s1"
    assert second.tags == {"upos": first.tags["upos"], "ner": first.tags["ner"], "mood": ("ind", "past")}


def test_sentences_are_tagged_in_order_while_they_arrive(model):
    taken = []
    endless = (taken.append(number) or [str(number), "."] for number in itertools.count())
    tagged = model.tag(endless)
    assert [next(tagged).words[0] for _ in range(3)] == ["0", "1", "2"]
    assert [sentence.words[0] for sentence in itertools.islice(tagged, WINDOW_SENTENCES)][-1] == str(
        WINDOW_SENTENCES + 2
    )
    tagged.close()
    assert len(taken) <= (WINDOWS_READ_AHEAD + 3 + WINDOWS_AT_ONCE + RESULTS_AHEAD) * WINDOW_SENTENCES


def test_a_program_may_end_while_it_tags():
    program = (
        "import itertools, tagger\n"  # with a model that is large enough to be at work then
        "tagged = tagger.load('english', threads=2).tag([str(number), 'dog', 'runs'] for number in itertools.count())\n"
        "for _ in range(5000): next(tagged)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_stream_of_lines_is_tagged_like_the_text(model):
    text = "She left.\nAda sees the cat.\n\nParis\n"
    assert list(model.stream(text.splitlines(keepends=True))) == model(text)


def test_empty_texts_and_empty_sentences(model):
    assert model("") == model(" \n\t") == list(model.tag([])) == []
    assert [sentence.tags for sentence in model.tag([[]])] == [{"upos": (), "ner": ()}]


def test_words_of_ten_thousand_characters_and_sentences_of_five_thousand_words(model):
    words = ["a" * 10_000, *["dog"] * 5000]
    (sentence,) = model.tag([words])
    assert len(sentence.tags["upos"]) == len(sentence.tags["ner"]) == 5001


def test_two_models_in_one_process_do_not_disturb_each_other(model, tiny_model):
    text = "Ada Lovelace sees New York ."
    before = model(text)
    other = load(tiny_model)
    assert other(text) == before
    assert model(text) == before


def test_every_token_and_span_has_its_probability(model):
    (sentence,) = model("Ada Lovelace sees New York .")
    for token in sentence:
        for task in model.tasks:
            top = token.top(task, len(model.tags[task]))
            assert top[0] == (token[task], token.score(task))
            assert sum(probability for _, probability in top) == pytest.approx(1, abs=1e-5)
            assert {tag for tag, _ in top} == set(model.tags[task])
    for span in sentence.spans("ner"):
        assert span.score == pytest.approx(prod(sentence[at].score("ner") for at in range(span.first, span.last + 1)))


def test_without_scores_the_tags_are_the_same_and_no_probabilities_are_kept(model):
    texts = [["Ada", "sees", "New", "York", "."], [], ["dog"], ["She"] * 3000]
    bare = list(model.tag(texts, scores=False))
    assert bare == list(model.tag(texts))
    with pytest.raises(DataError, match="has no score of 'upos': only what a model has tagged"):
        bare[0][0].score("upos")


def test_probabilities_of_replaced_tags_are_removed(model):
    (scored,) = model("She left .")
    (again,) = model.tag([scored], scores=False)
    assert again == scored and again.probabilities == {}


@pytest.mark.parametrize("given", ["She left", b"She left", 7, [["She"], ["left"]], ["She", None]])
def test_an_item_that_is_not_a_sentence_is_an_error_after_the_sentences_before_it(model, given):
    tagged = model.tag(iter([["She", "left"], given]))
    assert next(tagged).words == ("She", "left")
    with pytest.raises(DataError, match="a sentence is a list of words"):
        next(tagged)
    with pytest.raises(DataError, match="a text is one string"):
        model(["She", "left"])


def test_a_paragraph_is_tagged_without_waiting_for_the_next_one(model):
    came_out = threading.Semaphore(1)

    def lines():
        for number in range(3):
            assert came_out.acquire(timeout=60), "the sentence before is held back"
            yield f"She sees {number}\n\n"
            yield "\n"

    for number, sentence in enumerate(model.stream(lines())):
        assert sentence.words == ("She", "sees", str(number))
        came_out.release()


def test_an_error_of_the_lines_comes_after_the_sentences_before_it(model):
    def lines():
        yield "She left.\n\n"
        raise OSError("the line is dead")

    tagged = model.stream(lines())
    assert next(tagged).words == ("She", "left", ".")
    with pytest.raises(OSError, match="the line is dead"):
        next(tagged)


def test_without_overlap_sentences_are_read_in_the_callers_thread(model):
    threads = set()
    words = ([str(threads.add(threading.current_thread()))] for _ in range(2000))
    assert len(list(model.tag(words, overlap=False))) == 2000
    assert threads == {threading.current_thread()}


def test_threads_that_share_a_model_each_get_their_own_sentences(model):
    texts = [" ".join(["Ada sees", *(f"x{number % 7}" for number in range(length)), "."]) for length in range(40)]
    expected = [model(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(model, texts * 4)) == expected * 4
        streams = [pool.submit(lambda: list(model.stream([f"{text}\n\n" for text in texts]))) for _ in range(4)]
        words = [sentence.words for tagged in expected for sentence in tagged]
        assert all([sentence.words for sentence in stream.result()] == words for stream in streams)


def test_a_model_is_pickled_as_the_path_of_its_folder(model, tiny_model, monkeypatch, tmp_path):
    monkeypatch.chdir(tiny_model.parent)
    pickled = pickle.dumps(load(tiny_model.name, threads=1))
    assert len(pickled) < 1000
    monkeypatch.chdir(tmp_path)
    assert pickle.loads(pickled)("Ada left .") == model("Ada left .")


def test_a_process_pool_tags_with_a_pickled_model(model):
    texts = ["Ada Lovelace sees New York .", "She left .", "The dog likes a cat ."] * 3
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        tagged = pool.map(model, texts)
    assert tagged == [model(text) for text in texts]
    for sentence, here in zip(itertools.chain(*tagged), itertools.chain(*map(model, texts)), strict=True):
        assert sentence.scores("upos") == pytest.approx(here.scores("upos"), abs=1e-5)


def test_a_model_without_a_folder_cannot_be_pickled(model):
    with pytest.raises(ModelError, match="only a model that was loaded from its folder can be pickled"):
        pickle.dumps(Tagger(model._predictor, model.schemes, model.tags, model.knows))


def test_both_runtimes_give_the_same_tags_and_scores(tiny_model):
    text = "Ada Lovelace sees New York . The dog left a zebra ."
    onnx, tensorflow = (load(tiny_model, runtime=runtime)(text) for runtime in ("onnx", "tensorflow"))
    assert onnx == tensorflow
    for here, there in zip(onnx, tensorflow, strict=True):
        for task in ("upos", "ner"):
            assert here.scores(task) == pytest.approx(there.scores(task), abs=1e-4)
            assert here.probabilities[task].values == pytest.approx(there.probabilities[task].values, abs=1e-4)


def test_the_number_of_threads_does_not_change_the_tags_and_must_be_positive(model, tiny_model):
    text = "Ada Lovelace sees New York . " * 300
    assert load(tiny_model, threads=1)(text) == load(tiny_model, threads=3)(text) == model(text)
    with pytest.raises(ConfigError, match="threads = 0: give 1 or more"):
        load(tiny_model, threads=0)
    with pytest.raises(ConfigError, match="TensorFlow runs already"):
        load(tiny_model, runtime="tensorflow", threads=17)


def test_an_unknown_runtime_and_one_without_a_model_are_errors(tiny_model, tmp_path):
    with pytest.raises(ConfigError, match="no runtime 'torch'; there are auto, onnx, tensorflow"):
        load(tiny_model, runtime="torch")
    shutil.copytree(tiny_model, tmp_path / "model")
    (tmp_path / "model" / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx: there is no such file"):
        load(tmp_path / "model", runtime="onnx")
