"""Two halves of the data, one scanned here and one in another process with its own copy of the model, equal one pass."""

import subprocess
import sys

import keras
import numpy as np
import pandas as pd
from keras import layers

import kerasviz as kv
from tests.models import seeded

_OTHER = """
import sys, keras, numpy as np, kerasviz as kv
folder = sys.argv[1]
model, data = keras.models.load_model(folder + "/model.keras"), np.load(folder + "/data.npz")
kv.scan(model, data["x"][14:], data["y"][14:], batch_size=8, progress=False, start=14).save(folder + "/theirs.scan")
"""


def test_halves_scanned_in_two_processes_merge_into_one_pass(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.random((30, 6, 6, 1), dtype="float32"), rng.integers(0, 3, 30)
    model = seeded(
        keras.Sequential(
            [
                keras.Input((6, 6, 1)),
                layers.Conv2D(4, 3, activation="relu", name="conv"),
                layers.Flatten(),
                layers.Dense(3, activation="softmax", name="answer"),
            ]
        )
    )
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=x, y=y)

    other = subprocess.Popen([sys.executable, "-c", _OTHER, str(tmp_path)], stderr=subprocess.PIPE)
    whole = kv.scan(model, x, y, batch_size=8, progress=False)
    kv.scan(model, x[:14], y[:14], batch_size=8, progress=False).save(tmp_path / "ours.scan")
    _, said = other.communicate()
    assert other.returncode == 0, said.decode()[-2000:]
    merged = kv.load_scan(tmp_path / "theirs.scan", model).merge(kv.load_scan(tmp_path / "ours.scan", model))

    pd.testing.assert_frame_equal(merged.frame(), whole.frame(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(merged.outcomes.samples, np.arange(30))
    np.testing.assert_allclose(merged.outcomes.outputs, whole.outcomes.outputs, rtol=1e-5)
    np.testing.assert_allclose(merged.losses, whole.losses, rtol=1e-5)
    np.testing.assert_array_equal(merged.confusion, whole.confusion)
    for channel in range(4):
        for mine, its in ((merged.top, whole.top), (merged.bottom, whole.bottom), (merged.typical, whole.typical)):
            np.testing.assert_array_equal(mine("conv", channel).samples, its("conv", channel).samples)
        assert merged.top("conv", channel).positions == whole.top("conv", channel).positions
