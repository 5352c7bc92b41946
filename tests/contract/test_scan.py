"""`kerasviz.scan` against NumPy on `probe.activations` of the same data, and the data sets that people really have."""

import itertools

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

import kerasviz as kv
from kerasviz.errors import BrokenBatchError, InputError, OptionError, UnknownNameError
from tests.models import ZOO, seeded

RNG = np.random.default_rng(0)
X = RNG.standard_normal((45, 8, 8, 1)).astype("float32")
Y = RNG.integers(0, 3, 45)
CLOSE = {"rtol": 2e-5, "atol": 2e-6}


@pytest.fixture(scope="module")
def probe():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(3, 2, activation="tanh", name="tanh"),
            layers.Flatten(name="flatten"),
            layers.Dense(5, activation="relu", name="dense"),
            layers.Dense(3, activation="softmax", name="answer"),
        ]
    )
    found = kv.Probe(seeded(model))
    yield found
    found.close()


@pytest.fixture(scope="module")
def whole(probe):
    return kv.scan(probe, X, Y, batch_size=16, progress=False, positions=100)


def scanned(probe, inputs, labels=None, **options):
    return kv.scan(probe, inputs, labels, **{"batch_size": 16, "progress": False, "positions": 100, **options})


def columns_of(array, axis):
    """(batch, positions, channels) in float64."""
    array = np.asarray(array, np.float64)
    array = array[:, None] if array.ndim == 1 else np.moveaxis(array, axis, -1)
    return array.reshape(len(array), -1, array.shape[-1])


def assert_statistics(found, activations, **close):
    assert set(found.layers) <= set(activations)
    for path, layer in found.layers.items():
        values = columns_of(activations[path], layer.axis)
        flat = values.reshape(-1, values.shape[-1])
        exact = {
            "count": np.full(flat.shape[1], len(flat)),
            "mean": flat.mean(axis=0),
            "std": flat.std(axis=0),
            "min": flat.min(axis=0),
            "max": flat.max(axis=0),
            "zeros": (flat == 0).mean(axis=0),
        }
        for name, numbers in exact.items():
            got = found.statistics(path)[name]
            np.testing.assert_allclose(got, numbers, **{**CLOSE, **close}, err_msg=f"{path} {name}")


def assert_rankings(found, activations):
    for path, layer in found.layers.items():
        array = np.moveaxis(np.asarray(activations[path]), layer.axis, -1)
        strongest = array.reshape(len(array), -1, layer.channels).max(axis=1)
        for channel in range(layer.channels):
            top, bottom = found.top(path, channel), found.bottom(path, channel)
            np.testing.assert_allclose(top.values, np.sort(strongest[:, channel])[::-1][: len(top)], **CLOSE)
            np.testing.assert_allclose(bottom.values, np.sort(strongest[:, channel])[: len(bottom)], **CLOSE)
            for sample, value, position in zip(top.samples, top.values, top.positions, strict=True):
                np.testing.assert_allclose(array[(sample, *position, channel)], value, **CLOSE)
            typical = found.typical(path, channel, 3)
            np.testing.assert_allclose(strongest[typical.samples, channel], typical.values, **CLOSE)


def test_statistics_are_those_of_the_activations_with_one_trace(probe, whole):
    activations = probe.activations(X)
    assert list(whole.layers) == ["conv", "tanh", "dense", "answer"]
    assert (whole.num_samples, whole.complete, whole.notes) == (45, True, ())
    assert_statistics(whole, activations)
    assert_rankings(whole, activations)
    frame = whole.frame()
    assert len(frame) == 4 + 3 + 5 + 3
    assert frame.columns[:8].tolist() == ["layer", "channel", "count", "mean", "std", "min", "max", "zeros"]
    traces = probe.num_traces
    scanned(probe, X[:33])
    scanned(probe, X[:17])
    assert probe.num_traces == traces or keras.backend.backend() == "torch"  # there nothing is traced

    everything = scanned(probe, X, layers="all")
    assert set(everything.layers) == set(activations)
    assert_statistics(everything, activations)
    assert list(scanned(probe, X, layers=[probe.model.layers[1], "dense"]).layers) == ["pool", "dense"]
    with pytest.raises(UnknownNameError, match="'conv'"):
        scanned(probe, X, layers="cnov")


