"""What a person can make for a model, and that the sample is exactly what was made."""

import numpy as np
import pytest

from kerasviz.data.forms import Forms, OwnInputParams
from kerasviz.data.opening import open_samples
from kerasviz.errors import InputError, ProtocolError, UnknownNameError
from kerasviz.views import PANELS
from tests.fakes import FakeSource
from tests.unit.data.fakes import Model, TfData
from tests.unit.data.test_made_inputs import Embedding, Rescaling


class Normalization:
    def __init__(self, mean):
        self.mean = np.float32(mean)


PICTURE = ("noise", "constant", "gradient")


def forms(model, inputs=None, **options):
    samples = open_samples(model, inputs, **options)
    return samples, Forms(samples)


def form(model, inputs=None, **options):
    (state,) = forms(model, inputs, **options)[1].at(0)
    return state.form


def own(maker, sample=0, name="in_0", **values):
    return OwnInputParams(sample, name, maker, **values)


@pytest.mark.parametrize(
    ("shape", "dtype", "makers"),
    [
        ((28, 28, 1), "float32", ("draw", "upload", *PICTURE)),
        ((1, 28, 28), "float32", ("draw", "upload", *PICTURE)),
        ((32, 32, 3), "uint8", ("draw", "upload", *PICTURE)),
        ((64, 64, 3), "float32", ("draw", "upload", *PICTURE)),
        ((65, 64, 3), "float32", ("upload", *PICTURE)),
        ((224, 224, 3), "float32", ("upload", *PICTURE)),
        ((28, 28, 4), "float32", PICTURE),
        ((28, 28, 8), "float32", PICTURE),
        ((4, 8, 8, 1), "float32", PICTURE),
        ((50, 3), "float32", PICTURE),
        ((256,), "float32", ("numbers", "noise")),
        ((257,), "float32", PICTURE),
        ((4,), "int32", ("numbers", "noise")),
        ((4,), "bool", ("numbers", "noise")),
        ((1,), "float32", ("numbers", "noise")),
        ((1,), "string", ("text",)),
        ((), "string", ("text",)),
    ],
)
def test_makers_fit_the_shape_and_the_dtype_of_the_input(shape, dtype, makers):
    assert form(Model(shape, dtype)).makers == makers


@pytest.mark.parametrize(
    ("kind", "makers"), [("image", ("draw", "upload", *PICTURE)), ("series", PICTURE), (None, PICTURE)]
)
def test_input_kind_decides_where_the_shape_does_not(kind, makers):
    assert form(Model((28, 28)), np.zeros((3, 28, 28), np.float32), input_kind=kind).makers == makers


def test_tokens_are_typed_within_the_vocabulary():
    model = Model((12,))
    model.layers = [Embedding(30)]

    found = form(model)

    assert found.makers == ("tokens", "noise")
    assert (found.vocabulary, found.low, found.high, found.whole) == (30, 0, 29, True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.float32([0, 0.4]), (0, 1)),
        (np.float32([0, 200]), (0, 255)),
        (np.uint8([0, 1]), (0, 1)),
        (np.uint8([3, 90]), (0, 255)),
        (np.float32([-1, 0.5]), (-1, 1)),
        (np.float32([-2, 2.5]), (-2, 2.5)),
    ],
)
def test_range_of_pictures_is_the_usual_one_that_holds_the_samples(values, expected):
    inputs = np.resize(values, (2, 4, 4, 1)).astype(values.dtype)

    found = form(Model((4, 4, 1)), inputs)

    assert ((found.low, found.high), found.range_from) == (expected, "samples")


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], (1, "usual")),
        ([Rescaling()], (255, "model")),
        ([Normalization([120.0])], (255, "model")),
        ([Normalization([0.5])], (1, "usual")),
    ],
)
def test_range_without_samples_is_what_the_first_layers_expect(layers, expected):
    found = form(Model((8, 8, 3), layers=layers))

    assert (found.high, found.range_from) == expected


def test_each_number_has_the_range_and_the_name_of_its_column():
    class Table:
        columns = ("age", "height")
        iloc = None

        def to_numpy(self):
            return np.float32([[20, 1.5], [70, 2.0], [45, 1.25]])

    (state,) = forms(Model((2,)), Table())[1].at(1)

    assert state.form.names == ("age", "height")
    np.testing.assert_array_equal(state.values, np.float32([70, 2]))
    np.testing.assert_array_equal(state.lows, np.float32([20, 1.25]))
    np.testing.assert_array_equal(state.highs, np.float32([70, 2]))


