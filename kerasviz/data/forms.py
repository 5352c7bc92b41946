"""What a person can make for each input of the model, and the sample that comes of it.

The browser draws, decodes and reads what is typed; it sends numbers in (height, width, channels) or in
a row. Here they become one input of a sample in the data's own layout and dtype, exactly as sent: all
other inputs stay as they are on the sample that was on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kerasviz.data.arrays import leaves, named_leaves, replace_leaf
from kerasviz.data.made_inputs import gradient
from kerasviz.errors import InputError, ProtocolError, unknown_name

if TYPE_CHECKING:
    from kerasviz.data.model_facts import InputHint
    from kerasviz.data.pictures import PictureLayout
    from kerasviz.data.samples import Samples

__all__ = ["FormState", "Forms", "InputForm", "OwnInputParams"]

MAX_PAD = 64  # pixels a side: larger ones are not drawn by hand
MAX_NUMBERS = 256
MAX_TOKENS = 1024

Maker = Literal["draw", "upload", "numbers", "tokens", "text", "noise", "constant", "gradient"]
RangeFrom = Literal["samples", "model", "usual"]


@dataclass(frozen=True, slots=True)
class InputForm:
    """What can be made for one input of the model.

    `low` and `high` are what black and white, or the ends of a slider, stand for, and `range_from`
    says who says so. `whole`: only whole numbers. `height`, `width` and `channels` are of a picture,
    else 0. `vocabulary` counts the tokens; `variable`: a row of any length. `names` are those of the
    numbers, when they have some; `text` is what a text input holds on this sample.
    """

    name: str
    makers: tuple[Maker, ...]
    shape: tuple[int, ...]
    low: float
    high: float
    range_from: RangeFrom
    whole: bool
    height: int = 0
    width: int = 0
    channels: int = 0
    vocabulary: int | None = None
    variable: bool = False
    names: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class FormState:
    """A form, and the numbers that go with it.

    `values` are the sample's, to begin with; `lows` and `highs` the ends of each number's slider.
    """

    form: InputForm
    values: np.ndarray | None = None  # (height, width, channels) or (numbers,) float32
    lows: np.ndarray | None = None  # (numbers,) float32
    highs: np.ndarray | None = None  # (numbers,) float32


@dataclass(frozen=True, slots=True)
class OwnInputParams:
    """One input of the sample on the screen made anew.

    What was drawn, uploaded or typed as numbers comes as the tensor `values`; `text` is a typed text.
    `number` is the seed of noise, the level 0 … 1 of a constant, the direction of a gradient (0 down,
    1 to the right). `note` says in the person's language how it was made.
    """

    sample: int
    input: str
    maker: str
    number: float = 0
    text: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Range:
    low: float
    high: float
    origin: RangeFrom
    lows: np.ndarray | None = None
    highs: np.ndarray | None = None


class Forms:
    """Forms for the inputs of these samples."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._ranges: dict[int, _Range] = {}

    def at(self, sample: int) -> tuple[FormState, ...]:
        """The forms, holding what this sample holds."""
        return tuple(self._state(place, name, leaf) for place, name, leaf in self._inputs(sample))

    def make(self, params: OwnInputParams, tensors: Mapping[str, np.ndarray]) -> Any:
        """The sample with one input replaced, without a batch axis."""
        inputs = {name: (place, leaf) for place, name, leaf in self._inputs(params.sample)}
        if params.input not in inputs:
            raise unknown_name("Input", params.input, inputs)
        place, leaf = inputs[params.input]
        state = self._state(place, params.input, leaf)
        form = state.form
        if params.maker not in form.makers:
            raise unknown_name(f"For input {params.input!r} the maker", params.maker, form.makers)
        if params.maker == "text":
            made = _text(params.text, leaf)
        elif params.maker in _COMPUTED:
            made = _in_dtype(_COMPUTED[params.maker](params.number, state, self._layout(leaf, place)), form, leaf.dtype)
        else:
            made = _sent(tensors.get("values"), form, leaf.dtype, self._layout(leaf, place))
        return replace_leaf(self._samples.raw(params.sample), place, made)

    def _inputs(self, sample: int) -> list[tuple[int, str, np.ndarray]]:
        """Place in the sample, name and array of each input."""
        found = list(named_leaves(self._samples.raw(sample)))
        known = self._samples.input_names
        if len(found) == 1 or (len(found) == len(known) and all(name.isdigit() for name, _ in found)):
            names = known if len(known) == len(found) else ("input",)
            found = [(name, leaf) for name, (_, leaf) in zip(names, found, strict=True)]
        return [(place, name, np.asarray(leaf)) for place, (name, leaf) in enumerate(found)]

    def _layout(self, leaf: np.ndarray, place: int) -> PictureLayout | None:
        return self._samples.layout(leaf, place)

    def _state(self, place: int, name: str, leaf: np.ndarray) -> FormState:
        if leaf.dtype.kind in "USO":
            return FormState(_text_form(name, leaf))
        hint = self._hint(place, name)
        layout = self._layout(leaf, place)
        vocabulary = hint.vocabulary if hint and layout is None else None
        span = self._range(place, leaf, hint, layout)
        form = InputForm(
            name=name,
            makers=_makers(leaf, layout, vocabulary),
            shape=leaf.shape,
            low=0 if vocabulary else span.low,
            high=vocabulary - 1 if vocabulary else span.high,
            range_from="model" if vocabulary else span.origin,
            whole=vocabulary is not None or leaf.dtype.kind in "iub",
            height=layout.height if layout else 0,
            width=layout.width if layout else 0,
            channels=layout.channels if layout else 0,
            vocabulary=vocabulary,
            variable=bool(hint and hint.variable),
            names=self._samples.feature_names if leaf.shape == (len(self._samples.feature_names),) else (),
        )
        return _with_numbers(form, leaf, layout, span)

    def _hint(self, place: int, name: str) -> InputHint | None:
        hints, names = self._samples.hints, self._samples.input_names
        at = names.index(name) if name in names else place
        return hints[at] if at < len(hints) else None

    def _range(self, place: int, leaf: np.ndarray, hint: InputHint | None, layout: PictureLayout | None) -> _Range:
        if self._samples.made:
            high = hint.high if hint else 1.0
            return _Range(0.0, high, "model" if high != 1 else "usual")
        if place not in self._ranges:
            self._ranges[place] = self._measure(place, leaf, picture=layout is not None)
        return self._ranges[place]

    def _measure(self, place: int, leaf: np.ndarray, *, picture: bool) -> _Range:
        """What the first samples hold: enough to tell 0 … 1 from 0 … 255."""
        count = min(len(self._samples), 64 if leaf.size <= 4096 else 16)
        seen = [np.asarray(list(leaves(self._samples.raw(i)))[place], dtype=np.float32) for i in range(count)]
        finite = [values[np.isfinite(values)] for values in seen]
        low = min((float(values.min()) for values in finite if values.size), default=0.0)
        high = max((float(values.max()) for values in finite if values.size), default=1.0)
        low, high = _usual_range(low, high) if picture or leaf.dtype.kind == "b" else (low, high)
        same = [values for values in seen if values.shape == leaf.shape]
        each = np.stack(same) if same and leaf.size <= MAX_NUMBERS and leaf.ndim <= 1 else None
        if each is None:
            return _Range(low, high if high > low else low + 1, "samples")
        lows, highs = each.min(axis=0).reshape(-1), each.max(axis=0).reshape(-1)
        return _Range(low, high if high > low else low + 1, "samples", lows, highs)


