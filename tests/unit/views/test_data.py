"""The data view: counts, orders and colours against plain NumPy."""

from types import SimpleNamespace

import numpy as np
import pytest

from kerasviz.errors import InputError, KerasvizError
from kerasviz.scanning.outcomes import Outcomes
from kerasviz.scanning.scan import Scan
from kerasviz.views import PANELS
from kerasviz.views.colours import OTHERS, RAMP, grouped, shades
from kerasviz.views.data import CLASSES, IN_ROW, MIXUPS, DataParams
from kerasviz.views.mistakes import chosen_by, form_of, orders
from kerasviz.views.projection import ProjectionParams
from tests.fakes import FakeSamples, FakeSource

PANEL = PANELS.get("data")


def scan_of(outputs, labels=None, loss=None, *, classes=True):
    """A scan of answers (samples, numbers), without statistics of channels."""
    outputs = np.asarray(outputs, np.float32)
    count, rows = len(outputs), np.arange(len(outputs))
    order = np.argsort(-outputs, axis=1, kind="stable")
    nothing = np.full(count, np.nan)
    second = order[:, 1] if classes else np.full(count, -1)
    outcomes = Outcomes(
        samples=rows.astype(np.int64),
        predicted=(order[:, 0] if classes else np.full(count, -1)).astype(np.int64),
        confidence=outputs[rows, order[:, 0]].astype(np.float64) if classes else outputs[:, 0].astype(np.float64),
        second=second.astype(np.int64),
        second_confidence=outputs[rows, second].astype(np.float64) if classes else nothing,
        labels=nothing if labels is None else np.asarray(labels, np.float64),
        label_confidence=nothing,
        loss=nothing if loss is None else np.asarray(loss, np.float64),
        outputs=outputs,
    )
    form = "" if labels is None else "classes" if classes else "numbers"
    return Scan(
        SimpleNamespace(by_class=SimpleNamespace(labels=())), {}, "m", "f", count, outcomes=outcomes, labels_are=form,
        num_classes=outputs.shape[1] if classes else 0,
    )  # fmt: skip


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def answers():
    """Of 400 samples and 5 classes, right two times out of three."""
    generator = np.random.default_rng(3)
    labels = generator.integers(0, 5, 400)
    outputs = softmax(generator.normal(size=(400, 5)) + 1.6 * np.eye(5)[labels])
    return outputs.astype(np.float32), labels, generator.random(400)


def source_of(scan, **facts):
    source = FakeSource(samples=FakeSamples(count=400, **facts), final_activation="softmax")
    source.scan_state = lambda: SimpleNamespace(scan=scan, stale=False, seconds=None)
    return source


def built(scan, **facts):
    panel = PANEL.build(source_of(scan, **facts), DataParams())
    return panel.payload, panel.tensors


def test_the_matrix_counts_labels_and_predictions(answers):
    outputs, labels, loss = answers
    predicted = outputs.argmax(axis=1)

    payload, tensors = built(scan_of(*answers))

    expected = np.zeros((5, 5))
    for label, said in zip(labels, predicted, strict=True):
        expected[label, said] += 1
    np.testing.assert_array_equal(tensors["confusion"], expected)
    wrong = {(a, b): expected[a, b] for a in range(5) for b in range(5) if a != b}
    assert [each.count for each in payload.confusion.mixups] == sorted(wrong.values(), reverse=True)[:MIXUPS]
    assert all(wrong[each.label, each.predicted] == each.count for each in payload.confusion.mixups)
    assert payload.facts[0].value.startswith(f"{(labels == predicted).mean():.2%}")
    assert float(payload.facts[1].value) == pytest.approx(loss.mean(), rel=1e-3)


def test_rows_show_the_most_telling_samples_first(answers):
    outputs, labels, loss = answers
    ranked = np.sort(outputs.astype(np.float64), axis=1)
    lead, wrong = ranked[:, -1] - ranked[:, -2], outputs.argmax(axis=1) != labels

    payload, _ = built(scan_of(*answers))

    rows = {row.name: row for row in payload.rows}
    assert list(rows) == ["mistakes", "unsure", "loss"]
    mistakes = sorted(np.flatnonzero(wrong), key=lambda i: -lead[i])
    assert [item.sample for item in rows["mistakes"].items] == mistakes[:IN_ROW]
    assert [item.sample for item in rows["unsure"].items] == np.argsort(lead, kind="stable")[:IN_ROW].tolist()
    assert [item.sample for item in rows["loss"].items] == np.argsort(-loss, kind="stable")[:IN_ROW].tolist()
    assert rows["mistakes"].total == wrong.sum()
    first = rows["mistakes"].items[0]
    assert (first.label, first.predicted) == (str(labels[first.sample]), str(outputs[first.sample].argmax()))
    assert first.value == pytest.approx(lead[first.sample])


def test_a_cell_and_an_order_name_their_samples(answers):
    outputs, labels, _ = answers
    scan, predicted = scan_of(*answers), outputs.argmax(axis=1)

    cell = chosen_by(scan, {"by": "cells", "cells": [[3, 1], [0, 0]]})

    inside = ((labels == 3) & (predicted == 1)) | ((labels == 0) & (predicted == 0))
    np.testing.assert_array_equal(cell, np.flatnonzero(inside))
    mistakes = chosen_by(scan, {"by": "order", "name": "mistakes"})
    assert set(mistakes) == set(np.flatnonzero(labels != predicted))
    with pytest.raises(InputError, match="'unsure'"):
        chosen_by(scan, {"by": "order", "name": "errors"})


