"""Lists of samples, their small pictures, and what can be chosen."""

import numpy as np
import pytest

from kerasviz.errors import InputError, KerasvizError, UnknownNameError
from kerasviz.views.choices import PANEL as CHOICES
from kerasviz.views.choices import ChoicesParams, LabelCount
from kerasviz.views.listing import PANEL as LISTING
from kerasviz.views.listing import ListingParams
from kerasviz.views.prediction import PANEL as PREDICTION
from kerasviz.views.prediction import PredictionParams
from kerasviz.views.reduce import MAX_BYTES
from kerasviz.views.thumbnails import MOST, ThumbnailsParams
from kerasviz.views.thumbnails import PANEL as THUMBNAILS
from kerasviz.views.verdict import NO_VERDICT, verdict_of
from kerasviz.views.verdicts import PANEL as VERDICTS
from kerasviz.views.verdicts import VerdictsParams
from tests.fakes import FakeLayer


@pytest.fixture
def judged(source):
    """Six samples; the model says class `sample % 3`, less and less surely."""
    source.final_activation = "softmax"
    source.samples.labels = {0: 0, 1: 2, 2: 2, 3: 1, 4: 0}
    return source


def listed(source, by, label=""):
    return LISTING.build(source, ListingParams(by, label)).tensors["samples"].tolist()


@pytest.mark.parametrize(
    ("outputs", "activation", "label", "expected"),
    [
        ([[0.125, 0.75, 0.125]], "softmax", 1, (1, 0.625, True)),
        ([[0.25]], "sigmoid", 1, (0, 0.5, False)),
        ([[3.0, -1.0]], "linear", 0, (0, 4.0, True)),
        ([[0.5, 0.5]], "softmax", None, (0, 0.0, None)),
        ([[np.nan, 0.5, 0.25]], "softmax", 1, (1, 0.25, True)),
        ([[0.75, 0.0, 0.625]], "sigmoid", (0, 2), (0, 0.125, True)),
        ([[0.75, 0.0, 0.625]], "sigmoid", (0,), (0, 0.125, False)),
    ],
)
def test_verdict_is_the_strongest_class_and_its_lead(outputs, activation, label, expected):
    verdict = verdict_of(np.array(outputs, np.float32), activation, (), label)

    assert (verdict.predicted, verdict.margin, verdict.correct) == expected


@pytest.mark.parametrize(
    ("outputs", "label"),
    [(np.float32([[0.5]]), 0.5), (np.float32([[2.0, 1.0]]), 1.5), ({"a": np.ones((1, 2)), "b": np.ones((1, 2))}, 1),
     (np.ones((1, 2, 3)), 1), (np.full((1, 3), np.nan, np.float32), 1), (np.array([["x"]], object), 1)],
)  # fmt: skip
def test_outputs_that_are_no_classes_have_no_verdict(outputs, label):
    assert verdict_of(outputs, "linear", (), label) == NO_VERDICT


def test_right_wrong_and_sure_are_what_the_verdicts_say(judged):
    assert listed(judged, "right") == [0, 2]
    assert listed(judged, "wrong") == [1, 3, 4]
    assert listed(judged, "unsure") == [5, 4, 3, 2, 1, 0]
    assert listed(judged, "mistakes") == [1, 3, 4]
    assert listed(judged, "label", "2") == [1, 2]
    assert listed(judged, "label", "7") == []


def test_listing_says_how_many_it_looked_at(judged, monkeypatch):
    monkeypatch.setattr("kerasviz.views.listing.LIMIT", 4)
    judged.samples.count = 100

    panel = LISTING.build(judged, ListingParams("wrong"))

    assert (panel.payload.looked, panel.payload.total) == (4, 100)
    assert panel.tensors["samples"].tolist() == [1, 3]
    assert judged.judged == {0, 1, 2, 3}


def test_listing_refuses_to_mix_predictions_of_different_weights(judged):
    def judge(samples, at):
        judged.generation += 1
        return type(judged).judge(judged, samples, at)

    judged.judge = judge
    with pytest.raises(KerasvizError, match="trained while"):
        listed(judged, "wrong")
    with pytest.raises(UnknownNameError, match="'wrong'"):
        listed(judged, "wrng")


def test_choices_count_the_labels_in_the_order_of_their_classes(source):
    source.out, source.final_activation = np.float32([[0.2, 0.7, 0.1]]), "softmax"
    source.samples.labels = dict(enumerate([10, 9, 10, 0, 9, 10]))
    source.samples.labels_at_hand = 6

    payload = CHOICES.build(source, ChoicesParams(0)).payload

    assert payload.labels == (LabelCount("0", 1), LabelCount("9", 2), LabelCount("10", 3))
    assert (payload.num_targets, payload.targets_off) == (3, "")
    assert (payload.by_margin, payload.by_truth) == (True, True)


def test_choices_of_labels_that_come_with_the_samples_are_the_classes(source):
    source.out, source.final_activation = np.float32([[0.2, 0.7, 0.1]]), "softmax"
    source.samples.class_names, source.samples.labels = ("cat", "dog", "owl"), {0: 1}

    payload = CHOICES.build(source, ChoicesParams(0)).payload

    assert payload.labels == tuple(LabelCount(name, None) for name in ("cat", "dog", "owl"))


