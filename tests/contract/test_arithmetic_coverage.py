"""The table of which layers have an arithmetic is complete, up to date, and "no rule" is the exception in it."""

import numpy as np
import pytest
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

from tests.contract.arithmetic_models import probed
from tests.contract.arithmetic_oracle import check
from tests.contract.helpers import BACKEND
from tests.contract.test_applications import FAMILIES as TESTED
from tests.contract.test_coverage import rows_of
from tests.tools.layer_cases import CASES, NOT_ALONE, classes

on_tensorflow = pytest.mark.skipif(
    BACKEND != "tensorflow", reason="the table is made on TensorFlow, where every class exists"
)
WITHOUT = {  # what they do is no sum of products; kerasviz/rules/reasons.py says it
    "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "HashedCrossing", "Hashing", "IntegerLookup", "Lambda",
    "MelSpectrogram", "STFTSpectrogram", "StringLookup", "TextVectorization", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
}  # fmt: skip


@pytest.fixture(scope="module")
def written():
    from tests.tools.rule_coverage import FILE

    return FILE.read_text(encoding="utf-8")


@on_tensorflow
def test_every_class_that_keras_exports_is_in_the_table_or_has_a_reason(written):
    assert set(classes()) <= set(CASES) | set(NOT_ALONE), "new in this Keras: add them to tests/tools/layer_cases.py"
    assert set(rows_of(written, "keras.layers")) == set(CASES)
    assert all(f"- {name}: {reason}." in written for name, reason in NOT_ALONE.items())


@on_tensorflow
def test_the_table_of_rules_is_up_to_date(written):
    from tests.tools.rule_coverage import layer_lines

    lines = layer_lines()
    print("\n".join(lines))
    assert "\n".join(lines) in written, "run python -m tests.tools.rule_coverage --layers"


@on_tensorflow
def test_layers_without_a_rule_are_a_short_list_with_reasons(written):
    rows = rows_of(written, "keras.layers")
    without = {name: reason for name, (rule, reason, _) in rows.items() if rule == "none"}
    assert set(without) == WITHOUT
    assert all(len(reason) > 20 and "no rule" not in reason for reason in without.values())
    for name, (rule, verdict, reach) in rows.items():
        if rule != "none":
            assert verdict == "✓", name
            assert reach in ("exact", "of what is inside"), name


@on_tensorflow
def test_every_layer_of_every_family_is_taken_apart(written):
    from tests.tools.rule_coverage import FAMILIES

    rows = rows_of(written, "keras.applications")
    assert set(rows) == set(FAMILIES) == {make.__name__ for make, _ in TESTED.values()}
    for name, (outputs, with_rule, equal, _) in rows.items():
        assert int(outputs) == int(with_rule) == int(equal) > 20, name


def test_the_scaled_residual_of_inception_is_one_input_and_a_part_of_the_other():
    layer = CustomScaleLayer(0.25)
    probe, x = probed(lambda a, b: layer([a, b]), (3, 4), (3, 4))
    found = check(probe, x, layer, (1, 2))
    np.testing.assert_allclose(found.computed, x[0][0, 1, 2] + np.float64(0.25) * x[1][0, 1, 2], rtol=1e-12)
    assert {term.path: term.weight for term in found.terms} == {"input:x0": 1.0, "input:x1": 0.25}