def _usual_range(low: float, high: float) -> tuple[float, float]:
    """The usual range of pictures that holds these ends; they themselves where none does."""
    if low < 0:
        return (-1.0, 1.0) if low >= -1 and high <= 1 else (low, high)
    if high <= 1:
        return 0.0, 1.0
    return (0.0, 255.0) if high <= 255 else (low, high)


def _makers(leaf: np.ndarray, layout: PictureLayout | None, vocabulary: int | None) -> tuple[Maker, ...]:
    if leaf.dtype.kind not in "buif" or not leaf.size:
        return ()
    if layout is not None:
        by_hand = layout.channels in (1, 3)
        small = max(layout.height, layout.width) <= MAX_PAD
        makers = (*(("draw",) if small else ()), "upload") if by_hand else ()
        return (*makers, "noise", "constant", "gradient")
    row = leaf.ndim <= 1
    if vocabulary is not None:
        return ("tokens", "noise") if row and leaf.size <= MAX_TOKENS else ("noise",)
    if row and leaf.size <= MAX_NUMBERS:
        return ("numbers", "noise")
    return ("noise", "constant", "gradient")


def _with_numbers(form: InputForm, leaf: np.ndarray, layout: PictureLayout | None, span: _Range) -> FormState:
    if "draw" in form.makers and layout is not None:
        return FormState(form, np.ascontiguousarray(layout.to_picture(leaf), dtype=np.float32))
    values = leaf.reshape(-1).astype(np.float32) if {"numbers", "tokens"} & set(form.makers) else None
    if "numbers" not in form.makers or values is None:
        return FormState(form, values)
    ends = (span.lows, span.highs)
    lows, highs = (
        np.full(values.shape, end, np.float32) if each is None else each
        for end, each in zip((form.low, form.high), ends, strict=True)
    )
    return FormState(form, values, lows, highs)


