"""A unit over the data: the samples, what the unit sees of them, its histogram, the classes; and the order of maps by a scan."""

import numpy as np
import pytest

import kerasviz
from kerasviz.data.opening import open_samples
from kerasviz.errors import InputError
from kerasviz.views.layer import PANEL as LAYER
from kerasviz.views.layer import LayerParams
from kerasviz.views.unit_data import CLASSES, HISTOGRAM, PANEL, UnitDataParams
from kerasviz.widget.session import Session
from tests.fakes import FakeSource

RNG = np.random.default_rng(5)
X = RNG.random((40, 9, 8, 1)).astype(np.float32)
Y = RNG.integers(0, 3, 40)
S = RNG.normal(size=(30, 12, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def images():
    import keras

    keras.utils.set_random_seed(2)
    layers = [keras.layers.Conv2D(4, 3, activation="relu", name="conv"), keras.layers.MaxPooling2D(name="pool"),
              keras.layers.Conv2D(3, 2, activation="relu", name="late"), keras.layers.Flatten(),
              keras.layers.Dense(3, "softmax", name="out")]  # fmt: skip
    session = Session(
        kerasviz.Probe(keras.Sequential([keras.Input((9, 8, 1)), *layers])), open_samples_of(layers, X, Y)
    )
    session.panel("run_scan", {})
    yield session
    session.close()


def open_samples_of(layers, x, y=None):
    import keras

    return open_samples(keras.Sequential([keras.Input(x.shape[1:]), *layers]), x, y)


def ask(session, layer, unit, sample=0):
    return session.panel("unit_data", {"sample": sample, "layer": layer, "unit": unit})


def pixels(panel, thumb):
    end = thumb.start + thumb.height * thumb.width * thumb.depth
    return panel.tensors["pictures"][thumb.start : end].reshape(thumb.height, thumb.width, thumb.depth)


def test_top_samples_are_those_with_the_largest_numbers_and_their_crops_what_the_unit_sees(images):
    values = np.concatenate([images.activations(i)["late"][..., 1] for i in range(len(X))])
    largest = values.reshape(len(X), -1).max(axis=1)

    panel = ask(images, "late", 1)

    top = panel.payload.top
    order = np.argsort(-largest, kind="stable")[:9]
    assert [one.item.sample for one in top] == order.tolist()
    np.testing.assert_allclose([one.value for one in top], largest[order], rtol=1e-5)
    for one in top:
        row, column, unit = one.place
        assert values[one.item.sample, row, column] == largest[one.item.sample]
        assert unit == 1
        rows, columns = slice(2 * row, 2 * row + 6), slice(2 * column, 2 * column + 6)  # 3 × 3, pooled by 2, 2 × 2
        seen = X[one.item.sample, rows, columns]
        assert one.crop is not None
        np.testing.assert_allclose(pixels(panel, one.crop) / 254, seen, atol=0.5 / 254 + 1e-6)
        assert one.box == (rows.start / 9, columns.start / 8, rows.stop / 9, columns.stop / 8)


def test_a_dense_unit_sees_all_of_a_sample(images):
    assert all(one.crop is None and one.box == () for one in ask(images, "out", 2).payload.top)


def test_bottom_and_typical_samples_are_the_smallest_and_those_about_the_median(images):
    largest = np.stack([images.activations(i)["late"][0, ..., 0].max() for i in range(len(X))])

    found = ask(images, "late", 0).payload

    assert sorted(one.value for one in found.bottom) == pytest.approx(np.sort(largest)[:9].tolist())
    nearest = np.sort(np.abs(largest - np.median(largest)))[:9]
    assert sorted(abs(one.value - np.median(largest)) for one in found.typical) == pytest.approx(
        nearest.tolist(), abs=1e-6
    )


@pytest.mark.parametrize("row", ["bottom", "typical"])
def test_of_the_others_too_the_part_is_shown_that_their_largest_number_depends_on(images, row):
    panel = ask(images, "late", 0)

    for one in getattr(panel.payload, row):
        values = images.activations(one.item.sample)["late"][0, ..., 0]
        assert one.value == pytest.approx(values.max())
        assert values[one.place[:2]] == values.max()
        rows, columns = (slice(2 * at, 2 * at + 6) for at in one.place[:2])
        assert one.crop is not None
        np.testing.assert_allclose(
            pixels(panel, one.crop) / 254, X[one.item.sample, rows, columns], atol=0.5 / 254 + 1e-6
        )


def test_a_slow_model_is_not_run_for_them(images, monkeypatch):
    monkeypatch.setattr(Session, "quick", False)

    payload = ask(images, "late", 0).payload

    assert all(one.crop is not None for one in payload.top)
    assert all(one.crop is None and one.place == () for one in (*payload.typical, *payload.bottom))


def test_classes_are_the_means_over_their_samples_and_the_own_one_is_marked(images):
    means = np.stack([images.activations(i)["conv"][0, ..., 2].mean() for i in range(len(X))])

    panel = ask(images, "conv", 2, sample=4)

    np.testing.assert_allclose(panel.tensors[CLASSES], [means[label == Y].mean() for label in range(3)], rtol=1e-5)
    along = next(figure for figure in panel.payload.figures if figure.name == CLASSES).axes[0]
    assert along.labels[along.chosen] == str(Y[4])


def test_the_bin_of_the_present_sample_is_marked_in_the_histogram(images):
    panel = ask(images, "out", 0, sample=7)
    largest = float(images.activations(7)["out"][0, 0])

    along = next(figure for figure in panel.payload.figures if figure.name == HISTOGRAM).axes[0]

    assert panel.payload.value == largest
    assert abs(along.start + along.chosen * along.step - largest) <= along.step / 2 * 1.001
    assert panel.tensors[HISTOGRAM].sum() == pytest.approx(1)


def test_the_bins_of_the_histogram_end_at_round_numbers_and_hold_all_there_is(images):
    everything = np.stack([images.activations(i)["conv"][0, ..., 1] for i in range(len(X))])

    panel = ask(images, "conv", 1)

    along = next(figure for figure in panel.payload.figures if figure.name == HISTOGRAM).axes[0]
    shares = panel.tensors[HISTOGRAM]
    edges = along.start + (np.arange(len(shares) + 1) - 0.5) * along.step
    mantissa = along.step / 10 ** np.floor(np.log10(along.step) + 1e-9)
    assert np.isclose(mantissa, [1, 2, 5]).any()
    np.testing.assert_allclose(edges / along.step, np.round(edges / along.step), atol=1e-6)
    assert edges[0] <= everything.min() < edges[1]
    assert edges[-2] <= everything.max() <= edges[-1]
    assert len(shares) <= 42
    own = np.histogram(everything, edges)[0] / everything.size
    assert shares.sum() == pytest.approx(1)
    assert np.abs(np.cumsum(shares) - np.cumsum(own)).max() < 0.1  # out of buckets an eighth of their numbers wide


def test_it_stays_within_the_budget_and_says_when_the_weights_changed(images):
    panel = ask(images, "late", 1)
    assert sum(array.nbytes for array in panel.tensors.values()) <= 1_000_000
    assert not panel.payload.stale

    source = FakeSource.golden()
    source.scan_is_stale = True

    assert PANEL.build(source, UnitDataParams(0, "conv", 1)).payload.stale


def test_a_layer_that_was_not_watched_says_so_and_without_a_scan_there_is_nothing():
    source = FakeSource.golden()
    assert not PANEL.build(source, UnitDataParams(0, "mix", 0)).payload.watched

    source.scan = None
    with pytest.raises(InputError, match="no scan"):
        PANEL.build(source, UnitDataParams(0, "conv", 0))


def test_of_a_series_the_stretch_is_told():
    import keras

    layers = [keras.layers.Conv1D(2, 4, activation="relu", name="conv"), keras.layers.GlobalMaxPooling1D(),
              keras.layers.Dense(1)]  # fmt: skip
    session = Session(kerasviz.Probe(keras.Sequential([keras.Input((12, 1)), *layers])), open_samples_of(layers, S))
    session.panel("run_scan", {})

    top = ask(session, "conv", 1).payload.top

    for one in top:
        step = one.place[0]
        assert one.item.form == "line"
        assert one.box == (0, step / 12, 1, (step + 4) / 12)
        assert one.words == f"[{step} … {step + 3}]"
    session.close()


@pytest.mark.parametrize("order", ["selectivity", "sparsity", "dead_first"])
def test_units_are_sorted_by_what_the_scan_found(order):
    source = FakeSource.golden()
    known = source.scan.statistics("conv")
    by = {
        "selectivity": known["selectivity"],
        "sparsity": known["zeros"],
        "dead_first": -np.maximum(abs(known["max"]), abs(known["min"])),
    }

    panel = LAYER.build(source, LayerParams(0, "conv", options={"order": order}))

    assert panel.tensors["order"].tolist() == np.argsort(-by[order], kind="stable").tolist()


def test_orders_over_the_data_are_not_offered_without_a_scan_that_holds():
    source = FakeSource.golden()
    source.scan_is_stale = True

    (control,) = [c for c in LAYER.build(source, LayerParams(0, "conv")).payload.head.controls if c.name == "order"]

    assert "selectivity" not in control.values


def test_class_by_channel_heat_map_has_the_means_of_the_classes():
    source = FakeSource.golden()
    rows = np.concatenate([source.activations(i)["conv"] for i in range(6)]).mean(axis=(1, 2))

    panel = LAYER.build(source, LayerParams(0, "conv", options={"aspect": "classes"}))

    np.testing.assert_allclose(
        panel.tensors["class_means"], [rows[::2].mean(axis=0), rows[1::2].mean(axis=0)], rtol=1e-6
    )
    assert panel.payload.figures[0].axes[0].labels == ("0", "1")