def test_stream_is_not_read_to_its_end_for_a_range():
    batches = [np.full((4, 2), i, np.float32) for i in range(1000)]
    stream = TfData(batches)
    samples, made = forms(Model((2,)), stream)

    made.at(0)

    assert stream.read < 40
    assert len(samples) > 64


@pytest.mark.parametrize("shape", [(3, 5, 3), (3, 5, 1)])
def test_drawn_picture_arrives_as_it_was_sent(shape):
    samples, made = forms(Model(shape))
    picture = np.random.default_rng(0).random(shape, dtype=np.float32)

    raw = made.make(own("draw"), {"values": picture})

    np.testing.assert_array_equal(raw, picture, strict=True)
    np.testing.assert_array_equal(samples_input(samples, raw), picture[None], strict=True)


def test_drawn_picture_is_turned_for_a_model_with_channels_first():
    samples, made = forms(Model((3, 4, 6)))
    picture = np.random.default_rng(0).random((4, 6, 3), dtype=np.float32)
    assert (made.at(0)[0].form.height, made.at(0)[0].form.width) == (4, 6)

    raw = made.make(own("draw"), {"values": picture})

    np.testing.assert_array_equal(raw, picture.transpose(2, 0, 1), strict=True)
    np.testing.assert_array_equal(samples_input(samples, raw)[0], raw)


def test_drawn_picture_lacks_the_channel_axis_where_the_samples_do():
    samples, made = forms(Model((4, 6, 1)), np.zeros((2, 4, 6), np.uint8))
    picture = np.arange(24, dtype=np.float32).reshape(4, 6, 1)

    raw = made.make(own("draw"), {"values": picture})

    np.testing.assert_array_equal(raw, np.arange(24, dtype=np.uint8).reshape(4, 6), strict=True)
    np.testing.assert_array_equal(samples_input(samples, raw)[0, ..., 0], raw)


def samples_input(samples, raw):
    return samples.model_input(samples.own.add(raw, ""))


def test_preprocess_gets_the_raw_picture_in_its_own_dtype():
    inputs = np.full((2, 4, 4), 200, np.uint8)
    samples, made = forms(Model((4, 4, 1)), inputs, preprocess=lambda x: x[..., None] / np.float32(255))
    values = np.float32(np.arange(16) * 17).reshape(4, 4, 1)

    raw = made.make(own("draw", name="input"), {"values": values})

    assert raw.dtype == np.uint8
    np.testing.assert_array_equal(samples_input(samples, raw)[0], values / np.float32(255))


def test_one_of_several_inputs_is_replaced_and_the_others_stay():
    inputs = {"in_1": np.ones((2, 4), np.float32), "in_0": np.arange(6, dtype=np.float32).reshape(2, 3)}
    samples, made = forms(Model([(3,), (4,)]), inputs)

    raw = made.make(own("numbers", sample=1), {"values": np.float32([7, 8, 9])})
    again = made.make(own("numbers", samples.own.add(raw, ""), "in_1"), {"values": np.float32([1, 2, 3, 4])})

    assert [state.form.name for state in made.at(0)] == ["in_1", "in_0"]
    np.testing.assert_array_equal(raw["in_0"], [7, 8, 9])
    np.testing.assert_array_equal(raw["in_1"], [1, 1, 1, 1])
    np.testing.assert_array_equal(again["in_0"], [7, 8, 9])
    np.testing.assert_array_equal(again["in_1"], [1, 2, 3, 4])


def test_inputs_made_for_several_have_the_names_of_the_model():
    made = forms(Model([(8, 8, 1), (4,)]))[1]

    assert [(s.form.name, s.form.makers[0]) for s in made.at(0)] == [("in_0", "draw"), ("in_1", "numbers")]
    raw = made.make(own("constant", number=0.25), {})
    np.testing.assert_array_equal(raw[0], np.full((8, 8, 1), 0.25, np.float32), strict=True)


