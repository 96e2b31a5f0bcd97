"""Train one system of tagging.py, or load it and tag one sentence.

    python benchmarks/run_system.py SYSTEM FOLDER [SENTENCE]

With a sentence it loads the trained system, tags the sentence and prints it: all the work behind a first sentence.
Without one it trains the system on FOLDER/corpus.conllu, only briefly, since the speed of a network does not depend on
how much it has learned. Each system's model is in a folder of its own name there.
"""

import os
import shutil
import sys
from pathlib import Path

from adapters.flair_tagger import Flair
from adapters.interfaces import SpeedAdapter
from adapters.nltk_perceptron import NltkSpeed
from adapters.ours import Float32, Int8, TensorFlow
from adapters.spacy_pipeline import SpacySpeed
from adapters.stanza_pipeline import Stanza

SYSTEMS: dict[str, type[SpeedAdapter]] = {
    system.__name__: system for system in (Float32, Int8, TensorFlow, NltkSpeed, SpacySpeed, Stanza, Flair)
}


def system_named(name: str) -> type[SpeedAdapter]:
    """Return a system by its name, after hiding the modules that it does not need."""
    sys.modules.update(dict.fromkeys(SYSTEMS[name].hidden))
    return SYSTEMS[name]


def main(name: str, folder: str, *sentence: str) -> None:
    chosen, target = system_named(name), Path(folder)
    if sentence:
        print(chosen(target, given_tokens=False).one(*sentence), flush=True)
        return
    unfinished = target / f"{name}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    chosen.train(target, unfinished)
    os.replace(unfinished, target / name)


if __name__ == "__main__":
    main(*sys.argv[1:])