def _text_form(name: str, leaf: np.ndarray) -> InputForm:
    first = leaf.reshape(-1)[0] if leaf.size else ""
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    return InputForm(name, ("text",) if leaf.size else (), leaf.shape, 0, 0, "usual", whole=False, text=text)


def _text(text: str, leaf: np.ndarray) -> np.ndarray:
    """The typed text as the samples keep theirs: str or bytes, as objects or not."""
    if leaf.dtype.kind == "O":
        encode = isinstance(leaf.reshape(-1)[0], bytes)
        return np.full(leaf.shape, text.encode() if encode else text, dtype=object)
    return np.full(leaf.shape, text.encode() if leaf.dtype.kind == "S" else text)


# ------------------------------------------------------------------------------- numbers sent by the browser


def _sent(values: np.ndarray | None, form: InputForm, dtype: np.dtype[Any], layout: PictureLayout | None) -> np.ndarray:
    if values is None:
        raise ProtocolError(
            f"Numbers for input {form.name!r} were announced and none came. Reload the page; if it stays, report it."
        )
    wanted = layout.shape if layout else form.shape
    free = form.variable and values.ndim == 1 and values.size > 0
    if not free and values.size != int(np.prod(wanted)):
        raise InputError(
            f"{values.size} numbers were given for input {form.name!r}. It takes {int(np.prod(wanted))}. "
            "Give exactly that many."
        )
    made = values if free else values.reshape(wanted)
    _check(made, form, dtype)
    return _in_dtype(layout.from_picture(made, form.shape) if layout else made, form, dtype)


def _check(values: np.ndarray, form: InputForm, dtype: np.dtype[Any]) -> None:
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(f"Input {form.name!r} was given a number that is not finite. Give finite numbers.")
    if form.whole and not np.array_equal(values, np.rint(values)):
        raise InputError(f"Input {form.name!r} takes whole numbers. Others were given. Round them.")
    if form.vocabulary is not None and not 0 <= low <= high < form.vocabulary:
        raise InputError(
            f"Tokens from {low:g} to {high:g} were given for input {form.name!r}. There are {form.vocabulary}: "
            f"0 … {form.vocabulary - 1}. Choose among those."
        )
    if dtype.kind in "iu" and not np.iinfo(dtype).min <= low <= high <= np.iinfo(dtype).max:
        raise InputError(
            f"Numbers from {low:g} to {high:g} were given for input {form.name!r}. They do not fit {dtype}."
        )


def _in_dtype(values: np.ndarray, form: InputForm, dtype: np.dtype[Any]) -> np.ndarray:
    return np.ascontiguousarray(np.rint(values) if form.whole else values).astype(dtype)


# ------------------------------------------------------------------------------- numbers made here


def _noise(seed: float, state: FormState, _layout: object) -> np.ndarray:
    """Even over the range, each number over its own where it has one."""
    form, rng = state.form, np.random.default_rng(int(abs(seed)))
    low = np.float32(form.low) if state.lows is None else state.lows.reshape(form.shape)
    high = np.float32(form.high) if state.highs is None else state.highs.reshape(form.shape)
    if form.whole:
        return rng.integers(np.asarray(low, np.int64), np.asarray(high, np.int64) + 1, form.shape)
    return low + rng.random(form.shape, dtype=np.float32) * (high - low)


def _constant(level: float, state: FormState, _layout: object) -> np.ndarray:
    form, share = state.form, min(1.0, max(0.0, level))
    return np.full(form.shape, form.low + share * (form.high - form.low), np.float32)


def _gradient(direction: float, state: FormState, layout: PictureLayout | None) -> np.ndarray:
    form = state.form
    first = 1 if layout is not None and layout.channels_first and len(form.shape) == 3 else 0
    axis = first + (1 if direction and len(form.shape) > first + 1 else 0)
    return np.float32(form.low) + gradient(form.shape, axis) * np.float32(form.high - form.low)


_COMPUTED: dict[str, Callable[[float, FormState, PictureLayout | None], np.ndarray]] = {
    "noise": _noise,
    "constant": _constant,
    "gradient": _gradient,
}
