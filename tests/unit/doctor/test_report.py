"""`kv.diagnose` itself: what it takes, how the report reads, and that the model stays as it was."""

import re

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from kerasviz.doctor import DOCTOR
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.errors import InputError, KerasvizError
from tests.unit.doctor.ward import noise, rules


def broken():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(16, name="first"), layers.Dense(4, name="last")])
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model


def test_the_worst_comes_first_and_the_text_says_all():
    report = kv.diagnose(broken(), noise(20, 6), np.arange(20) % 4)
    assert [each.severity for each in report] == sorted(
        (each.severity for each in report), key=["error", "warning", "info"].index
    )
    text = str(report)
    for finding in report.findings:
        for part in (finding.rule, finding.layer, finding.message, finding.why, finding.advice):
            assert part in text
    assert report.counts["error"] == 1
    assert "20 samples" in text
    assert len(report) == len(report.findings)


def test_the_page_escapes_what_it_shows():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(9), layers.Dense(4, name="a>b")])
    model.compile("adam", loss="sparse_categorical_crossentropy")
    page = kv.diagnose(model)._repr_html_()
    assert "a&gt;b" in page
    assert "a>b" not in page
    assert "minimum" in page


def test_without_inputs_some_are_made_and_the_report_says_so():
    report = kv.diagnose(broken())
    assert "made by kerasviz" in str(report)
    assert report.skipped["label-noise"]
    assert "logits-into-probability-loss" in {each.rule for each in report}


class Wild(keras.Model):
    """Of a class of one's own: it says nothing of its inputs before its first call."""

    def __init__(self):
        super().__init__()
        self.one, self.two = layers.Dense(12, name="one"), layers.Dense(3, name="two")

    def call(self, x):
        return self.two(self.one(x))


def test_a_model_that_says_nothing_and_no_inputs():
    report = kv.diagnose(Wild())
    assert report.samples == 0
    assert "no inputs" in report.note
    assert "dead-relus" in report.skipped
    assert [each.rule for each in kv.diagnose(Wild(), noise(8, 6))] == ["missing-activation"]


def test_a_dataset_with_its_labels():
    import tensorflow as tf

    x, y = noise(50, 6), np.arange(50) % 4
    report = kv.diagnose(broken(), tf.data.Dataset.from_tensor_slices((x, y)).batch(8))
    assert report.samples == 50
    assert "label-noise" not in report.skipped


def test_several_inputs_and_outputs_with_their_labels():
    a, b = keras.Input((4,), name="a"), keras.Input((5,), dtype="int32", name="b")
    h = layers.Concatenate()([a, layers.Flatten()(layers.Embedding(7, 2)(b))])
    h = layers.Dense(8, activation="relu")(h)
    outputs = {
        "kind": layers.Dense(3, activation="softmax", name="kind")(h),
        "size": layers.Dense(1, name="size")(h),
        "many": layers.Dense(4, activation="sigmoid", name="many")(h),
    }
    model = keras.Model({"a": a, "b": b}, outputs)
    model.compile("adam", {"kind": "sparse_categorical_crossentropy", "size": "mse", "many": "binary_crossentropy"})
    rng = np.random.default_rng(0)
    x = {"a": noise(40, 4), "b": rng.integers(0, 7, (40, 5))}
    labels = {"kind": np.arange(40) % 3, "size": rng.normal(size=40), "many": (rng.random((40, 4)) < 0.5) * 1}
    report = kv.diagnose(model, x, labels)
    assert report.skipped == {}
    assert {each.rule for each in report if each.severity == "error"} == set()


@pytest.mark.parametrize("head", ["sequence", "image"])
def test_outputs_with_positions(head):
    if head == "sequence":
        model = keras.Sequential(
            [
                keras.Input((5,), dtype="int32"),
                layers.Embedding(9, 4),
                layers.LSTM(6, return_sequences=True),
                layers.Dense(3, name="last"),
            ]
        )
        x, y = np.random.default_rng(0).integers(0, 9, (12, 5)), np.zeros((12, 5), int)
    else:
        model = keras.Sequential(
            [
                keras.Input((6, 6, 1)),
                layers.Conv2D(4, 3, padding="same", activation="relu"),
                layers.Conv2D(3, 1, name="last"),
            ]
        )
        x, y = noise(12, 6, 6, 1), np.zeros((12, 6, 6), int)
    model.compile("adam", "sparse_categorical_crossentropy")
    (finding,) = [each for each in kv.diagnose(model, x, y) if each.severity == "error"]
    assert (finding.rule, finding.layer) == ("logits-into-probability-loss", "last")
    assert finding.evidence["minimum"] == pytest.approx(float(model.predict(x, verbose=0).min()), rel=1e-4)


def test_nothing_in_the_model_changes():
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    x, y = noise(64, 6), np.arange(64) % 3
    model.fit(x, y, epochs=1, verbose=0)
    before = [np.array(variable) for variable in model.variables] + [np.array(model.optimizer.iterations)]
    expected = model.predict(x, verbose=0)
    compiled = model.loss, model.optimizer
    kv.diagnose(model, x, y)
    after = [np.array(variable) for variable in model.variables] + [np.array(model.optimizer.iterations)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert np.array_equal(expected, model.predict(x, verbose=0))
    assert (model.loss, model.optimizer) == compiled
    assert "call" not in vars(model.layers[0])


def test_a_scan_of_all_samples_takes_the_place_of_the_first_ones():
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="relu", name="hidden"), layers.Dense(3, activation="softmax")]
    )
    model.get_layer("hidden").bias.assign([-50] * 5 + [0.1] * 3)
    x = np.abs(noise(700, 6))
    found = kv.scan(model, x, statistics="moments", progress=False)
    (finding,) = [each for each in kv.diagnose(model, x, scan=found) if each.rule == "dead-relus"]
    assert (finding.layer, finding.evidence["samples"]) == ("hidden", 700)
    assert finding.evidence["dead"] == (found.frame().query("layer == 'hidden'")["max"] == 0).sum()
    with pytest.raises(InputError, match="without inputs"):
        kv.diagnose(model, scan=found)
    maps = keras.Sequential([keras.Input((6, 1)), layers.Conv1D(2, 3, activation="relu")])
    with pytest.raises(InputError, match="statistics='basic'"):
        kv.diagnose(maps, x[:9], scan=kv.scan(maps, x[:9], statistics="basic", progress=False))
    model.get_layer("hidden").bias.assign(np.zeros(8))
    with pytest.raises(InputError, match="other weights"):
        kv.diagnose(model, x, scan=found)


def test_labels_of_another_length_are_refused():
    with pytest.raises(InputError, match="19 labels were passed for 20 samples"):
        kv.diagnose(broken(), noise(20, 6), np.zeros(19))


def test_a_rule_of_ones_own():
    def check(case):
        if case.count > 3:
            yield Finding("info", "", f"{case.count} samples.", "They are many.", "Nothing.", {"samples": case.count})

    DOCTOR.register("mine", DoctorRule("mine", check, needs="data"))
    try:
        assert "mine" in rules(broken(), noise(9, 6))
        assert "mine" not in rules(broken())
        with pytest.raises(KerasvizError, match="registered already"):
            DOCTOR.register("mine", DoctorRule("mine", check))
    finally:
        del DOCTOR._objects["mine"]


def test_every_rule_is_what_its_table_says():
    for name, rule in DOCTOR.all().items():
        assert rule.name == name
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
