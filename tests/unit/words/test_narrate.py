"""What is told of models whose answers are known by hand, and that every number told can be had again."""

import pickle

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

import kerasviz as kv
from tests.models import ZOO, seeded
from tests.narratives import check, check_numbers, fact

_OPENED = {}


def opened(name):
    if name not in _OPENED:
        model = ZOO[name].build() if name in ZOO else seeded(OWN[name]())
        _OPENED[name] = kv.Probe(model)
    return _OPENED[name]


def labels():
    return keras.Sequential([keras.Input((7,)), layers.Dense(5, "relu"), layers.Dense(4, "sigmoid")])


def price():
    return keras.Sequential([keras.Input((5,)), layers.Dense(20, "tanh"), layers.Dense(1)])


def matrix():
    flat = [layers.Flatten(), layers.Dense(6, "relu"), layers.Dense(3)]
    return keras.Sequential([keras.Input((9, 8)), *flat])


def words():
    rest = [layers.Embedding(9, 4), layers.GlobalAveragePooling1D(), layers.Dense(1, activation="sigmoid")]
    return keras.Sequential([keras.Input((6,), dtype="int32"), *rest])


OWN = {each.__name__: each for each in (labels, price, matrix, words)}
OWN_INPUTS = {"labels": (7,), "price": (5,), "matrix": (9, 8)}


def sample(name, seed):
    if name in ZOO:
        return ZOO[name].inputs(1, seed)
    rng = np.random.default_rng(seed)
    if name == "words":
        return rng.integers(0, 9, (1, 6)).astype("int32")
    return rng.standard_normal((1, *OWN_INPUTS[name])).astype("float32")


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    st.sampled_from(["sequential_cnn", "dicts", "attention", *OWN]),
    st.integers(0, 10**6),
    st.sampled_from(["en", "zh"]),
    st.sampled_from(["line", "paragraph", "paragraph", "page"]),
    st.sampled_from(["zero", "mean", 0.25]),
)
def test_every_number_is_a_fact_that_its_call_gives_again(name, seed, language, length, baseline):
    probe, x = opened(name), sample(name, seed)
    target = ZOO[name].target if name in ZOO else None

    told = kv.narrate(probe, x, language=language, length=length, target=target, baseline=baseline, seed=seed)

    assert told.language == language
    check(told, probe, x)


@pytest.fixture(scope="module")
def patch():
    """A classifier of 9 × 9 pictures: class 1 by the sum of the patch [1:3, 6:8], class 0 by a constant."""
    kernel = np.zeros((9, 9, 2), "float32")
    kernel[1:3, 6:8, 1] = 2.0
    model = keras.Sequential(
        [keras.Input((9, 9, 1)), layers.Flatten(), layers.Dense(2, name="sums"), layers.Dense(2, "softmax", name="out")]
    )
    model.set_weights([kernel.reshape(81, 2), np.array([3.0, 0.0]), np.eye(2), np.zeros(2)])
    return kv.Probe(model)


def test_what_is_told_of_a_picture_is_what_was_built_into_the_model(patch):
    x = np.ones((9, 9, 1), "float32")
    sure, left = (1 / (1 + np.exp(-margin)) for margin in (8.0 - 3.0, -3.0))

    told = kv.narrate(patch, x, class_names=["nothing", "patch"])

    assert told.startswith("The model says patch, with 99.3 %; the runner-up is nothing with 0.7 %.")
    assert "lies in the upper right, in a box that covers" in told
    assert "With this box set to zero, the answer stays patch, but falls from 99.3 % to 73.1 %." in told
    assert "Of the 2 units of layer sums, only unit 1 makes patch fall" in told
    assert fact(told, "probability").value == pytest.approx(sure, rel=1e-5)
    assert fact(told, "share_of_the_evidence").value == pytest.approx(0.5)  # two of four equal pixels
    assert fact(told, "left_without_it").value == pytest.approx(1 / (1 + np.exp(-(4.0 - 3.0))), rel=1e-5)
    assert fact(told, "left_without_unit_1").value == pytest.approx(left, rel=1e-5)


def test_a_line_and_a_page_tell_the_same_sample(patch):
    x = np.ones((9, 9, 1), "float32")

    line = kv.narrate(patch, x, length="line", language="zh")
    page = kv.narrate(patch, x, length="page", language="zh")

    assert line == "1（99.3%），其次0（0.7%）；去掉右上部：仍是1（73.1%）。"
    assert [each for each in page.splitlines() if each.startswith("## ")] == [
        "## 答案", "## 证据在哪里", "## 去掉之后", "## 要紧的单元", "## 可信程度", "## 测量方法",
    ]  # fmt: skip
    assert "98.7个百分点" in page
    assert pickle.loads(pickle.dumps(page)).facts == page.facts


