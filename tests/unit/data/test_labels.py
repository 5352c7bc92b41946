"""Labels in the forms that people keep them in."""

import numpy as np
import pytest

from kerasviz.data.labels import label_text, read_label
from kerasviz.data.opening import open_samples
from kerasviz.errors import InputError, KerasvizWarning
from tests.unit.data.fakes import Model

NAMES = ("cat", "dog", "owl")


@pytest.mark.parametrize(
    ("raw", "label", "text"),
    [
        (2, 2, "owl"),
        (np.int64(1), 1, "dog"),
        (np.array([1]), 1, "dog"),
        (np.array([0, 0, 1]), 2, "owl"),
        (np.array([0.0, 1.0, 0.0]), 1, "dog"),
        (np.array([1, 0, 1]), (0, 2), "cat, owl"),
        (np.array([0, 0, 0]), (), "none"),
        (np.array([0.25, 2.5]), (0.25, 2.5), "0.25, 2.5"),
        (True, 1, "dog"),
        (3.25, 3.25, "3.25"),
        (7, 7, "7"),
        ("dog", 1, "dog"),
        (b"owl", 2, "owl"),
        ("emu", "emu", "emu"),
        (None, None, None),
        (np.array([]), None, None),
    ],
)
def test_label_is_read_and_written(raw, label, text):
    assert read_label(raw, NAMES) == label
    assert label_text(read_label(raw, NAMES), NAMES) == text


@pytest.mark.parametrize(
    "labels", [[0, 1, 2], np.array([[0], [1], [2]]), np.eye(3), ["cat", "dog", "owl"], (0.0, 1.0, 2.0)]
)
def test_labels_of_every_form_fit_their_samples(labels):
    samples = open_samples(Model((4,), output_shape=(None, 3)), np.zeros((3, 4)), labels, class_names=NAMES)

    assert samples.label(1) == 1


@pytest.mark.parametrize("label", [1, [1], np.array([0, 1, 0]), np.array([[0, 1, 0]])])
def test_one_sample_has_one_label(label):
    samples = open_samples(Model((4,), output_shape=(None, 3)), np.zeros(4), label)

    assert samples.label(0) == 1


def test_labels_of_several_outputs_are_shown_as_text():
    samples = open_samples(Model((4,), output_shape=[]), np.zeros((2, 4)), {"age": [30, 40], "kind": ["a", "b"]})

    assert samples.label_text(1) == "age: 40, kind: b"


def test_wrong_number_of_labels_is_refused():
    with pytest.raises(InputError, match="2 labels were passed for 3 samples"):
        open_samples(Model((4,)), np.zeros((3, 4)), [0, 1])
    with pytest.raises(InputError, match="is one value"):
        open_samples(Model((4,)), np.zeros((3, 4)), 5)


def test_class_names_must_be_as_many_as_the_outputs():
    with pytest.raises(InputError, match=r"2 class_names were passed. The model tells 3 classes apart"):
        open_samples(Model((4,), output_shape=(None, 3)), np.zeros((3, 4)), class_names=["a", "b"])
    with pytest.raises(InputError, match="is one text"):
        open_samples(Model((4,)), np.zeros((3, 4)), class_names="cat")


@pytest.mark.parametrize("names", [["no", "yes"], ("no", "yes"), {0: "no", 1: "yes"}, np.array(["no", "yes"])])
def test_class_names_may_be_a_sequence_or_a_dict(names):
    samples = open_samples(Model((4,), output_shape=(None, 1)), np.zeros((3, 4)), [0, 1, 0], class_names=names)

    assert samples.class_names == ("no", "yes")
    assert samples.label_text(1) == "yes"


@pytest.mark.parametrize("labels", [[1, 3, 2], np.array([[1], [2], [3]]), np.array([3.0, 1.0, 1.0])])
def test_labels_counted_from_one_are_warned_of(labels):
    with pytest.warns(KerasvizWarning, match=r"from 1 to 3.* from 0 to 2.* labels - 1"):
        samples = open_samples(Model((4,), output_shape=(None, 3)), np.zeros((3, 4)), labels)

    assert samples.label(0) == int(np.ravel(labels)[0])


@pytest.mark.parametrize(
    ("labels", "told"),
    [([0, 3, 2], "run up to 3.* classes 0 … 2"), (np.eye(2)[[0, 1, 1]], "2 columns.* rows of 3"),
     (["cat", "dog", "cat"], "'cat' ….* class_names .'a' …")],
)  # fmt: skip
def test_labels_that_can_be_no_answer_are_warned_of(labels, told):
    with pytest.warns(KerasvizWarning, match=told):
        open_samples(Model((4,), output_shape=(None, 3)), np.zeros((3, 4)), labels, class_names=["a", "b", "c"])


@pytest.mark.parametrize(
    ("labels", "width"),
    [([0, 2, 1], 3), ([1, 2, 2], 3), ([1.5, 3, 1], 3), (["1", "3", "2"], 3), ([1, 1, 1], 1),
     ([1, 3, 2], None)],
)  # fmt: skip
def test_other_labels_are_not_taken_for_labels_counted_from_one(labels, width):
    samples = open_samples(Model((4,), output_shape=width and (None, width)), np.zeros((3, 4)), labels)

    assert samples.label_text(0) == str(labels[0])