def test_noise_constant_and_gradient_fill_the_range():
    made = forms(Model((8, 6, 3), layers=[Rescaling()]))[1]

    noise, same, other = (made.make(own("noise", number=seed), {}) for seed in (1, 1, 2))
    down, right = (made.make(own("gradient", number=direction), {}) for direction in (0, 1))
    constant = made.make(own("constant", number=0.5), {})

    np.testing.assert_array_equal(noise, same)
    assert not np.array_equal(noise, other)
    assert noise.dtype == np.float32
    assert 0 <= noise.min() < 20
    assert 235 < noise.max() <= 255
    assert (constant == 127.5).all()
    np.testing.assert_allclose(down[:, 3, 1], np.linspace(0, 255, 8), rtol=1e-6)
    np.testing.assert_allclose(right[2, :, 0], np.linspace(0, 255, 6), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_random_numbers_stay_within_the_range_of_their_column(dtype):
    inputs = np.array([[0, 100, -7], [3, 200, -7]], dtype)
    made = forms(Model((3,), dtype), inputs)[1]

    rows = np.stack([made.make(own("noise", number=seed), {}) for seed in range(50)])

    assert rows.dtype == dtype
    assert (rows >= inputs.min(axis=0)).all()
    assert (rows <= inputs.max(axis=0)).all()
    assert rows[:, 0].max() - rows[:, 0].min() > 2
    assert (rows[:, 2] == -7).all()


def test_gradient_of_a_picture_with_channels_first_runs_along_its_rows_and_columns():
    made = forms(Model((3, 8, 6)))[1]

    down, right = (made.make(own("gradient", number=direction), {}) for direction in (0, 1))

    np.testing.assert_allclose(down[1, :, 0], np.linspace(0, 1, 8), rtol=1e-6)
    np.testing.assert_allclose(right[1, 0], np.linspace(0, 1, 6), rtol=1e-6)


@pytest.mark.parametrize(
    ("texts", "dtype"),
    [(["a", "bc"], None), (np.array([[b"a"], [b"b"]], object), object), (np.array(["a", "b"]), None)],
)
def test_typed_text_is_kept_as_the_samples_keep_theirs(texts, dtype):
    inputs = np.asarray(texts, dtype=dtype)
    samples, made = forms(Model((1,), "string"), inputs)
    assert made.at(0)[0].form.text == "a"

    raw = made.make(own("text", text="much longer, 中文"), {})

    assert raw.dtype.kind == inputs.dtype.kind
    item = raw.reshape(-1)[0]
    assert (item.decode() if isinstance(item, bytes) else item) == "much longer, 中文"
    assert samples_input(samples, raw).shape == (1, 1)


def test_row_of_any_length_is_taken_where_the_model_takes_one():
    model = Model((None,), "int32")
    model.layers = [Embedding(10, model.inputs[0])]
    made = forms(model)[1]

    raw = made.make(own("tokens"), {"values": np.float32([1, 2, 9])})

    np.testing.assert_array_equal(raw, np.int32([1, 2, 9]), strict=True)


@pytest.mark.parametrize(
    ("shape", "dtype", "maker", "values", "message"),
    [
        ((3,), "float32", "numbers", [1, 2], r"2 numbers were given for input 'in_0'. It takes 3"),
        ((3,), "float32", "numbers", [1, 2, np.nan], "not finite"),
        ((3,), "int32", "numbers", [1, 2, 0.5], "whole numbers"),
        ((3,), "uint8", "numbers", [1, 2, 300], "do not fit uint8"),
        ((4, 4, 1), "float32", "draw", [0] * 15, "It takes 16"),
    ],
)
def test_numbers_that_do_not_fit_are_refused_with_a_reason(shape, dtype, maker, values, message):
    made = forms(Model(shape, dtype))[1]

    with pytest.raises(InputError, match=message):
        made.make(own(maker), {"values": np.float32(values)})


def test_token_outside_the_vocabulary_is_refused():
    model = Model((3,))
    model.layers = [Embedding(5)]

    with pytest.raises(InputError, match=r"from 1 to 5 were given.*There are 5: 0 … 4"):
        forms(model)[1].make(own("tokens"), {"values": np.float32([1, 5, 2])})


def test_wrong_input_maker_or_missing_numbers_are_named():
    made = forms(Model((4, 4, 1)))[1]

    with pytest.raises(UnknownNameError, match=r"Input 'in_00' does not exist. Nearest: 'in_0'"):
        made.make(own("draw", name="in_00"), {})
    with pytest.raises(UnknownNameError, match="'numbers' does not exist"):
        made.make(own("numbers"), {})
    with pytest.raises(ProtocolError, match="none came"):
        made.make(own("draw"), {})


def test_panel_carries_the_forms_and_their_numbers():
    view = PANELS.get("makers")

    panel = view.build(FakeSource(), view.params(sample=3))

    assert panel.payload.sample == 3
    assert [form.name for form in panel.payload.inputs] == ["pad", "facts", "words"]
    assert list(panel.tensors) == ["values0", "values1", "lows1", "highs1"]