def test_histograms_and_quantiles_keep_what_they_promise(probe, whole):
    activations = probe.activations(X)
    for path, layer in whole.layers.items():
        values = columns_of(activations[path], layer.axis).reshape(-1, layer.channels)
        exact = np.quantile(values, [0.05, 0.5, 0.95], axis=0, method="inverted_cdf").T
        np.testing.assert_allclose(whole.quantiles(path, [0.05, 0.5, 0.95]), exact, rtol=0.063, atol=2e-5)
        assert whole.counted(path) == 1
        channel = int(values.std(axis=0).argmax())
        counts, edges = whole.histogram(path, channel, bins=12)
        np.testing.assert_allclose(counts.sum(), len(values))
        np.testing.assert_allclose(edges, np.linspace(values[:, channel].min(), values[:, channel].max(), 13), **CLOSE)
        exact, _ = np.histogram(values[:, channel], edges)
        assert np.abs(np.cumsum(counts) - np.cumsum(exact)).max() < 0.1 * len(values)
    few = scanned(probe, X, positions=4)
    assert (few.counted("conv"), few.counted("dense")) == (4 / 36, 1)
    with pytest.raises(InputError, match="statistics='all'"):
        scanned(probe, X, statistics="moments").histogram("conv", 0)


def test_the_quick_way_knows_means_maxima_and_strongest_samples(probe, whole):
    quick = scanned(probe, X, statistics="basic")
    for name in ("count", "mean", "max"):
        np.testing.assert_allclose(quick.frame()[name], whole.frame()[name], **CLOSE)
    assert quick.frame()["std"].isna().all()
    np.testing.assert_array_equal(quick.top("conv", 1).samples, whole.top("conv", 1).samples)
    assert quick.top("conv", 1).positions == whole.top("conv", 1).positions
    assert len(quick.bottom("conv", 1)) == 0
    bare = scanned(probe, X, statistics="basic", places=False)
    assert set(bare.top("conv", 1).positions) == {()}
    assert [crop.unit for crop in bare.crops(probe, X, "conv", 1)] == [c.unit for c in whole.crops(probe, X, "conv", 1)]


def test_answers_are_those_of_the_model(probe, whole):
    outputs = probe.predict(X)
    outcomes = whole.outcomes
    np.testing.assert_allclose(outcomes.outputs, outputs, **CLOSE)
    np.testing.assert_array_equal(whole.predictions, outputs.argmax(axis=1))
    np.testing.assert_allclose(outcomes.confidence, outputs.max(axis=1), **CLOSE)
    np.testing.assert_allclose(outcomes.second_confidence, np.sort(outputs, axis=1)[:, -2], **CLOSE)
    np.testing.assert_allclose(outcomes.label_confidence, outputs[np.arange(45), Y], **CLOSE)
    np.testing.assert_allclose(whole.losses, -np.log(outputs[np.arange(45), Y]), rtol=1e-4)
    assert (whole.loss, whole.loss_compiled, whole.labels_are) == ("sparse_categorical_crossentropy", False, "classes")
    table = np.zeros((3, 3), int)
    np.add.at(table, (Y, outputs.argmax(axis=1)), 1)
    np.testing.assert_array_equal(whole.confusion, table)
    assert whole.accuracy == np.trace(table) / 45

    labels, means = whole.class_means("conv")
    exact = probe.activations(X)["conv"].mean(axis=(1, 2))
    for label, mean in zip(labels, means, strict=True):
        np.testing.assert_allclose(mean, exact[label == Y].mean(axis=0), **CLOSE)

    one_hot = scanned(probe, X, np.eye(3)[Y])
    assert one_hot.labels_are == "one-hot"
    np.testing.assert_allclose(one_hot.losses, whole.losses, rtol=1e-5)
    np.testing.assert_array_equal(one_hot.confusion, table)
    named = scanned(probe, X, np.asarray(["a", "b", "c"])[Y], class_names=["a", "b", "c"])
    np.testing.assert_array_equal(named.confusion, table)


