"""Attributions as pictures: the numbers are kerasviz.attribute's, put together as it is said."""

import re

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.attribution import METHODS
from kerasviz.attribution.chinese import LABELS, WORDS
from kerasviz.attribution.chinese_reasons import REASONS, in_chinese
from kerasviz.attribution.lrp import no_rule
from kerasviz.attribution.spatial import resize_matrix
from kerasviz.data.opening import open_samples
from kerasviz.views.evidence import reduced
from kerasviz.views.methods import control_of, words_of
from kerasviz.widget.session import Session

layers = keras.layers
RNG = np.random.default_rng(3)


def opened(model, inputs, **options):
    return Session(kv.Probe(model), open_samples(model, inputs, **options))


@pytest.fixture(scope="module")
def colour():
    keras.utils.set_random_seed(0)
    conv = layers.Conv2D(5, 3, activation="relu", name="conv")
    model = keras.Sequential([keras.Input((8, 10, 3)), conv, layers.Flatten(), layers.Dense(4, activation="softmax")])
    session = opened(model, RNG.random((4, 8, 10, 3), np.float32))
    yield session
    session.close()


@pytest.mark.parametrize(
    ("channels", "put_together"),
    [
        ("sum", lambda v: v.sum(axis=-1)),
        ("max-abs", lambda v: np.abs(v).max(axis=-1)),
        ("mean-abs", lambda v: np.abs(v).mean(axis=-1)),
    ],
)
def test_an_image_shows_the_values_of_attribute_with_its_channels_put_together(colour, channels, put_together):
    panel = colour.panel("attribution", {"sample": 2, "method": "saliency", "target": 1, "channels": channels})

    expected = kv.attribute(colour.probe, colour.samples.model_input(2), "saliency", 1)
    (shown,) = panel.payload.pictures
    np.testing.assert_allclose(panel.tensors["values0"], put_together(expected.values[0]), rtol=1e-5, atol=1e-7)
    assert panel.tensors["input0"].shape == (8, 10, 3)
    assert (shown.form, shown.over, shown.axes) == ("image", "input", ("height", "width", "channel"))
    assert shown.domain.signed == (channels == "sum")
    assert (shown.low, shown.high) == (float(expected.values.min()), float(expected.values.max()))
    assert panel.payload.value == pytest.approx(float(expected.scores[0]))


def test_delta_and_the_scores_are_said(colour):
    payload = colour.panel("attribution", {"sample": 1, "method": "integrated-gradients"}).payload

    expected = kv.attribute(colour.probe, colour.samples.model_input(1), "integrated-gradients")
    total = expected.values.sum(dtype=np.float64)
    assert payload.delta == pytest.approx(total - (payload.value - payload.baseline_value), abs=1e-5)
    assert (payload.baseline, payload.total, payload.counted) == ("zero", 50, "num_steps")
    assert payload.score == expected.score


def test_a_map_of_a_layer_is_stretched_linearly_over_the_image(colour):
    panel = colour.panel("attribution", {"sample": 0, "method": "grad-cam"})

    cam = kv.attribute(colour.probe, colour.samples.model_input(0), "grad-cam").values[0]
    rows, columns = resize_matrix(6, 8), resize_matrix(8, 10)
    np.testing.assert_allclose(panel.tensors["values0"], rows @ cam @ columns.T, rtol=1e-5, atol=1e-6)
    assert panel.payload.layer == "conv"
    assert panel.payload.pictures[0].stretched == (6, 8)
    assert panel.payload.pictures[0].shape == (6, 8)


def test_a_table_has_its_names_and_numbers():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    x = RNG.random((5, 3), np.float32)
    session = opened(model, x)
    session.samples.feature_names = ("age", "height", "weight")

    panel = session.panel("attribution", {"sample": 1, "method": "gradient-x-input"})

    np.testing.assert_allclose(panel.tensors["values0"], x[1] * model.layers[-1].get_weights()[0][:, 0], rtol=1e-5)
    np.testing.assert_array_equal(panel.tensors["input0"], x[1])
    assert panel.payload.pictures[0].labels == ("age", "height", "weight")
    assert panel.payload.pictures[0].form == "bars"
    session.close()


