"""The notebooks of the documentation run, cell by cell, in this process, as in a Jupyter kernel."""

import json
import sys
from types import SimpleNamespace

import pytest
from pages import DOCS

NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


def code_cells(notebook):
    """The code of a notebook, cell by cell."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


class Display:
    """Stands for `IPython.display` of a kernel: keeps what is shown, and what takes its place."""

    def __init__(self):
        self.outputs = []

    HTML = staticmethod(str)

    def display(self, shown, *, display_id):
        self.outputs.append([shown])
        return SimpleNamespace(update=self.outputs[-1].append)


@pytest.fixture
def kernel(monkeypatch):
    """What a kernel shows; programs take this process for one."""
    display = Display()
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()), display=display)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return display


def test_there_are_notebooks_without_outputs():
    assert NOTEBOOKS
    for notebook in NOTEBOOKS:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)


def test_a_model_is_trained_and_tags_in_a_notebook(kernel, capsys):
    variables = {"__name__": "__main__"}
    for number, code in enumerate(code_cells(DOCS / "notebooks" / "orders.ipynb"), start=1):
        exec(compile(code, f"cell {number}", "exec"), variables)
    printed = capsys.readouterr()
    assert printed.err == ""  # which a notebook shows on a red ground
    assert "DRINK hot chocolate" in printed.out and "PLACE the terrace" in printed.out
    epochs = len(variables["history"])
    assert variables["history"][-1].scores["ner"] > 0.95 and epochs < 60
    assert f"of 9 sentences, after {epochs} epochs" in printed.out
    (shown,) = kernel.outputs  # one output, drawn anew again and again
    assert any("<progress max=" in state for state in shown)
    assert "<progress" not in shown[-1] and f"stopped after epoch {epochs}" in shown[-1]
    assert shown[-1].count("epoch 1/60: loss") == 1
