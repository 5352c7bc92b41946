"""The numbers in the figures are the model's; how they look is for people to see."""

import keras
import matplotlib as mpl
import numpy as np
import pytest
from keras import layers
from matplotlib.patches import Rectangle

import kerasviz as kv
from kerasviz.plot.judged import class_scores, judged
from kerasviz.plot.network_figure import boxes_of
from kerasviz.plot.surrogate import features_of, surrogate
from tests.models import ZOO


def texts(figure):
    found = figure.findobj(mpl.text.Text)
    return [text.get_text() for text in found if text.get_text()]


@pytest.fixture(scope="module")
def image_model():
    return ZOO["sequential_cnn"].build(), ZOO["sequential_cnn"].inputs()


@pytest.fixture(scope="module")
def table():
    """A classifier of two features, of which only the second counts, and what it answers."""
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, activation="softmax")], name="table")
    model.set_weights([np.array([[0, 0, 0], [-9, 0, 9]], "float32"), np.array([0, 2, 0], "float32")])
    x = np.random.default_rng(0).uniform(-1, 1, (200, 2)).astype("float32")
    answers = keras.ops.convert_to_numpy(model(x)).argmax(axis=1)
    true = np.where(np.arange(200) % 4 == 0, (answers + 1) % 3, answers)
    return model, x, answers, true


def test_maps_are_the_layer_s_own_numbers_on_one_scale(image_model):
    model, x = image_model
    expected = kv.Probe(model).activations(x)["conv"][1]

    figure = kv.plot.maps(model, x, "conv", sample=1)
    images = [image for axes in figure.axes for image in axes.images]

    assert len(images) == 4
    for unit, image in enumerate(images):
        np.testing.assert_array_equal(image.get_array(), expected[..., unit])
        assert image.norm.vmin == expected.min() == 0
        assert image.norm.vmax == expected.max()


def test_many_maps_show_the_strongest_and_say_so():
    model = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(80, 3, name="conv")])
    x = np.random.default_rng(0).random((1, 6, 6, 1), "float32")
    strongest = np.abs(kv.Probe(model).activations(x)["conv"][0]).max(axis=(0, 1))

    figure = kv.plot.maps(model, x, "conv", max_maps=16)
    shown = [int(axes.get_title(loc="left")) for axes in figure.axes if axes.images]

    assert shown == sorted(np.argsort(-strongest, kind="stable")[:16].tolist())
    assert "the 16 with the strongest value of 80 channels, 4 × 4" in texts(figure)


def test_signed_maps_are_symmetric_around_0_and_blue_is_positive(image_model):
    model, x = image_model
    values = kv.Probe(model).activations(x)["dense"][0]
    bars = kv.plot.maps(model, x, "dense").axes[0].patches
    series = ZOO["recurrent"].build()
    inputs = ZOO["recurrent"].inputs()
    matrix = kv.Probe(series).activations(inputs)["second"][0]

    image = kv.plot.maps(series, inputs, "second").axes[0].images[0]

    np.testing.assert_allclose([bar.get_height() for bar in bars], values)
    np.testing.assert_array_equal(image.get_array(), matrix.T)
    assert image.norm.vmin == -image.norm.vmax == -np.abs(matrix).max()
    assert image.cmap(1.0)[2] > image.cmap(1.0)[0]


def test_the_waterfall_ends_at_what_the_model_computed(image_model):
    model, x = image_model
    found = kv.arithmetic(model, x[:1], "conv", (2, 2, 1))

    figure = kv.plot.arithmetic(model, x[:1], "conv", (2, 2, 1), max_terms=4)
    bars = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    widths = [bar.get_width() for bar in bars]

    np.testing.assert_allclose(widths[:4], found.terms.products[:4])
    np.testing.assert_allclose(widths[4], found.terms.products[4:].sum())
    np.testing.assert_allclose(sum(widths[:6]), widths[6], atol=1e-12)
    assert widths[6] == found.total
    assert "5 more terms" in texts(figure)


def test_an_attribution_is_drawn_beside_its_input(image_model):
    model, x = image_model
    found = kv.attribute(model, x, "integrated-gradients")

    figure = kv.plot.attribution(found, sample=2)
    images = [axes.images for axes in figure.findobj(mpl.axes.Axes) if axes.images]

    np.testing.assert_allclose(images[1][0].get_array(), found.values[2].sum(axis=-1))
    assert [len(each) for each in images[:3]] == [1, 1, 2]
    assert any(f"δ = {found.delta[2]:.3g}".replace("-", "−") in text for text in texts(figure))


def test_a_table_s_attribution_has_a_bar_for_each_name(table):
    model, x, _, _ = table
    found = kv.attribute(model, x[:1], "gradient-x-input")

    figure = kv.plot.attribution(found, x[:1], feature_names=["height", "weight"])
    (axes,) = [axes for axes in figure.findobj(mpl.axes.Axes) if axes.patches]
    order = np.argsort(-np.abs(found.values[0]), kind="stable")

    np.testing.assert_allclose([bar.get_width() for bar in axes.patches], found.values[0][order])
    assert axes.get_yticklabels()[0].get_text().startswith("weight = ")


