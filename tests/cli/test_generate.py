"""`tagger generate` as a user runs it."""

import shutil

from tagger.model.shipped_models import find_model


def test_a_prompt_is_continued_the_same_for_one_seed(tagger, character_model):
    command = ["generate", character_model, "--prompt", "ab", "--length", 6, "--temperature", 0]
    done = tagger(*command)
    assert (done.code, done.out, done.err) == (0, "abababab\n", "")
    texts = {tagger("generate", character_model, "--seed", 7, "--temperature", 9).out for _ in range(2)}
    assert len(texts) == 1 and len(texts.pop()) == 501


def test_unknown_characters_of_the_prompt_are_said(tagger, character_model):
    done = tagger("generate", character_model, "--prompt", "aXéX", "--length", 1)
    assert done.code == 0 and done.out.startswith("aXéX")
    assert done.err == "--prompt: the model does not know 'X', 'é': read as an unknown character\n"


def test_unknown_words_of_the_prompt_are_said(tagger, word_language_model):
    done = tagger("generate", word_language_model, "--prompt", "The bird sat", "--length", 1, "--temperature", 0)
    assert (done.out, done.err) == (
        "The bird sat .\n",
        "--prompt: the model does not know 'bird': read as an unknown word\n",
    )


def test_wrong_values_and_models_are_errors(tagger, character_model, tmp_path):
    for option, value in (("--temperature", -1), ("--length", 0), ("--top", -1), ("--seed", "x")):
        done = tagger("generate", character_model, option, value)
        assert (done.code, done.out) == (2, "") and option in done.err
    done = tagger("generate", character_model, "--temperature", "nan")
    assert done.code == 1 and "a temperature of nan: give a number from 0 on" in done.err
    done = tagger("generate", tmp_path / "none")
    assert (done.code, done.err) == (
        1,
        f"tagger: {tmp_path / 'none'}: no such model folder; tagger pretrain makes one\n",
    )
    english = find_model("english")
    done = tagger("generate", english)
    assert done.code == 1 and f"{english}: a tagger, which writes no text: tagger tag tags with it" in done.err


def test_a_damaged_model_is_an_error(tagger, character_model, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(character_model, folder)
    weights = folder / "checkpoint" / "weights.data-00000-of-00001"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    done = tagger("generate", folder)
    assert done.code == 1 and f"{weights}: damaged" in done.err
    (folder / "manifest.json").unlink()
    (folder / "vocabulary" / "characters.txt").write_text("a\nbc\n", encoding="utf-8")
    done = tagger("generate", folder)
    assert done.code == 1 and "characters.txt: not one character a line: the model folder is damaged" in done.err


def test_a_cell_of_another_package_is_not_imported_unasked(tagger, character_model, tmp_path):
    folder = tmp_path / "foreign"
    shutil.copytree(character_model, folder)
    (folder / "manifest.json").unlink()
    config = folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('cell = "gru"', 'cell = "mycells:Cell"'), "utf-8")
    done = tagger("generate", folder)
    assert done.code == 1 and "would import 'mycells:Cell'" in done.err and "--trust-code" in done.err


def test_commands_for_taggers_say_that_it_is_a_language_model(tagger, character_model, tiny_corpus, tmp_path):
    (tmp_path / "text").write_text("ab", encoding="utf-8")
    for command in (
        ["tag", tmp_path / "text", "--model", character_model],
        ["eval", character_model, tiny_corpus],
    ):
        done = tagger(*command)
        assert (done.code, done.out) == (1, "")
        assert "a language model, which tags nothing: tagger generate writes text with it" in done.err


def test_its_files_can_be_checked(tagger, character_model):
    done = tagger("check", character_model)
    assert done.code == 0 and f"{character_model}: OK" in done.err
