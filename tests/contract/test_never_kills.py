"""FACTS 5: an eager gradient through one kind of convolution ends the process on tensorflow-cpu 2.21."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.helpers import BACKEND, assert_close, numpy, oracle
from tests.models import ZOO

ROOT = Path(__file__).parents[2]
SCRIPT = """
from tests.models import ZOO
from kerasviz import Probe
case = ZOO["crash_convolution"]
for batch in (1, 3):
    probe = Probe(case.build())
    x = case.inputs(batch)
    for target in (None, 0):
        probe.gradients(x, target)
        probe.gradients(x[0], target, layers=())
    probe.activations(x)
print("alive")
"""


@pytest.mark.skipif(BACKEND != "tensorflow", reason="the others have no such fault: the next test asks them too")
def test_gradients_through_the_convolution_that_crashes_leave_the_process_alive():
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert "alive" in result.stdout


def test_gradients_through_that_convolution_are_right(probing):
    case = ZOO["crash_convolution"]
    model, x = case.build(), case.inputs()
    kernel = numpy(model.get_layer("conv").kernel)[0, 0] @ numpy(model.get_layer("answer").kernel)[:, 1] / 16
    gradients = probing(model).gradients(x, 1)["input"]
    assert_close(gradients[:, ::2, ::2], numpy(x[:, ::2, ::2]) * 0 + kernel)
    assert not gradients[:, 1::2].any()
    assert_close(probing(model).predict(x), oracle(model, x))
