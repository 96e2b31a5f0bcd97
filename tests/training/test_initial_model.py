"""Taggers that begin as another tagger."""

import json
import shutil
from collections import Counter

import numpy as np
import pytest

from tagger import load
from tagger.backend import tf
from tagger.config.init_keys import InitConfig
from tagger.config.load import check_config
from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus
from tagger.errors import ConfigError, ModelError
from tagger.model.folder import SEGMENTER_FOLDER, open_model
from tagger.model.shipped_models import find_model
from tagger.model.vocabulary import FIRST_TAG, FIRST_WORD, UNKNOWN, Vocabulary
from tagger.network.network import Network
from tagger.network.predictor import Predictor
from tagger.network.saved_weights import load_predictor
from tagger.network.vocabularies import Vocabularies
from tagger.training.beginning import check_beginning
from tagger.training.initial_config import begun_config, doubts_about_beginning, own_config, with_tasks_of
from tagger.training.initial_model import initial_model
from tagger.training.options import TrainingOptions
from tagger.training.plan import make_plan
from tagger.training.train import train

LINES = ("The/O dog/O likes/O Zorbtrons/B-PROD ./O", "Ada/O sees/O a/O Widget/B-PROD in/O Paris/O ./O")
"""Sentences with a new label and new words, which leave the names of a person and a place open."""


def corpus_of(lines, folder, splits=("train", "dev")):
    """Convert lines of `word/tag` into a corpus of entities alone, and return its folder."""
    files = {}
    for split in splits:
        files[split] = folder / f"{split}.tsv"
        sentences = (line.replace("/", "\t").replace(" ", "\n") for line in lines)
        files[split].write_text("".join(f"{each}\n\n" for each in sentences), encoding="utf-8")
    return convert(files, folder / "corpus", columns=["token", "ner"]).directory


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    """A corpus of products, and of no other names."""
    return corpus_of(LINES, tmp_path_factory.mktemp("products"))


def vocabularies_of(words, tags):
    entries = Vocabulary(tuple(words), FIRST_WORD)
    letters = Vocabulary(tuple(dict.fromkeys("".join(words))), FIRST_WORD)
    return Vocabularies(
        entries, letters, {task: Vocabulary(each, FIRST_TAG) for task, each in tags.items()}, FIRST_WORD
    )


def test_a_network_scores_known_words_and_tags_as_the_model_does_and_has_room_for_new_ones(tiny_model):
    values = own_config(str(tiny_model)).model_dump() | {"tasks": {"ner": {"scheme": "IOB2"}, "topic": {}}}
    config = check_config(values, "test")
    begun = initial_model(config)
    own = vocabularies_of(["Ada", "Zorbtron"], {"ner": ("B-PROD", "O"), "topic": ("x", "y")})
    joined = begun.joined(own, Counter({"Ada": 3, "Zorbtron": 1}))
    known = open_model(tiny_model)
    assert joined.tags["ner"].entries == (*known.tags["ner"].entries, "B-PROD")
    assert joined.tags["topic"].entries == ("x", "y") and set(joined.tags) == {"ner", "topic"}
    assert joined.words.entries[-1] == "Zorbtron" and set(known.words.entries) < set(joined.words.entries)
    assert joined.first_singleton == len(joined.words) - 1
    assert joined.characters.entries[: len(known.characters.entries)] == known.characters.entries
    assert "Z" in joined.characters

    network = Network(config, joined.sizes)
    begun.give(network, joined)
    table = network.words.table.numpy()
    np.testing.assert_array_equal(table[joined.words.ids["Zorbtron"]], begun.network.words.table[UNKNOWN])
    sentence = ["Ada", "Lovelace", "sees", "Paris", "."]
    (ours,) = Predictor(network, joined.lookup(config), joined.tags).scores([sentence])
    (theirs,) = load_predictor(known).scores([sentence])
    np.testing.assert_allclose(ours["ner"][:, :-1], theirs["ner"], atol=1e-5)
    outside = theirs["ner"][:, known.tags["ner"].ids["O"] - FIRST_TAG]
    np.testing.assert_allclose(ours["ner"][:, -1], outside - 3, atol=1e-5)  # a new tag begins as an improbable O
    slow = {variable.ref() for variable in begun.variables(network)}
    others = {variable.ref() for variable in network.trainable_variables} - slow
    assert others == {v.ref() for projection in network.projections.values() for v in projection.trainable_variables}


