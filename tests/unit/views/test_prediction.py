"""What the model says, in honest words."""

import numpy as np
import pytest

from kerasviz.views.prediction import MAX_SCORES, PANEL, PredictionParams
from tests.fakes import FakeLayer


@pytest.fixture
def said(source):
    """said(outputs, …): the payload for these outputs."""

    def make(outputs, activation="", names=(), label=None):
        nested = isinstance(outputs, dict) or (isinstance(outputs[0], np.ndarray) and outputs[0].dtype == object)
        source.out = outputs if nested else np.asarray(outputs, np.float32)
        source.final_activation = activation
        source.samples.class_names = names
        source.samples.labels = {0: label}
        return PANEL.build(source, PredictionParams(0)).payload

    return make


def test_softmax_is_probabilities_strongest_first(said):
    payload = said([[0.2, 0.7, 0.1]], "softmax", ("cat", "dog", "owl"), 1)

    assert payload.quantity == "probability"
    assert [(score.index, score.name) for score in payload.scores] == [(1, "dog"), (0, "cat"), (2, "owl")]
    assert payload.correct is True
    assert payload.total == 3


@pytest.mark.parametrize(
    ("outputs", "activation", "names", "label", "quantity"),
    [
        ([[0.2, 0.7, 0.1]], "", (), None, "probability"),
        ([[3.0, -1.0]], "linear", (), 1, "logit"),
        ([[3.0, -1.0]], "linear", ("a", "b"), None, "logit"),
        ([[3.0, -1.0]], "linear", (), None, "value"),
        ([[3.0, -1.0]], "linear", (), 2.5, "value"),
        ([[3.0, 1.0]], "relu", ("a", "b"), 0, "value"),
        ([[0.9, 0.8]], "sigmoid", (), None, "probability"),
        ([[0.4]], "linear", (), 1, "value"),
        ([[0.4]], "linear", ("no", "yes"), None, "logit"),
    ],
)
def test_quantity_is_no_more_than_is_known(said, outputs, activation, names, label, quantity):  # noqa: PLR0917
    assert said(outputs, activation, names, label).quantity == quantity


def test_single_sigmoid_is_shown_as_its_two_sides(said):
    payload = said([[0.25]], "sigmoid", ("no", "yes"), 0)

    assert [(s.index, s.name, s.value) for s in payload.scores] == [(0, "no", 0.75), (1, "yes", 0.25)]
    assert payload.correct is True


@pytest.mark.parametrize(("label", "correct"), [(1, True), (0, False), (1.0, True), (0.5, None), ("1", True), ("0", False), ("?", None), (None, None)])  # fmt: skip
def test_label_is_compared_with_the_strongest_class(said, label, correct):
    assert said([[0.1, 0.9]], "softmax", (), label).correct is correct


def test_several_labels_are_compared_with_all_that_are_likely(said):
    assert said([[0.9, 0.2, 0.8]], "sigmoid", (), (0, 2)).correct is True
    assert said([[0.9, 0.2, 0.1]], "sigmoid", (), (0, 2)).correct is False


def test_regression_is_a_value_that_is_neither_right_nor_wrong(said):
    payload = said([[2.5]], "linear", (), 3.0)

    assert (payload.quantity, payload.scores[0].value, payload.correct, payload.label) == ("value", 2.5, None, "3.0")


def test_nan_is_no_number_and_comes_last(said):
    payload = said([[np.nan, 0.5, np.inf]], "softmax", (), 0)

    assert [score.index for score in payload.scores] == [1, 0, 2]
    assert [score.value for score in payload.scores] == [0.5, None, None]


def test_output_of_nothing_but_nan_is_not_called_wrong(said):
    assert said([[np.nan, np.nan]], "softmax", (), 0).correct is None


def test_only_the_largest_of_many_are_sent(said):
    payload = said(np.arange(1000, dtype=np.float32)[None])

    assert payload.total == 1000
    assert [score.index for score in payload.scores] == list(range(999, 999 - MAX_SCORES, -1))


def test_several_outputs_are_named_by_where_they_are(said):
    payload = said({"a": np.array([[1.0, 5.0]]), "b": np.array([[3.0]])})

    assert [(s.index, s.name) for s in payload.scores] == [(1, "a: 1"), (2, "b: 0"), (0, "a: 0")]
    assert (payload.quantity, payload.total) == ("value", 3)


def test_output_with_more_axes_names_its_cells(said):
    outputs = np.zeros((1, 2, 3, 4), np.float32)
    outputs[0, 1, 2, 3] = 7

    payload = said(outputs)

    assert payload.scores[0].name == "1, 2, 3"
    assert payload.total == 24


def test_text_output_has_no_scores(said):
    assert said([np.array([["word"]], object)]).scores == ()


@pytest.mark.parametrize(
    ("picture", "low", "high", "first"),
    [
        (np.full((4, 4, 1), 128, np.uint8), 0, 255, 127),
        (np.full((4, 4, 3), 0.5, np.float32), 0, 1, 127),
        (np.full((4, 4, 1), 16, np.uint8), 16, 16, 0),
        (np.full((4, 4, 1), 51, np.float32), 0, 255, 51),
        (np.array([-1, 1] * 8, np.float32).reshape(4, 4, 1), -1, 1, 0),
    ],
)
def test_picture_keeps_its_brightness(source, picture, low, high, first):
    source.out, source.samples.pictures = np.zeros((1, 2)), {0: picture}

    panel = PANEL.build(source, PredictionParams(0))

    assert (panel.payload.input_domain.low, panel.payload.input_domain.high) == (low, high)
    assert panel.tensors["input"].shape == picture.shape
    assert panel.tensors["input"].flat[0] == first


def test_large_picture_is_averaged_down(source):
    source.out, source.samples.pictures = np.zeros((1, 2)), {0: np.zeros((1500, 1100, 3), np.uint8)}

    assert PANEL.build(source, PredictionParams(0)).tensors["input"].nbytes <= 1_000_000


def test_a_sample_of_tokens_or_text_is_written_out(source):
    source.out = np.zeros((1, 2))
    source.layers = (FakeLayer("words", "Embedding", (None, 5, 2), ("batch", "time", "unit"), inputs=("input",)),)
    source.samples.words, source.samples.pictures = ("", "so", "what"), {}
    source.samples.raws = {0: np.array([2, 1, 0]), 1: np.array(["said aloud"], object), 2: np.ones((4, 4))}

    told = [PANEL.build(source, PredictionParams(i)).payload.text for i in range(3)]

    assert told == ["what so ∅", "said aloud", ""]


def test_several_outputs_are_called_as_the_model_calls_them(source):
    source.out = [np.float32([[0.2, 0.8]]), np.float32([[3.5]])]
    assert [score.name for score in PANEL.build(source, PredictionParams(0)).payload.scores] == ["1: 0", "0: 1", "0: 0"]
    source.output_names = ("kind", "age")
    scores = PANEL.build(source, PredictionParams(0)).payload.scores
    assert [(score.name, score.value) for score in scores] == [("age: 0", 3.5), ("kind: 1", np.float32(0.8)), ("kind: 0", np.float32(0.2))]  # fmt: skip