HEADS = {
    "yes or no": ((1, "sigmoid"), (Y > 0).astype(int), "binary_crossentropy"),
    "logits": ((3, None), Y, "sparse_categorical_crossentropy, from_logits=True"),
    "several labels": ((3, "sigmoid"), (RNG.random((45, 3)) > 0.5).astype(int), "binary_crossentropy"),
    "a number": ((1, None), RNG.random(45), "mean_squared_error"),
    "compiled": ((2, None), RNG.random((45, 2)), "mean_absolute_error"),
}


def loss_of(name, outputs, labels):
    if name in {"several labels", "yes or no"}:
        labels = labels.reshape(outputs.shape)
        return -np.mean(labels * np.log(outputs) + (1 - labels) * np.log(1 - outputs), axis=1)
    if name == "logits":
        return np.log(np.exp(outputs).sum(axis=1)) - outputs[np.arange(45), labels]
    distance = outputs - labels.reshape(outputs.shape)
    return (np.abs(distance) if name == "compiled" else distance**2).mean(axis=1)


@pytest.mark.parametrize("head", HEADS)
def test_losses_and_predictions_of_every_kind_of_answer(head):
    (width, activation), labels, loss = HEADS[head]
    model = seeded(keras.Sequential([keras.Input((4,)), layers.Dense(width, activation, name="answer")]))
    if head == "compiled":
        model.compile("sgd", "mae")
    x = RNG.standard_normal((45, 4)).astype("float32")
    found = scanned(model, x, labels)
    outputs = kv.Probe(model).predict(x).astype(np.float64)

    assert found.loss == loss
    assert found.loss_compiled == (head == "compiled")
    np.testing.assert_allclose(found.losses, loss_of(head, outputs, labels), rtol=1e-4, atol=1e-5)
    if head in ("a number", "compiled"):
        assert (found.predictions == -1).all()
        assert found.confusion is None
    if head == "yes or no":
        np.testing.assert_array_equal(found.predictions, outputs[:, 0] > 0.5)
        assert found.confusion.sum() == 45