def test_transitions_between_known_tags_are_those_of_the_model(tiny_model):
    values = own_config(str(tiny_model)).model_dump()
    crf = {"decoder": "crf", "scheme": "IOB2"}
    config = check_config(values | {"tasks": {"ner": crf}}, "test")
    begun = initial_model(config)
    joined = begun.joined(vocabularies_of(["Ada"], {"ner": ("B-PROD", "O")}), Counter())
    known = begun.folder.tags["ner"].entries
    begun.network.fields["ner"] = Network(config, joined.sizes).fields["ner"]  # the tiny model has none
    field = begun.network.fields["ner"]
    field.start, field.end = (tf.Variable(tf.range(len(known), dtype=tf.float32) + more) for more in (1, 2))
    between = np.arange(len(known) ** 2, dtype=np.float32).reshape(len(known), -1)
    field.between = tf.Variable(between)
    network = Network(config, joined.sizes)
    begun.give(network, joined)
    start, found, end = network.transitions()["ner"]
    np.testing.assert_array_equal(found[:-1, :-1], between)
    outside = known.index("O")
    np.testing.assert_array_equal(found[-1, :-1], between[outside])
    np.testing.assert_array_equal(found[:-1, -1], between[:, outside])
    np.testing.assert_array_equal(start, [*range(1, len(known) + 1), 1 + outside])
    np.testing.assert_array_equal(end, [*range(2, len(known) + 2), 2 + outside])


def test_what_differs_and_what_cannot_be_begun_with_is_refused_by_name(tiny_model, character_model):
    values = own_config(str(tiny_model)).model_dump()
    other = values | {"encoder": values["encoder"] | {"cell": "gru"}, "words": values["words"] | {"dimension": 9}}
    with pytest.raises(ConfigError, match=r"words\.dimension = 8, not 9; encoder\.cell = 'lstm', not 'gru': give the"):
        check_beginning(check_config(other, "test"))
    other = values | {"given": {"pos": {}}, "tasks": {"ner": {"scheme": ""}}}
    with pytest.raises(ConfigError, match=r"no given\.pos\.dimension; tasks\.ner\.scheme = 'IOB2', not ''"):
        check_beginning(check_config(other, "test"))
    with pytest.raises(ConfigError, match=r"abab is a language model, which has no tags: begin with its encoder by"):
        own_config(str(character_model))
    with pytest.raises(ConfigError, match=r"segmenter is a segmenter, which tags nothing"):
        own_config(str(find_model("english") / SEGMENTER_FOLDER))
    with pytest.raises(ModelError, match="nowhere: no such model folder, and no model of that name"):
        own_config("nowhere")
    with pytest.raises(ConfigError, match=r"init\.model .* and encoder\.pretrained cannot both be given"):
        check_config(values | {"encoder": {"pretrained": "x"}}, "test")
    for init, message in (
        ({"rehearsal": 0.2}, r"init\.rehearsal goes with init\.model"),
        ({"model": "x", "text": ["a.txt"]}, r"init\.text and init\.keep are for rehearsal"),
    ):
        with pytest.raises(ConfigError, match=message):
            check_config({"tasks": {"ner": {}}, "init": init}, "test")


def test_a_model_that_reads_given_tags_is_begun_with_by_a_configuration_that_has_them(given_model):
    config = own_config(str(given_model))
    assert config.given["upos"].dimension == 6
    begun = initial_model(check_config(config.model_dump() | {"tasks": {"ner": {"scheme": "IOB2"}}}, "test"))
    assert begun.network.given["upos"].table.shape[1] == 6
    without = check_config(config.model_dump() | {"given": {}}, "test")
    with pytest.raises(ConfigError, match=r"has given\.upos\.dimension = 6, not none"):
        check_beginning(without)