def test_a_series_has_its_curves():
    model = keras.Sequential([keras.Input((12, 2)), layers.LSTM(3), layers.Dense(1)])
    x = RNG.random((3, 12, 2), np.float32)
    session = opened(model, x)

    panel = session.panel("attribution", {"sample": 1, "method": "saliency"})

    expected = kv.attribute(session.probe, x[1:2], "saliency").values[0]
    np.testing.assert_allclose(panel.tensors["values0"], expected.sum(axis=-1), rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(panel.tensors["input0"], x[1].T)
    assert panel.payload.pictures[0].form == "series"
    session.close()


def test_tokens_are_words_where_preprocess_knows_them():
    model = keras.Sequential(
        [keras.Input((4,), dtype="int32"), layers.Embedding(6, 3), layers.Flatten(), layers.Dense(1)]
    )
    numbers = {"": 0, "the": 1, "cat": 2, "sat": 3, "mat": 4, "on": 5}

    class Vocabulary:
        def __call__(self, texts):
            return np.array([[numbers[word] for word in str(text).split()] for text in texts], np.int32)

        def get_vocabulary(self):
            return list(numbers)

    session = opened(model, np.array(["the cat sat on", "on the cat mat"]), preprocess=Vocabulary())

    panel = session.panel("attribution", {"sample": 1, "method": "saliency"})

    (shown,) = panel.payload.pictures
    assert (shown.form, shown.labels) == ("tokens", ("on", "the", "cat", "mat"))
    assert panel.tensors["values0"].shape == (4,)
    assert "embedding" in panel.payload.layer
    session.close()


def test_several_inputs_have_a_picture_each():
    a, b = keras.Input((6, 6, 1), name="photo"), keras.Input((2,), name="facts")
    joined = layers.Concatenate()([layers.Flatten()(a), b])
    model = keras.Model([a, b], layers.Dense(2)(joined))
    session = opened(model, [RNG.random((3, 6, 6, 1), np.float32), RNG.random((3, 2), np.float32)])

    panel = session.panel("attribution", {"sample": 0, "method": "gradient-x-input", "target": 1})

    expected = kv.attribute(session.probe, session.samples.model_input(0), "gradient-x-input", 1).values
    assert [(each.name, each.form) for each in panel.payload.pictures] == [
        ("input:photo", "image"),
        ("input:facts", "bars"),
    ]
    np.testing.assert_allclose(panel.tensors["values0"], expected["input:photo"][0, :, :, 0])
    np.testing.assert_allclose(panel.tensors["values1"], expected["input:facts"][0])
    session.close()


def test_the_checks_are_those_of_evaluate(colour):
    panel = colour.panel("evaluation", {"sample": 1, "method": "gradient-x-input"})

    x = colour.samples.model_input(1)
    expected = kv.evaluate(kv.attribute(colour.probe, x, "gradient-x-input"), colour.probe)
    facts = {fact.name: fact for fact in panel.payload.facts}
    curves = [expected.curves.deletion[0], expected.curves.insertion[0], expected.curves.random[0]]
    np.testing.assert_allclose(panel.tensors["deletion and insertion"], curves, atol=1e-6)
    np.testing.assert_allclose(panel.tensors["randomised weights"][0], expected.weights.rank_correlation[0], atol=1e-5)
    better = bool(expected.curves.deletion_area[0] < expected.curves.random_area[0])
    assert facts["deletion_area"].good == better
    assert float(facts["insertion_area"].value) == pytest.approx(float(expected.curves.insertion_area[0]), rel=1e-3)
    assert panel.payload.notes == expected.notes


def test_of_a_large_image_the_strongest_cells_are_sent_and_it_is_said():
    model = keras.Sequential([keras.Input((600, 700, 3)), layers.GlobalAveragePooling2D(), layers.Dense(2)])
    session = opened(model, RNG.random((1, 600, 700, 3), np.float32))

    panel = session.panel("attribution", {"sample": 0, "method": "gradient-x-input", "target": 0})

    assert panel.payload.pictures[0].pooled == 4
    assert panel.tensors["values0"].shape == (300, 350)
    assert sum(array.nbytes for array in panel.tensors.values()) <= 1_000_000
    session.close()


@pytest.mark.parametrize("channels", ["sum", "max-abs", "mean-abs"])
def test_one_number_for_each_place_keeps_its_sign(channels):
    values = np.array([[1.0], [-2.0]])

    np.testing.assert_array_equal(reduced(values, (1,), channels), [1, -2])
    np.testing.assert_array_equal(reduced(values, (), channels), values)


@pytest.mark.parametrize("name", METHODS.names())
def test_every_method_says_what_it_shows_and_when_not_to_trust_it(name):
    words = words_of(METHODS.get(name))

    assert len(words.shows) > 30
    assert len(words.trust) > 30
    assert "http" not in words.trust
    assert not words.link or words.link[-1] not in ".,;:"
    assert bool(words.link) == bool(words.paper)


@pytest.mark.parametrize("name", METHODS.names())
def test_a_method_speaks_chinese_too(name):
    method = METHODS.get(name)
    english, chinese = words_of(method), words_of(method, "zh")

    assert (chinese.paper, chinese.link) == (english.paper, english.link)
    for text in (chinese.shows, chinese.trust):
        assert re.search(r"[\u4e00-\u9fff]{4}", text)
    for option in method.options():
        label = control_of(option, "zh").label
        assert re.search(r"[\u4e00-\u9fff]", label) or label in "εγ"


def test_the_chinese_names_nothing_that_is_not_there():
    labels = {option.label for name in METHODS.names() for option in METHODS.get(name).options()}

    assert set(WORDS) <= set(METHODS.names())
    assert set(LABELS) <= labels


def token_model():
    tokens = keras.Input((5,), dtype="int32")
    return keras.Model(tokens, layers.Dense(2)(layers.Flatten()(layers.Embedding(9, 3, name="embedding")(tokens))))


ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")


@pytest.mark.parametrize("kind", ["table", "image", "tokens"])
def test_why_a_method_does_not_fit_is_chinese_where_the_rest_is(kind):
    table = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, activation="gelu"), layers.Dense(2, activation="tanh")]
    )
    image = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Conv2D(2, 2, activation="softplus", name="conv"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    model, given = {
        "table": (table, RNG.random((2, 4), np.float32)),
        "image": (image, RNG.random((2, 4, 4, 1), np.float32)),
        "tokens": (token_model(), RNG.integers(0, 9, (2, 5), np.int32)),
    }[kind]
    session = opened(model, given)
    for layer in ("", "no layer"):
        params = {"sample": 0, "layer": layer, "target": 1}
        english, chinese = (
            session.panel("methods", params | {"language": language}).payload.methods for language in ("en", "zh")
        )
        assert sum(bool(each.refused) for each in english) >= 3
        for before, after in zip(english, chinese, strict=True):
            assert bool(before.refused) == bool(after.refused)
            assert not ENGLISH.search(after.refused), after.refused
            assert set(re.findall(r"'[\w-]+'", before.refused)) == set(re.findall(r"'[\w-]+'", after.refused))
    note = session.panel("attribution", {"sample": 0, "method": "vargrad", "target": 1, "language": "zh"}).payload.note
    assert not ENGLISH.search(note)
    assert ("整数" in note) == (kind == "tokens")


def test_the_chinese_reasons_have_the_gaps_of_the_english_and_other_sentences_stay():
    for english, chinese in REASONS.items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese))
    assert "和另外 4 层没有规则 'gamma'" in in_chinese(
        no_rule("lrp", [f"'layer_{i}'" for i in range(7)], "gamma") or ""
    )
    assert in_chinese("Something else. Use 'lrp'.") == "Something else. 请使用 'lrp'。"


def test_a_volume_is_looked_at_slice_by_slice_on_one_scale():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3, 4, 5, 1)), layers.Conv3D(2, 2), layers.Flatten(), layers.Dense(2)])
    given = RNG.random((1, 3, 4, 5, 1), np.float32)
    session = opened(model, given)
    values = kv.attribute(model, given, "gradient-x-input", 0).values[0, ..., 0]

    def shown(**params):
        asked = {"sample": 0, "method": "gradient-x-input", "target": 0, **params}
        panel = session.panel("attribution", asked)
        return panel.payload.pictures[0], panel.tensors

    strongest = int(np.abs(values).sum(axis=(1, 2)).argmax())
    for index, place in (([], strongest), ([0], 0), ([2], 2), ([9], strongest)):
        picture, tensors = shown(index=index)
        assert (picture.index, picture.lengths, picture.over, picture.several) == ((place,), (3,), "input", False)
        assert picture.domain.high == pytest.approx(np.abs(values).max(), rel=1e-5)
        np.testing.assert_allclose(tensors["values0"], values[place], atol=1e-6)
        np.testing.assert_allclose(tensors["input0"][..., 0] / 254, given[0, place, ..., 0], atol=1 / 254)
    session.close()
