"""What libraries would say or send without being asked."""

import subprocess
import sys

TAG = "import os, tagger; tagger.load()('She left.'); print(sorted(os.listdir(os.environ['HOME'])))"


def test_tagging_leaves_nothing_in_the_home_of_the_user(clean_environment, tmp_path):
    """ONNX Runtime would keep what it sends to Microsoft in ~/.cache; it sends nothing in a test environment's CI."""
    hidden = ("CI", "ORT_", "XDG_")
    environment = {name: value for name, value in clean_environment.items() if not name.startswith(hidden)}
    environment["HOME"] = str(tmp_path)
    done = subprocess.run([sys.executable, "-c", TAG], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n", done.stderr
