"""Our cells give the numbers of `tf.compat.v1.nn.rnn_cell` with the same weights: outputs, states and gradients."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tagger.network.cells as cells
from tagger.backend import tf

SCRIPT = Path(__file__).with_name("reference_tf.py")
reference = runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="session")
def theirs(tmp_path_factory):
    pytest.importorskip("tf_keras")
    path = tmp_path_factory.mktemp("reference") / "numbers.npz"
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1"}
    ran = subprocess.run([sys.executable, SCRIPT, path], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return np.load(path)


def leaves(cell):
    """Cells with variables, without their wrappers, in the order of the stack."""
    if isinstance(cell, cells.MultiRNNCell):
        return [leaf for part in cell.cells for leaf in leaves(part)]
    return leaves(cell.cell) if isinstance(cell, cells.CellWrapper) else [cell]


def in_their_order(cell, names):
    """Our variable for each of TensorFlow's names, such as `rnn/multi_rnn_cell/cell_1/gru_cell/gates/bias:0`."""
    found = []
    for name in names:
        layer = int(name.split("cell_")[1].split("/")[0]) if "/cell_" in name else 0
        fitting = [variable for variable in leaves(cell)[layer].variables if name.endswith("/" + variable.name)]
        found.append(max(fitting, key=lambda variable: len(variable.name)))  # `projection/kernel`, not `kernel`
    assert len({id(variable) for variable in found}) == len(names) == len(cell.variables)
    return found


@pytest.mark.parametrize("case", reference["CASES"])
def test_same_numbers_as_tensorflows_own_cell(case, theirs):
    cell = reference["CASES"][case](cells)
    cell.build(reference["INPUTS"].shape[-1])
    variables = in_their_order(cell, [str(name) for name in theirs[f"{case} names"]])
    for index, variable in enumerate(variables):
        variable.assign(theirs[f"{case} variables {index}"])

    outputs, states, gradients, _ = tf.function(reference["run"], autograph=False)(tf, case, cell, lambda: variables)

    np.testing.assert_allclose(outputs, theirs[f"{case} outputs"], rtol=0, atol=1e-6)
    for what, values in {"states": states, "gradients": gradients}.items():
        for index, value in enumerate(values):
            np.testing.assert_allclose(value, theirs[f"{case} {what} {index}"], rtol=0, atol=1e-6, err_msg=what)