def test_the_network_has_every_layer_below_what_feeds_it():
    for name in ("branches", "nested", "several_outputs", "shared"):
        probe = kv.Probe(ZOO[name].build())
        boxes = {box.path: box for box in boxes_of(probe.layers)}

        assert {info.path for info in probe.layers if not info.is_container and not info.output_index} <= set(boxes)
        assert all(box.row > boxes[source].row for box in boxes.values() for source in box.inputs)
        kv.plot.network(probe)


def test_the_board_counts_as_numpy_does(table):
    model, x, answers, true = table
    figure = kv.plot.board(model, x, true, history={"loss": [2.0, 1.0]}, class_names=["a", "b", "c"])
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    recall = [np.mean(answers[true == k] == k) for k in range(3)]
    precision = [np.mean(true[answers == k] == k) for k in range(3)]

    widths = [bar.get_width() for bar in panels["Performance per class"].patches]

    np.testing.assert_allclose(widths, [*recall, *precision])
    np.testing.assert_array_equal(panels["Training: loss"].lines[0].get_ydata(), [2.0, 1.0])
    assert f"table: accuracy {np.mean(answers == true):.1%} on 200 samples" in texts(figure)
    assert "9" in texts(figure)


def test_labels_may_be_names_or_one_hot_rows(table):
    model, x, answers, true = table
    probe, names = kv.Probe(model), ["a", "b", "c"]
    plain = class_scores(judged(probe, x, true, names))

    for labels in (np.eye(3)[true], np.array(names)[true], true[:, None]):
        found = judged(probe, x, labels, names)
        np.testing.assert_array_equal(found.predicted, answers)
        np.testing.assert_array_equal(class_scores(found).recall, plain.recall)
    with pytest.raises(kv.InputError, match="The label 'z' is none of the classes"):
        judged(probe, x, np.array(["z"] * 200), names)


def test_the_tree_finds_the_feature_that_counts_and_states_its_fidelity(table):
    from sklearn.tree import DecisionTreeClassifier

    model, x, answers, true = table
    found = judged(kv.Probe(model), x, true, None)
    tree = surrogate(*features_of(x, ["useless", "decisive"]), found, max_depth=2)
    order = np.random.default_rng(0).permutation(200)
    reference = DecisionTreeClassifier(max_depth=2, min_samples_leaf=1, random_state=0)
    reference.fit(x[order[60:]].astype(float), answers[order[60:]])

    figure = kv.plot.tree(model, x, true, feature_names=["useless", "decisive"], max_depth=2)

    assert tree.root.feature == "decisive"
    assert tree.held_out == np.mean(reference.predict(x[order[:60]]) == answers[order[:60]])
    left = x[:, 1] <= tree.root.threshold
    low = tree.root.below[0]
    assert (low.count, low.score) == (left.sum(), np.mean(answers[left] == true[left]))
    assert any(f"{tree.held_out:.1%} of 60 it had not seen" in " ".join(text.split()) for text in texts(figure))


def test_regression_has_r_squared_in_the_tree_and_on_the_board():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)], name="line")
    model.set_weights([np.array([[1.0], [3.0]], "float32"), np.array([0.5], "float32")])
    x = np.random.default_rng(1).normal(size=(100, 2)).astype("float32")
    answers = x @ [1.0, 3.0] + 0.5
    y = answers + np.random.default_rng(2).normal(size=100)
    r2 = 1 - np.sum((y - answers) ** 2) / np.sum((y - y.mean()) ** 2)

    board, tree = kv.plot.board(model, x, y), kv.plot.tree(model, x, y)

    assert f"line: R² {r2:.3f} on 100 samples" in texts(board)
    assert any(f"R² {r2:.3f}." in " ".join(text.split()) for text in texts(tree))


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_figures_are_written_and_the_user_s_settings_stay(image_model, tmp_path, ending):
    before = dict(mpl.rcParams)
    path = tmp_path / f"map.{ending}"

    kv.plot.maps(*image_model, "conv", path=path)

    assert path.stat().st_size > 1000
    assert dict(mpl.rcParams) == before
    with pytest.raises(kv.InputError, match="PNG, SVG or PDF"):
        kv.plot.maps(*image_model, "conv", path=tmp_path / "map.docx")


def test_the_widget_gives_pictures_of_what_it_shows(image_model):
    model, x = image_model
    w = kv.ExplainerWidget(model, x)
    w.sample, w.layer, w.unit, w.method = 1, "conv", (2, 2, 1), "saliency"

    shown = [image for axes in w.picture().axes for image in axes.images]
    total = w.picture("arithmetic")
    evidence = w.picture("attribution")

    np.testing.assert_array_equal(shown[2].get_array(), w.activations["conv"][0][..., 2])
    assert any(text.startswith("conv[2, 2, 1] = ") for text in texts(total))
    assert any(text.startswith("saliency: why") for text in texts(evidence))
    with pytest.raises(kv.UnknownNameError, match="attribution"):
        w.picture("atribution")
    w.close()


def test_a_figure_shows_itself_in_a_notebook(image_model):
    figure = kv.plot.network(image_model[0])

    picture, size = figure._repr_png_()

    assert picture.startswith(b"\x89PNG")
    assert size["width"] == pytest.approx(figure.get_figwidth() * 96)
