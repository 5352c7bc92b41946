"""Whatever Keras takes as input becomes samples, one by one, without a copy of the whole."""

import numpy as np
import pytest

from kerasviz.data.opening import open_samples
from kerasviz.errors import InputError, UnknownNameError
from tests.unit.data.fakes import MapDataset, Model, PyDataset, TfData

IMAGES = np.arange(5 * 28 * 28, dtype=np.float32).reshape(5, 28, 28, 1)


@pytest.mark.parametrize(
    ("shape", "inputs", "count", "first"),
    [
        ((28, 28, 1), IMAGES, 5, (1, 28, 28, 1)),
        ((28, 28, 1), IMAGES[..., 0], 5, (1, 28, 28, 1)),
        ((28, 28, 1), IMAGES[0], 1, (1, 28, 28, 1)),
        ((28, 28, 1), IMAGES[0, ..., 0], 1, (1, 28, 28, 1)),
        ((28, 28, 1), IMAGES[:1, ..., 0], 1, (1, 28, 28, 1)),
        ((1, 28, 28), IMAGES[..., 0], 5, (1, 1, 28, 28)),
        ((28, 28, 1), list(IMAGES[..., 0]), 5, (1, 28, 28, 1)),
        ((28, 28, 1), [IMAGES], 5, (1, 28, 28, 1)),
        ((28, 28, 1), IMAGES[0, ..., 0].tolist(), 1, (1, 28, 28, 1)),
        ((None, None, 3), np.zeros((2, 9, 7, 3)), 2, (1, 9, 7, 3)),
        ((None, None, 3), np.zeros((9, 7, 3)), 1, (1, 9, 7, 3)),
        ((None, None, 3), [np.zeros((9, 7, 3)), np.zeros((4, 5, 3))], 2, (1, 9, 7, 3)),
        ((4,), np.zeros((6, 4)), 6, (1, 4)),
        ((4,), [0.0, 1.0, 2.0, 3.0], 1, (1, 4)),
        ((1,), np.zeros(6), 6, (1, 1)),
        ((), np.zeros(6), 6, (1,)),
        ((None,), np.zeros((6, 9), "int32"), 6, (1, 9)),
        ((None,), [[1, 2, 3], [4, 5]], 2, (1, 3)),
        ((None, 2), np.zeros((6, 9, 2)), 6, (1, 9, 2)),
        (None, np.zeros((6, 9, 2)), 6, (1, 9, 2)),
        (None, np.zeros(6), 6, (1,)),
    ],
)
def test_arrays_of_every_form_give_samples_that_fit(shape, inputs, count, first):
    samples = open_samples(Model(shape), inputs)

    assert len(samples) == count
    assert samples.model_input(0).shape == first
    assert samples.model_input(count - 1).shape[0] == 1


@pytest.mark.parametrize("pair", [tuple, list])
@pytest.mark.parametrize("labels", [np.arange(5), np.eye(5), [3, 1, 4, 1, 5]])
@pytest.mark.parametrize("images", [IMAGES, IMAGES[..., 0]])
def test_inputs_and_labels_passed_as_a_pair_are_refused_with_a_hint(images, labels, pair):
    with pytest.raises(InputError, match=r"one input.* labels="):
        open_samples(Model((28, 28, 1)), pair([images, labels]))


def test_two_samples_of_different_sizes_are_no_pair_of_inputs_and_labels():
    assert len(open_samples(Model((None, None, 3)), (np.zeros((9, 7, 3)), np.zeros((9, 5, 3))))) == 2
    assert len(open_samples(Model((None, 2)), (np.zeros((9, 2)), np.zeros((4, 2))))) == 2
    assert len(open_samples(Model((None,)), (np.zeros(9), np.zeros(4)))) == 2


def test_text_is_a_sample_like_any_other():
    model = Model((1,), "string")

    assert len(open_samples(model, "one text")) == 1
    samples = open_samples(model, ["first", "second"])
    assert samples.model_input(1).tolist() == [["second"]]
    assert samples.picture(0) is None


def test_big_arrays_are_never_copied():
    big = np.lib.stride_tricks.as_strided(
        np.zeros(1, np.float32), (60_000, 512, 512, 3), (0, 0, 0, 0)
    )  # 188 GB if copied

    samples = open_samples(Model((512, 512, 3)), big, np.zeros(60_000))

    assert len(samples) == 60_000
    assert np.shares_memory(samples.raw(59_999), big)


class Lazy:
    """An array on disk, say: it may be indexed, not read as a whole."""

    shape, dtype = (7, 4), np.dtype("float32")

    def __getitem__(self, index):
        assert isinstance(index, int)
        return np.full(4, index, np.float32)

    def __array__(self, *_args, **_kwargs):
        pytest.fail("the whole array was read")


def test_array_like_on_disk_is_read_sample_by_sample():
    assert open_samples(Model((4,)), Lazy()).model_input(5).tolist() == [[5, 5, 5, 5]]


@pytest.mark.parametrize("kind", [list, tuple, dict])
def test_several_inputs_keep_their_structure(kind):
    arrays = [np.zeros((6, 3)), np.arange(24.0).reshape(6, 4)]
    inputs = dict(zip(["in_0", "in_1"], arrays, strict=True)) if kind is dict else kind(arrays)

    batch = open_samples(Model([(3,), (4,)]), inputs).model_input(2)

    assert [array.shape for array in (batch.values() if kind is dict else batch)] == [(1, 3), (1, 4)]