@pytest.mark.parametrize(("targets", "off"), [(None, "several"), (1, "one")])
def test_choices_say_why_there_is_no_target(source, targets, off):
    source.out = np.float32([[0.5]])
    source.num_targets = lambda _: targets

    payload = CHOICES.build(source, ChoicesParams(0)).payload

    assert (payload.num_targets, payload.targets_off) == (0, off)
    assert (payload.by_margin, payload.by_truth, payload.labels) == (False, False, ())


def test_thumbnails_lie_one_after_the_other_and_keep_their_brightness(source):
    rng = np.random.default_rng(0)
    source.samples.pictures = {0: rng.random((28, 28, 1)), 2: rng.integers(0, 256, (200, 100, 3)).astype(np.uint8)}
    source.samples.raws = {1: np.float32([[1.0], [3.0], [2.0]])}
    source.samples.labels = {0: "cat"}

    panel = THUMBNAILS.build(source, ThumbnailsParams([2, 0, 1, 5]))

    flat, items = panel.tensors["pictures"], {item.sample: item for item in panel.payload.items}
    assert [item.form for item in panel.payload.items] == ["picture", "picture", "line", "text"]
    assert items[5].text == "\n".join(f"{value:.3g}".replace("-", "−") for value in source.samples.raw(5)[:4])
    gray = flat[items[0].start :][: 28 * 28].reshape(28, 28)
    np.testing.assert_array_equal(gray, np.rint(source.samples.pictures[0][..., 0] * 254))
    wide = items[2]
    k = 200 // wide.height
    means = source.samples.pictures[2][: wide.height * k, : wide.width * k].reshape(wide.height, k, wide.width, k, 3)
    shown = flat[wide.start :][: wide.height * wide.width * 3].reshape(wide.height, wide.width, 3)
    np.testing.assert_allclose(shown, means.mean(axis=(1, 3)) / 255 * 254, atol=0.51)
    assert flat[items[1].start :][:3].tolist() == [0, 254, 127]
    assert (items[0].label, items[2].label) == ("cat", None)


@pytest.mark.parametrize("shape", [(500, 500, 3), (4000, 30), (3000,)])
def test_a_full_strip_of_large_samples_stays_within_the_budget(source, shape):
    array = np.random.default_rng(0).random(shape).astype(np.float32)
    source.samples.pictures = dict.fromkeys(range(MOST), array) if len(shape) == 3 else {}
    source.samples.raws = dict.fromkeys(range(MOST), array)

    panel = THUMBNAILS.build(source, ThumbnailsParams(list(range(MOST))))

    assert panel.tensors["pictures"].nbytes <= MAX_BYTES
    for samples in ([0] * (MOST + 1), ["0"]):
        with pytest.raises(InputError, match="at most 100"):
            THUMBNAILS.build(source, ThumbnailsParams(samples))


def test_odd_samples_have_thumbnails_too(source):
    row = np.float32([np.nan, np.inf] + [0] * 60)
    odd = {0: np.array("a text", object), 1: np.zeros((0, 3), np.float32), 2: row, 3: 5}
    source.samples.raws = odd

    items = THUMBNAILS.build(source, ThumbnailsParams([0, 1, 2, 3])).payload.items

    assert [item.form for item in items] == ["text", "none", "heat", "heat"]
    assert items[0].text == "a text"
    assert (items[2].domain.nans, items[2].domain.infs) == (1, 1)


def test_a_row_of_tokens_is_told_by_their_names(source):
    source.layers = (FakeLayer("words", "Embedding", (None, 5, 2), ("batch", "time", "unit"), inputs=("input",)),)
    source.samples.words = ("", "a", "b")
    source.samples.raws = {0: np.array([2, 1, 0, 17]), 1: np.arange(500), 2: np.array([1, 2, 1])}

    short, long, letters = THUMBNAILS.build(source, ThumbnailsParams([0, 1, 2])).payload.items

    assert (short.form, short.text, letters.text) == ("text", "b a ∅ 17", "aba")
    assert long.text == "∅ a b 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 2"


def test_verdicts_are_made_for_those_in_sight_where_the_model_is_quick(judged):
    quick = VERDICTS.build(judged, VerdictsParams([1, 2])).payload
    judged.quick = False
    slow = VERDICTS.build(judged, VerdictsParams([2, 3])).payload

    assert [(each.sample, each.predicted, each.correct) for each in quick.items] == [(1, "1", False), (2, "2", True)]
    assert [each.sample for each in slow.items] == [2]
    assert judged.judged == {1, 2}


def test_prediction_has_the_score_of_a_target_that_is_not_among_the_largest(source):
    source.out = np.arange(30, 0, -1, dtype=np.float32)[None] / 465
    source.final_activation = "softmax"

    chosen = PREDICTION.build(source, PredictionParams(0, 29)).payload
    automatic = PREDICTION.build(source, PredictionParams(0)).payload

    assert 29 not in {score.index for score in chosen.scores}
    assert chosen.target_score.index == 29
    assert chosen.target_score.value == pytest.approx(1 / 465)
    assert automatic.target_score is None