def test_the_models_own_configuration_has_the_tasks_of_the_corpus(tiny_model, products, tmp_path):
    config = own_config(str(tiny_model), ["training.epochs=3"])
    assert config.training.epochs == 3 and config.encoder.units == 8
    assert config.training.learning_rate == pytest.approx(0.05 / 3)
    assert config.init.model == str(tiny_model) and not (config.output or config.corpus_paths)
    with open_corpus(products) as corpus:
        assert list(with_tasks_of(config, [corpus]).tasks) == ["ner"]
    with pytest.raises(ConfigError, match=r"tiny, config\.toml: unknown key 'training\.epoch'|--set training\.epoch=3"):
        own_config(str(tiny_model), ["training.epoch=3"])
    settings = (tiny_model / "config.toml").read_text(encoding="utf-8")
    copy = tmp_path / "foreign"
    shutil.copytree(tiny_model, copy)
    (copy / "manifest.json").unlink()
    (copy / "config.toml").write_text(settings.replace('cell = "lstm"', 'cell = "mine:Cell"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"foreign has a cell of its own, 'mine:Cell', whose code is not run unasked"):
        own_config(str(copy))


def test_rehearsal_keeps_tasks_that_the_corpora_lack_and_no_rehearsal_drops_them(tiny_model, products):
    with open_corpus(products) as corpus:
        config = with_tasks_of(own_config(str(tiny_model)), [corpus])
        assert list(begun_config(config, [corpus]).tasks) == ["ner"]
        assert list(doubts_about_beginning(config, begun_config(config, [corpus]))) == [
            f"upos of {tiny_model} is dropped, because nothing would be learned there: init.rehearsal keeps what the "
            "model knows"
        ]
        values = config.model_dump() | {"init": {"model": str(tiny_model), "rehearsal": 0.2}}
        kept = begun_config(check_config(values, "test"), [corpus])
        assert (list(kept.tasks), kept.init.keep) == (["ner", "upos"], ("upos",))
        assert not list(doubts_about_beginning(kept, kept))
        values["tasks"]["upos"] = {"scheme": "IOB2", "replace_spans": 0.1}
        given = check_config(values, "test")
        (doubt,) = doubts_about_beginning(given, begun_config(given, [corpus]))
        assert doubt.startswith("tasks.upos.replace_spans is left out: no corpus has spans of 'upos'")
        del values["tasks"]["upos"]
        assert begun_config(kept, [corpus]) == kept  # as when the model's configuration trains it again
        values["init"]["keep"] = ["xpos"]
        with pytest.raises(ConfigError, match=r"init\.keep: .*tiny has no task 'xpos', only upos, ner|only ner, upos"):
            begun_config(check_config(values, "test"), [corpus])


def test_a_model_begun_with_rehearsal_keeps_what_it_knew_and_a_resumed_run_is_the_same_to_the_bit(
    tagger, tiny_model, products, tmp_path, stopped_before_save, assert_same_weights
):
    base, text = tmp_path / "base", tmp_path / "old.txt"
    shutil.copytree(tiny_model, base)
    text.write_text("Ada likes Paris.\n\nThe dog left.\n\nAda Lovelace sees a cat.\n", encoding="utf-8")
    settings = ["training.epochs=2", "training.batch_size=2", "init.rehearsal=0.5", f'init.text=["{text}"]']

    model = tmp_path / "model"
    done = tagger(
        *("train", "--init", base, "--corpus", products, "--output", model),
        *(part for setting in settings for part in ("--set", setting)),
    )
    assert done.code == 0, done.err
    assert "text for rehearsal: kept 3 of 3 sentences" in done.err
    assert "2 sentences beside 3 for rehearsal" in done.err and "dev is not annotated" not in done.err
    metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["init"]["model"] == "base" and metrics["init"]["kept_tasks"] == ["upos"]
    assert metrics["init"]["text"]["sentences"] == 3 and set(metrics["dev"]["tasks"]) == {"ner"}
    card = (model / "README.md").read_text(encoding="utf-8")
    assert "| began with | the model `base`, of tiny |" in card and "| tasks that it labelled | upos |" in card
    assert "| rehearsal | 50.00 % of the sentences, of 3 of old.txt (3), which it tagged |" in card
    assert [path.name for path in tmp_path.glob("model*")] == ["model"]

    def run(**options):
        with open_corpus(products) as corpus:
            config = with_tasks_of(own_config(str(base), settings), [corpus])
            train(config, [corpus], tmp_path / "stopped", TrainingOptions(say=print, **options))

    stopped_before_save(2, run)
    manifest = (base / "manifest.json").read_text(encoding="utf-8")
    (base / "manifest.json").write_text(manifest + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"or with another model than .*base"):
        run(resume=True)
    (base / "manifest.json").write_text(manifest, encoding="utf-8")
    run(resume=True)
    assert_same_weights(model, tmp_path / "stopped")

    shutil.rmtree(base)  # the finished model needs it no more
    loaded = load(model)
    assert {"B-PER", "I-LOC", "B-PROD"} <= set(loaded.tags["ner"]) and "NOUN" in loaded.tags["upos"]
    assert loaded.knows("Lovelace") and loaded.knows("Zorbtrons")
    assert set(next(loaded.tag([["Ada", "left", "."]])).tags) == {"ner", "upos"}


def test_teachers_of_a_run_begin_with_the_model_and_have_no_kept_tasks(tiny_model, products, tmp_path):
    settings = ["init.rehearsal=0.3", "distillation.teachers=1"]
    with open_corpus(products) as corpus:
        config = begun_config(with_tasks_of(own_config(str(tiny_model), settings), [corpus]), [corpus])
        plan = make_plan(config, [corpus], tmp_path / "model", seeds=2)
    (teacher,) = plan.targets.teachers
    assert teacher.config.init == InitConfig(model=str(tiny_model)) and list(teacher.config.tasks) == ["ner"]
    assert [list(stage.config.tasks) for stage in plan.models] == [["ner", "upos"]] * 2
    assert plan.targets.rehearsal == config.init and plan.segmenter is None


def test_a_command_without_configuration_and_model_is_wrong_usage(tagger, tmp_path):
    done = tagger("train", "--corpus", tmp_path, "--output", tmp_path / "model")
    assert done.code == 2 and "--init MODEL" in done.err
    done = tagger("train", "--init", "english", "--output", tmp_path / "model")
    assert (done.code, done.err) == (1, "tagger: no corpus: give --corpus DIR\n")
