"""Lesson: a cell of one's own, as the page on cells writes it, and what that page says of the others."""

import inspect
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from tagger.backend import tf
from tagger.network.cells import CELLS, MultiRNNCell, make_cell

PAGE = (Path(__file__).parents[2] / "docs" / "cells.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```python title=\"mycells.py\"\n(.*?)```", PAGE, re.DOTALL)[1]
ENTRY = re.search(r'```toml\n\[project.entry-points."(.*?)"\]\n(.*?)```', PAGE, re.DOTALL)


def table(heading):
    """The rows of the page's table whose first line begins so, each as its columns."""
    lines = PAGE[PAGE.index(heading) :].split("\n\n")[0].splitlines()[2:]
    return [[column.strip() for column in line.strip("|").split("|")] for line in lines]


ROWS = {row[0].strip("`"): row for row in table("| cell | paper |")}
OPTIONS = {name: row[1] for row in table("| cell | options |") for name in re.findall(r"`(\w+)`", row[0])}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The page's example as an installed package that offers its cell by an entry point."""
    (tmp_path / "mycells.py").write_text(EXAMPLE)
    package = tmp_path / "mycells-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: mycells\nVersion: 1.0\n")
    group, line = ENTRY.groups()
    (package / "entry_points.txt").write_text(f"[{group}]\n{line.replace(chr(34), '')}")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("mycells", None)


@pytest.mark.parametrize("name", ["mycells:LightGRUCell", "light_gru"])
def test_the_pages_cell_is_made_by_path_and_by_entry_point(installed, name):
    cell = make_cell(name, 3, seed=1, update_bias=2.0)
    cell.build(4)
    assert type(cell).__name__ == "LightGRUCell"
    assert cell.update_bias == 2.0
    assert cell.kernel.shape == (7, 6)


def test_it_computes_what_it_says(installed):
    cell = make_cell("light_gru", 2, seed=1)
    cell.build(3)
    inputs = np.random.default_rng(1).normal(size=[1, 4, 3]).astype(np.float32)
    outputs, state = tf.compat.v1.nn.dynamic_rnn(cell, inputs, dtype=tf.float32)
    h = np.zeros(2)
    for step, x in enumerate(inputs[0]):
        update, candidate = np.split(np.concatenate([x, h]) @ cell.kernel.numpy(), 2)
        update = 1 / (1 + np.exp(-(update + 1)))
        h = update * h + (1 - update) * np.maximum(candidate, 0)
        np.testing.assert_allclose(outputs[0, step], h, rtol=1e-5)
    np.testing.assert_array_equal(state, outputs[:, -1])


def test_the_projects_network_learns_with_it(installed, next_character):
    task = next_character(
        ["hihell"],
        ["ihello"],
        100,
        encoder={"cell": "mycells:LightGRUCell", "units": 8, "options": {"update_bias": 0.0}},
        training={"learning_rate": 0.1},
    )
    assert task.train() < 0.1
    assert task.read() == ["ihello"]


def test_it_stacks(installed):
    stack = MultiRNNCell([make_cell("light_gru", units, seed=units) for units in (5, 3)])
    stack.build(4)
    outputs, state = tf.compat.v1.nn.dynamic_rnn(stack, tf.ones([2, 6, 4]), sequence_length=[6, 2], dtype=tf.float32)
    assert outputs.shape == (2, 6, 3)
    assert not np.any(outputs[1, 2:])
    assert [part.shape for part in state] == [(2, 5), (2, 3)]


def test_the_page_lists_every_cell():
    assert list(ROWS) == list(CELLS)
    assert set(OPTIONS) == set(CELLS)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(("inputs", "units"), [(292, 256), (12, 8)])
def test_a_cell_has_as_many_parameters_as_the_page_says(name, inputs, units):
    cell = make_cell(name, units)
    cell.build(inputs)
    count = sum(math.prod(variable.shape) for variable in cell.trainable_variables)
    formula, size, of_unit = ROWS[name][2:5]
    assert count == eval(formula, {"D": inputs, "H": units, "ceil": math.ceil})
    if (inputs, units) == (292, 256):
        assert f"{count:,}" == size
        assert f"{count / units:,.0f}" == of_unit


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_has_the_options_that_the_page_says(name):
    options = re.findall(r"`(\w+)`", OPTIONS[name])
    assert options
    assert set(options) <= set(inspect.signature(CELLS[name]).parameters)