def test_a_value_names_what_raises_and_what_lowers_it():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.set_weights([np.array([[2.0], [-1.0], [0.5]]), np.array([1.0])])

    told = kv.narrate(model, np.array([3.0, 4.0, 1.0]), feature_names=["rooms", "age", "floor"])

    assert told.startswith("The model gives 3.5. ")
    assert "what raises the value most is rooms, with 92.3 % of all that raises it." in told
    assert "What lowers it most is age, with 100.0 % of all that lowers it." in told
    assert "With the feature that carries the evidence set to zero, the value falls from 3.5 to −2.5." in told


def test_a_given_target_is_told_apart_from_the_answer(patch):
    told = kv.narrate(patch, np.ones((9, 9, 1), "float32"), target=0)

    assert "Asked about here is 0: the model gives it 0.7 %." in told
    assert "nothing in the input speaks for 0." in told
    check(told, patch, np.ones((9, 9, 1), "float32"))


def test_among_equal_classes_the_one_that_predict_names_is_meant(patch, monkeypatch):
    x = np.ones((9, 9, 1), "float32")
    tied = np.array([[0.5, 0.5]], "float32")  # while the question that attributions are about finds class 1
    monkeypatch.setattr(patch, "predict", lambda _: tied)

    told = kv.narrate(patch, x, length="line")

    assert told.startswith("0 (50.0 %), then 1 (50.0 %)")
    assert fact(told, "predicted_class").value == 0


def test_words_of_a_vocabulary_are_quoted():
    probe, x = opened("words"), sample("words", 3)
    vocabulary = [f"w{i}" for i in range(9)]

    told = kv.narrate(probe, x, words=vocabulary)

    place = fact(told, "strongest_token_1")
    assert place.text == f"“{vocabulary[x[0, place.value]]}”"
    check_numbers(told)


def test_an_answer_that_is_no_number_is_said_to_be_none():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, activation="softmax")])
    model.set_weights([np.full((3, 2), np.nan), np.zeros(2)])

    told = kv.narrate(model, np.ones(3), length="line")

    assert told.startswith("The model's answer is no number: 2 of 2 outputs")
    check_numbers(told)


def test_functions_and_units_as_targets_keep_their_names_in_the_calls():
    probe, x = opened("sequential_cnn"), sample("sequential_cnn", 1)
    for target in (lambda outputs: outputs[:, 0] * 3, kv.unit("conv", (..., 2))):
        told = kv.narrate(probe, x, target=target)

        assert told.startswith("The score asked for is ")
        check(told, probe, x, target=target)


def test_where_no_gradient_gets_through_the_parts_are_taken_away_one_by_one():
    model = keras.Sequential(
        [keras.Input((4,)), layers.Lambda(keras.ops.round), layers.Dense(1, kernel_initializer="ones")]
    )

    told = kv.narrate(model, np.array([0.2, 5.0, 0.1, 1.0]))

    assert "By feature ablation, what raises the value most is feature 1" in told
    assert fact(told, "method").value == "feature-ablation"


def test_progress_is_told_and_may_stop(patch):
    seen = []

    kv.narrate(patch, np.ones((9, 9, 1)), progress=lambda done, total: seen.append((done, total)))

    assert [each for each in seen if each[1]] == [(1, 4), (2, 4), (3, 4)]
    with pytest.raises(InterruptedError):
        kv.narrate(patch, np.ones((9, 9, 1)), progress=_stop)


def _stop(done, total):
    raise InterruptedError


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"language": "de"}, "Language 'de' does not exist"),
        ({"length": "novel"}, "The length 'novel' does not exist"),
        ({"method": "grad-cam"}, "for or against the answer was expected"),
        ({"input_kind": "images"}, "Nearest: 'image'"),
        ({"target": 7}, "out of range"),
    ],
)
def test_what_cannot_be_told_is_said(patch, options, told):
    with pytest.raises(kv.KerasvizError, match=told):
        kv.narrate(patch, np.ones((9, 9, 1)), **options)


def test_one_sample_at_a_time(patch):
    with pytest.raises(kv.InputError, match="one was expected"):
        kv.narrate(patch, np.ones((2, 9, 9, 1)))
