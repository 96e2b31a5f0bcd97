import subprocess
import sys

import pytest

from tagger.text.nltk_modules import IsolatedModules, nltk_module

APART = """
import sys
from tagger.text.tokenize import tokenize
from tagger.text.nltk_modules import nltk_module
text = "Mr. Smith can't come. \\u201cHe stays,\\u201d she said."
ours = [sentence.words for sentence in tokenize(text)]
assert not [name for name in sys.modules if name.partition(".")[0] == "nltk"]
apart = nltk_module("nltk.tokenize.punkt")
import nltk
assert [tuple(nltk.NLTKWordTokenizer().tokenize(one)) for one in nltk.PunktTokenizer().tokenize(text)] == ours
assert nltk_module("nltk.tokenize.punkt") is nltk.tokenize.punkt is not apart
assert nltk.data.path is nltk_module("nltk.data").path
"""

AT_THE_SAME_TIME = """
from threading import Barrier, Thread
from tagger.text.tokenize import tokenize
found, start = [], Barrier(9)
def tokenizing():
    start.wait()
    found.append([sentence.words for sentence in tokenize("Mr. Smith can't come. He stays.")])
def importing():
    start.wait()
    import nltk
    found.append([tuple(nltk.word_tokenize(one)) for one in nltk.sent_tokenize("Mr. Smith can't come. He stays.")])
threads = [Thread(target=importing if number == 4 else tokenizing) for number in range(9)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(found) == 9 and all(one == found[0] for one in found), found
"""

ELSEWHERE = """
import sys
from tagger.text.nltk_modules import nltk_module
from tagger.text.punkt import tokenizer
nltk_module("nltk.data").path[:] = sys.argv[1:]
assert len(tokenizer()._params.ortho_context) > 1000
"""


@pytest.fixture
def run(clean_environment, shared_corpora):
    def run(code, *arguments, **environment):
        command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
        environment = {**clean_environment, "NLTK_DATA": str(shared_corpora / "nltk_data"), **environment}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    return run


def test_tokenizing_adds_nothing_to_sys_modules_and_a_program_may_import_nltk_afterwards(run):
    run(APART)


def test_one_thread_may_import_nltk_while_others_tokenize(run):
    run(AT_THE_SAME_TIME)


def test_a_folder_that_only_nltks_data_path_names_is_trusted_as_nltk_trusts_it(run, shared_corpora):
    run(ELSEWHERE, shared_corpora / "nltk_data", NLTK_DATA="")


def test_a_program_s_own_nltk_is_used():
    import nltk.tokenize.punkt

    assert nltk_module("nltk.tokenize.punkt") is nltk.tokenize.punkt


def test_isolated_modules_are_run_once_and_import_only_each_other():
    world = IsolatedModules()
    destructive, util = world.load("nltk.tokenize.destructive"), world.load("nltk.tokenize.util")
    assert destructive is world.load("nltk.tokenize.destructive")
    assert destructive.align_tokens is util.align_tokens
    assert destructive is not sys.modules["nltk.tokenize.destructive"]
    assert not hasattr(world.load("nltk"), "word_tokenize")


def test_a_missing_module_is_reported_as_python_reports_it():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'nltk\.tokenise'"):
        IsolatedModules().load("nltk.tokenise")