def test_one_sample_of_several_inputs_is_a_batch_of_one():
    samples = open_samples(Model([(3,), (4,)]), [np.zeros(3), np.zeros(4)])

    assert len(samples) == 1
    assert [array.shape for array in samples.model_input(0)] == [(1, 3), (1, 4)]


@pytest.mark.parametrize(
    ("model", "inputs", "message"),
    [
        (
            Model((28, 28, 1)),
            np.zeros((5, 32, 32, 1)),
            r"sample of shape \(32, 32, 1\) .* The model takes \(28, 28, 1\)",
        ),
        (Model((4,)), np.zeros((0, 4)), "no samples"),
        (Model([(3,), (4,)]), [np.zeros((6, 3)), np.zeros((5, 4))], "different numbers of samples"),
        (Model((4,)), object(), "of type 'object'"),
        (Model((4,)), iter(()), "stream of inputs is empty"),
        (Model(None), None, "was passed without inputs"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_with_advice(model, inputs, message):
    with pytest.raises(InputError, match=message):
        open_samples(model, inputs)


def test_sample_out_of_range_is_an_error():
    with pytest.raises(InputError, match="There are 5: 0 … 4"):
        open_samples(Model((28, 28, 1)), IMAGES).raw(5)


def test_preprocess_gets_a_batch_and_the_screen_shows_what_it_was():
    raw = np.full((3, 8, 8, 3), 100, np.uint8)
    seen = []

    def halve(batch):
        seen.append(batch.shape)
        batch[:] = 0  # in place: the user's data must not change
        return np.full((len(batch), 4, 4, 3), 0.5, np.float32)

    samples = open_samples(Model((4, 4, 3)), raw, preprocess=halve)

    assert samples.model_input(1).shape == (1, 4, 4, 3)
    assert set(seen) == {(1, 8, 8, 3)}
    assert samples.picture(1).shape == (8, 8, 3)
    assert (raw == 100).all()


def test_preprocess_that_is_no_function_is_refused():
    with pytest.raises(InputError, match="must be a function"):
        open_samples(Model((4,)), np.zeros((2, 4)), preprocess="scale")


@pytest.mark.parametrize(
    ("shape", "inputs", "kind", "picture"),
    [
        ((28, 28, 1), IMAGES[..., 0], None, (28, 28, 1)),
        ((1, 28, 28), IMAGES[..., 0], None, (28, 28, 1)),
        ((9, 7, 3), np.zeros((2, 9, 7, 3)), None, (9, 7, 3)),
        ((9, 7, 4), np.zeros((2, 9, 7, 4)), None, (9, 7, 3)),
        ((9, 7, 5), np.zeros((2, 9, 7, 5)), None, None),
        ((9, 7), np.zeros((2, 9, 7)), None, None),
        ((9, 7), np.zeros((2, 9, 7)), "image", (9, 7, 1)),
        ((9, 7, 3), np.zeros((2, 9, 7, 3)), "series", None),
        ((4,), np.zeros((2, 4)), None, None),
    ],
)
def test_picture_is_drawn_where_the_sample_is_one(shape, inputs, kind, picture):
    found = open_samples(Model(shape), inputs, input_kind=kind).picture(0)

    assert (None if found is None else found.shape) == picture


@pytest.mark.parametrize(
    ("inputs", "preprocess", "told"),
    [
        ("x_test.npy", None, r"Text was passed \('x_test.npy'\).* shape \(4,\).*np.load"),
        (np.zeros((2, 5)), None, r"shape \(5,\) was passed. The model takes \(4,\)"),
        (np.zeros((2, 4)), lambda _: None, "preprocess gave None"),
        (np.zeros((2, 4)), lambda batch: batch["age"], "preprocess failed at sample 0: IndexError: only integers"),
    ],
)
def test_what_cannot_be_an_input_says_what_it_was_and_what_to_do(inputs, preprocess, told):
    with pytest.raises(InputError, match=told):
        open_samples(Model((4,)), inputs, preprocess=preprocess)


def test_unknown_input_kind_names_the_nearest():
    with pytest.raises(UnknownNameError, match="Nearest: 'image'"):
        open_samples(Model((4,)), np.zeros((2, 4)), input_kind="images")


def test_batches_by_index_are_read_when_they_are_looked_at():
    dataset = PyDataset(np.arange(10.0)[:, None] * np.ones(4), np.arange(10) % 3, 4)

    samples = open_samples(Model((4,)), dataset)

    assert len(samples) == 10
    assert samples.model_input(9).tolist() == [[9, 9, 9, 9]]
    assert samples.label(5) == 2
    assert dataset.read == [0, 2, 1]


def test_pairs_by_index_bring_their_labels():
    samples = open_samples(Model((4,)), MapDataset(np.zeros((6, 4)), np.arange(6)))

    assert len(samples) == 6
    assert samples.label(3) == 3


@pytest.mark.parametrize("batched", [True, False])
def test_streams_of_batches_and_of_samples_are_told_apart(batched):
    x, y = np.arange(12.0)[:, None] * np.ones(4), np.arange(12)
    elements = [(x[i : i + 5], y[i : i + 5]) for i in (0, 5, 10)] if batched else list(zip(x, y, strict=True))

    samples = open_samples(Model((4,)), TfData(elements))

    assert samples.model_input(7).tolist() == [[7, 7, 7, 7]]
    assert samples.label(7) == 7
    assert samples.model_input(11)[0, 0] == 11
    assert len(samples) == 12


def test_labels_that_are_given_win_over_the_streams_own():
    samples = open_samples(Model((4,)), MapDataset(np.zeros((3, 4)), np.arange(3)), ["a", "b", "c"])

    assert samples.label_text(1) == "b"