def test_without_labels_each_predicted_class_has_its_surest_and_least_sure(answers):
    outputs, _, _ = answers
    scan = scan_of(outputs)

    payload, tensors = built(scan)

    assert (payload.form, payload.confusion, dict(tensors)) == ("unlabelled", None, {})
    assert payload.rows[0].name == "unsure"
    ranked = np.sort(outputs.astype(np.float64), axis=1)
    lead, predicted = ranked[:, -1] - ranked[:, -2], outputs.argmax(axis=1)
    for row in payload.rows[1:]:
        mine = [i for i in np.argsort(lead if row.name == "unsure" else -lead, kind="stable") if predicted[i] == row.of]
        assert [item.sample for item in row.items] == mine[:IN_ROW]
    assert {row.of for row in payload.rows[1:]} == set(range(5))


def test_numbers_are_shown_over_the_true_ones_and_by_their_error():
    generator = np.random.default_rng(0)
    labels = generator.normal(size=300)
    outputs = (labels + generator.normal(size=300) / 4)[:, None].astype(np.float32)

    payload, tensors = built(scan_of(outputs, labels, classes=False))

    errors = np.abs(outputs[:, 0].astype(np.float64) - labels)
    assert payload.form == "numbers"
    np.testing.assert_allclose(tensors["points"], np.stack([labels, outputs[:, 0]], axis=1), rtol=1e-6)
    assert [item.sample for item in payload.rows[0].items] == np.argsort(-errors)[:IN_ROW].tolist()
    assert float(payload.facts[0].value) == pytest.approx(errors.mean(), rel=1e-3)
    assert payload.span.low <= labels.min() <= labels.max() <= payload.span.high


def test_of_many_classes_those_with_the_most_mistakes_are_shown():
    labels = np.arange(60)
    outputs = np.eye(60)[labels]
    outputs[:25] = np.eye(60)[(labels[:25] + 1) % 25]

    payload, tensors = built(scan_of(outputs, labels))

    assert (payload.confusion.total, len(payload.confusion.classes)) == (60, CLASSES)
    assert set(payload.confusion.classes) <= set(range(25))
    assert tensors["confusion"].shape == (CLASSES, CLASSES)


def test_without_a_scan_there_is_only_what_can_be_projected():
    payload, tensors = built(None)

    assert (payload.form, payload.rows, dict(tensors)) == ("", (), {})
    assert [offer.name for offer in payload.ways] == ["pca", "umap", "t-sne"]
    assert {offer.name: offer.lacks for offer in payload.colours} == {
        "label": "labels",
        "predicted": "scan",
        "loss": "scan",
    }


def test_answers_that_are_nothing_known_have_no_rows():
    scan = scan_of(np.full((3, 1), np.nan), classes=False)

    assert (form_of(scan), orders(scan)) == ("none", [])


def test_colours_go_to_the_most_frequent_and_grey_to_the_rest():
    names = [str(i % 14) for i in range(100)] + ["3"] * 10 + [""] * 5

    groups, numbers = grouped(names, ())

    assert [group.name for group in groups[:-1]] == sorted((group.name for group in groups[:-1]), key=float)
    assert (groups[-1].name, groups[-1].colour) == ("", OTHERS)
    assert sum(group.count for group in groups) == len(names)
    assert all(groups[number].name in (name, "") for number, name in zip(numbers, names, strict=True))
    assert len({group.colour for group in groups}) == len(groups)


def test_the_scale_of_colours_runs_from_end_to_end():
    assert shades(np.array([0, 254, 255])) == [RAMP[0], RAMP[-1], OTHERS]


@pytest.mark.parametrize("colour", ["label", "predicted", "loss", ""])
def test_points_are_coloured_by_what_is_known_of_them(answers, colour):
    outputs, labels, loss = answers
    scan = scan_of(outputs, labels, loss)
    source = source_of(scan, labels={i: int(label) for i, label in enumerate(labels)})
    samples = np.array([3, 50, 399])
    projected = SimpleNamespace(points=np.arange(6.0).reshape(3, 2), explained=(0.5, 0.25))
    source.projection = lambda *_: SimpleNamespace(
        projected=projected, samples=samples, left_out=0, used=4, over=(), generation=0
    )

    panel = PANELS.get("projection").build(source, ProjectionParams("conv", "pca", colour))

    levels = panel.tensors["levels"]
    shown = {"label": labels, "predicted": outputs.argmax(axis=1)}.get(colour)
    if shown is not None:
        assert [panel.payload.groups[level].name for level in levels] == [str(i) for i in shown[samples]]
    elif colour == "loss":
        low, high = panel.payload.domain.low, panel.payload.domain.high
        np.testing.assert_allclose(low + levels / 254 * (high - low), loss[samples], atol=(high - low) / 200)
    else:
        assert set(levels) == {255}
    with pytest.raises(KerasvizError, match="conv"):
        PANELS.get("projection").build(source, ProjectionParams("convv"))
