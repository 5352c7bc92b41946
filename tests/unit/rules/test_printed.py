"""What a printed arithmetic says, and what it leaves out."""

import numpy as np

from kerasviz.rules.result import Arithmetic, Block, Terms


def arithmetic(**kwargs):
    terms = Terms(
        [Block("input", np.array([[0], [1]]), np.float32([3, 2]), np.float32([1, -4]), **kwargs.pop("weights", {}))]
    )
    return Arithmetic(terms=terms, layer="sum", kind="Dense", unit=(0,), rule="dense", **kwargs)


def test_a_sum_without_bias_activation_and_weights_names_none():
    told = str(arithmetic(value=-5.0))

    assert [line.split() for line in told.splitlines()[1:]] == [
        ["2", "×", "-4", "=", "-8", "input[1]"],
        ["3", "×", "1", "=", "3", "input[0]"],
        ["=", "-5"],
        ["✓", "the", "model", "computed", "the", "same,", "difference", "0"],
    ]


def test_bias_activation_weights_and_names_are_told_where_there_are_some():
    weights = {"weight_path": "kernel", "weight_index": np.array([[0, 0], [1, 0]])}

    told = str(
        arithmetic(
            value=1.0, bias=1.5, activation="relu", function=lambda x: max(x, 0), names=("a", "b"), weights=weights
        )
    )

    assert "= -8   b × kernel[1, 0]".split() == told.splitlines()[1].split()[3:]
    assert told.splitlines()[3:] == ["  + bias 1.5 = -3.5", "  relu → 0", "  ✗ the model computed 1, difference -1"]