def test_parts_scanned_apart_and_merged_equal_one_pass(probe, whole, tmp_path):
    parts = []
    for start, stop in ((0, 20), (20, 31), (31, 45)):
        part = scanned(probe, X[start:stop], Y[start:stop], start=start)
        part.save(tmp_path / f"{start}.scan")
        parts.append(kv.load_scan(tmp_path / f"{start}.scan", probe))
    one, two, three = parts
    for merged in (one.merge(two).merge(three), three.merge(one.merge(two))):
        pd.testing.assert_frame_equal(merged.frame(), whole.frame(), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(merged.losses, whole.losses, rtol=1e-4)
        np.testing.assert_array_equal(merged.confusion, whole.confusion)
        assert merged.num_samples == 45
        for channel in range(4):
            assert merged.top("conv", channel).positions == whole.top("conv", channel).positions
            np.testing.assert_array_equal(merged.top("conv", channel).samples, whole.top("conv", channel).samples)
    with pytest.raises(InputError, match="a sample 0"):
        one.merge(whole)
    with pytest.raises(InputError, match="different layers"):
        one.merge(scanned(probe, X[20:], start=20, layers=["conv"]))


def test_a_file_comes_back_whole_and_is_refused_for_other_weights(probe, whole, tmp_path):
    file = tmp_path / "digits.scan"
    whole.save(file)
    found = kv.load_scan(file, probe.model)
    pd.testing.assert_frame_equal(found.frame(), whole.frame())
    np.testing.assert_array_equal(found.outcomes.outputs, whole.outcomes.outputs)
    np.testing.assert_array_equal(found.histogram("tanh", 2)[0], whole.histogram("tanh", 2)[0])
    np.testing.assert_array_equal(found.typical("tanh", 2).samples, whole.typical("tanh", 2).samples)
    np.testing.assert_array_equal(found.class_means("dense")[1], whole.class_means("dense")[1])
    assert (found.inputs, found.loss, found.layers) == (whole.inputs, whole.loss, whole.layers)

    assert found.top("conv", 0).pictures == (None,) * 9
    found.take_pictures(probe, X)
    found.save(file)
    ranked = kv.load_scan(file, probe).top("conv", 0)
    for sample, picture in zip(ranked.samples, ranked.pictures, strict=True):
        low, high = X[sample].min(), X[sample].max()
        np.testing.assert_allclose(picture, (X[sample] - low) / (high - low) * 255, atol=0.51)

    other = seeded(keras.models.clone_model(probe.model), seed=2)
    with pytest.raises(InputError, match="other weights"):
        kv.load_scan(file, other)
    assert "other weights" in kv.load_scan(file, other, other_model=True).notes[-1]
    (tmp_path / "no.scan").write_bytes(b"something else")
    with pytest.raises(InputError, match="no scan"):
        kv.load_scan(tmp_path / "no.scan")


def test_crops_are_what_the_unit_looks_at(probe, whole):
    for layer, size in (("conv", 3), ("tanh", 6)):
        found = whole.crops(probe, X, layer, 1)
        assert [crop.sample for crop in found] == whole.top(layer, 1).samples.tolist()
        for crop in found:
            (rows, columns, channels) = crop.boxes["input"]
            assert (rows[1] - rows[0], columns[1] - columns[0], channels) == (size, size, (0, 1))
            np.testing.assert_array_equal(crop.arrays["input"], X[crop.sample, slice(*rows), slice(*columns)])
            alone = np.zeros_like(X[:1])
            alone[0, slice(*rows), slice(*columns)] = crop.arrays["input"]
            np.testing.assert_allclose(probe.activations(alone)[layer][(0, *crop.unit)], crop.value, **CLOSE)
            assert crop.exact
        part = kv.scan(probe, X[20:], start=20, progress=False)
        for crop in part.crops(probe, X[20:], layer, 1, start=20):
            rows, columns, _ = crop.boxes["input"]
            np.testing.assert_array_equal(crop.arrays["input"], X[crop.sample, slice(*rows), slice(*columns)])
        with pytest.raises(InputError, match="start at 20"):
            whole.crops(probe, X[20:], layer, 1, start=20)


def test_numbers_that_are_not_finite_are_named_and_left_out():
    """A fused ReLU makes 0 of NaN, so there is none here."""
    conv = layers.Conv2D(3, 3, name="conv")
    probe = kv.Probe(
        seeded(keras.Sequential([keras.Input((8, 8, 1)), conv, layers.Flatten(), layers.Dense(2, name="answer")]))
    )
    x = X.copy()
    x[20, 2, 3, 0], x[30, 0, 0, 0] = np.nan, np.inf
    found = scanned(probe, x, layers="all")
    assert [(each.layer, each.sample) for each in found.nonfinite] == [
        (p, 20) for p in ("input", "conv", "flatten", "answer")
    ]
    assert (found.inputs["input"].nonfinite, found.inputs["input"].count) == (2, X.size - 2)

    exact = np.concatenate([probe.activations(X[i : i + 1])["conv"] for i in range(45)]).astype(np.float64)
    exact[20, 0:3, 1:4], exact[30, 0, 0] = np.nan, np.nan
    statistics = found.statistics("conv")
    np.testing.assert_array_equal(statistics["nonfinite"], 9 + 1)
    for name, numbers in {"mean": np.nanmean, "std": np.nanstd, "min": np.nanmin, "max": np.nanmax}.items():
        np.testing.assert_allclose(statistics[name], numbers(exact, axis=(0, 1, 2)), rtol=1e-4, err_msg=name)
    for channel in range(3):
        top = found.top("conv", channel)
        np.testing.assert_allclose(top.values, -np.sort(-np.nanmax(exact[..., channel], axis=(1, 2)))[:9], rtol=1e-4)
    assert (found.predictions[[20, 30]] == -1).all()


def test_statistics_do_not_cancel_far_from_zero():
    """A mean of thousands, a deviation below one: float32 squares alone would say nothing of it."""
    model = seeded(keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv"), layers.Flatten()]))
    model.layers[0].bias.assign([3000.0, 0.0])
    x = RNG.standard_normal((40, 6, 6, 1)).astype("float32")
    activations = kv.Probe(model).activations(x)

    assert_statistics(scanned(model, x, layers="all"), activations, rtol=1e-3)


def broken_at(number):
    for i in range(0, 45, 9):
        yield (np.zeros((9, 3, 3, 7)) if i == 9 * number else X[i : i + 9]), Y[i : i + 9]


def test_a_broken_batch_is_named_skipped_or_stops(probe):
    with pytest.raises(BrokenBatchError, match=r"batch 2 \(samples 18 to 26\)") as error:
        scanned(probe, broken_at(2))
    assert error.value.scan.num_samples == 18
    skipping = scanned(probe, broken_at(2), on_error="skip")
    assert (skipping.num_samples, skipping.complete, len(skipping.skipped)) == (36, False, 1)
    kept = np.r_[0:18, 27:45]
    np.testing.assert_array_equal(skipping.outcomes.samples, kept)
    np.testing.assert_allclose(skipping.frame()["mean"][0], probe.activations(X[kept])["conv"][..., 0].mean(), **CLOSE)
    stopping = scanned(probe, broken_at(2), on_error="stop")
    assert (stopping.num_samples, stopping.stopped) == (18, "broke at batch 2 (samples 18 to 26)")
    with pytest.raises(BrokenBatchError, match="batch 0"):
        scanned(probe, broken_at(0))
    with pytest.raises(OptionError, match="on_error"):
        scanned(probe, X, on_error="ignore")


def test_an_interruption_loses_nothing(probe):
    def pressed(done, count):
        assert count == 45
        if done > 30:
            raise KeyboardInterrupt

    stops = itertools.count()
    for options, stopped in (
        ({"progress": pressed}, "interrupted"),
        ({"cancelled": lambda: next(stops) == 1}, "cancelled"),
    ):
        found = scanned(probe, X, Y, **options)
        assert (found.complete, found.stopped) == (False, stopped)
        assert found.num_samples == 32
        np.testing.assert_allclose(found.frame()["mean"][0], probe.activations(X[:32])["conv"][..., 0].mean(), **CLOSE)
        assert len(found.outcomes) == found.num_samples


def test_data_sets_of_every_size_and_kind(probe, whole):
    alone = scanned(probe, X[0])
    assert (alone.num_samples, len(alone.top("conv", 0))) == (1, 1)
    assert_statistics(alone, probe.activations(X[:1]))
    for one_by_one in (scanned(probe, X[:3], batch_size=1), scanned(probe, iter(X[:3]), batch_size=1)):
        assert_statistics(one_by_one, probe.activations(X[:3]))
    pairs = ((X[i : i + 16], Y[i : i + 16]) for i in range(0, 45, 16))
    pd.testing.assert_frame_equal(scanned(probe, pairs).frame(), whole.frame(), rtol=1e-4, atol=1e-6)
    raw = scanned(probe, (X * 255)[..., 0], preprocess=lambda x: x[..., None] / 255)
    np.testing.assert_allclose(raw.frame()["mean"], whole.frame()["mean"], rtol=1e-4, atol=1e-5)
    for nothing in (X[:0], iter(())):
        with pytest.raises(InputError, match="no samples"):
            scanned(probe, nothing)
    with pytest.raises(InputError, match="7 labels were passed for 45 samples"):
        scanned(probe, X, Y[:7])


@pytest.mark.parametrize("name", ["time_distributed", "channels_first", "dicts"])
def test_models_of_other_kinds(name):
    case = ZOO[name]
    if keras.backend.backend() not in case.backends:
        pytest.skip("not on this backend")
    model, x = case.build(), case.inputs(5)
    probe = kv.Probe(model)
    found = scanned(probe, x, layers="all", batch_size=2)

    assert_statistics(found, probe.activations(x), rtol=1e-4, atol=1e-5)
    assert_rankings(found, probe.activations(x))


def test_rows_that_are_no_samples_are_not_watched():
    """Positions are made inside the model: their embedding has a row for each, not for each sample."""

    class Tokens(keras.Model):
        def __init__(self):
            super().__init__()
            self.word, self.place = layers.Embedding(9, 4, name="word"), layers.Embedding(6, 4, name="place")
            self.answer = layers.Dense(2, activation="softmax", name="answer")

        def call(self, x):
            return self.answer(keras.ops.mean(self.word(x) + self.place(keras.ops.arange(6)), axis=1))

    model, x = Tokens(), RNG.integers(0, 9, (5, 6))
    model(x[:1])
    found = scanned(seeded(model), x, batch_size=2)
    assert list(found.layers) == ["word", "answer"]
    assert "'place'" in found.notes[0]
