"""From what the user passed to `Samples`: which kind of data it is, one sample or many, one input or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasviz.data.arrays import add_axes, agrees, is_array, leaves, map_leaves, shape_of, to_numpy
from kerasviz.data.labels import check_class_names, label_table, warn_of_labels
from kerasviz.data.made_inputs import made_inputs
from kerasviz.data.model_facts import InputFact, input_facts, input_hints, output_width
from kerasviz.data.samples import Samples
from kerasviz.data.sources import ArraySource, BatchSource, IndexedSource, ListSource, Source
from kerasviz.data.streams import StreamSource, length_hint
from kerasviz.errors import InputError

__all__ = ["is_batch", "open_samples", "source_of"]

Facts = tuple[InputFact, ...] | None


def open_samples(  # noqa: PLR0913 - one argument for each thing a user may say of the data
    model: Any,
    inputs: Any = None,
    labels: Any = None,
    *,
    class_names: Any = None,
    input_kind: str | None = None,
    preprocess: Callable[[Any], Any] | None = None,
) -> Samples:
    """Samples of whatever Keras takes as input; without inputs, made ones that say so."""
    if preprocess is not None and not callable(preprocess):
        raise InputError(
            f"preprocess={preprocess!r} was passed. It must be a function of a batch. Pass e.g. lambda x: x / 255."
        )
    facts = input_facts(model)
    made = inputs is None
    columns = tuple(str(name) for name in getattr(inputs, "columns", ()))
    inputs, note = made_inputs(model) if made else (inputs, "")
    source, single = source_of(inputs, facts, raw=preprocess is not None and not made)
    names = check_class_names(class_names, output_width(model))
    table = None if labels is None else label_table(labels, single=single, count=len(source))
    warn_of_labels(table, output_width(model), names)
    samples = Samples(
        source,
        facts,
        labels=table,
        class_names=names,
        input_kind=input_kind,
        preprocess=None if made else preprocess,
        note=note,
        hints=input_hints(model, facts) if made or preprocess is None else (),
        feature_names=columns,
    )
    if not len(samples):
        raise InputError("Inputs with no samples were passed. At least one is needed. Pass a longer array.")
    samples.model_input(0)  # says at once what does not fit
    return samples


def source_of(inputs: Any, facts: Facts, *, raw: bool) -> tuple[Source, bool]:
    """The source, and whether one single sample was passed."""
    if hasattr(inputs, "iloc") and hasattr(inputs, "to_numpy"):  # a pandas table
        inputs = inputs.to_numpy()
    if is_array(inputs):
        return _arrays(inputs, facts, raw=raw)
    if isinstance(inputs, str | bytes | int | float | np.generic):
        return _arrays(np.asarray(inputs), facts, raw=raw)
    if isinstance(inputs, Mapping):
        return _arrays({name: _as_array(value) for name, value in inputs.items()}, facts, raw=raw)
    if isinstance(inputs, list | tuple):
        return _list(inputs, facts, raw=raw)
    return _dataset(inputs, facts), False


def _dataset(inputs: Any, facts: Facts) -> Source:
    kinds = {cls.__name__ for cls in type(inputs).__mro__}
    if hasattr(inputs, "__getitem__") and hasattr(inputs, "__len__") and "DataLoader" not in kinds:
        by_batch = "PyDataset" in kinds or hasattr(inputs, "num_batches")
        return BatchSource(inputs) if by_batch else IndexedSource(inputs)
    if hasattr(inputs, "__iter__"):
        return StreamSource(inputs, lambda x: is_batch(inputs, x, facts), length_hint(inputs))
    raise InputError(
        f"inputs of type {type(inputs).__name__!r} were passed. Arrays, lists or dicts of arrays, tf.data, a torch Dataset "
        "or DataLoader, or a PyDataset are expected. Convert them to one of those."
    )


def is_batch(stream: Any, x: Any, facts: Facts) -> bool:
    """Whether an element of a stream is a batch: by its loader, else by the model's input rank."""
    if hasattr(stream, "batch_size") and hasattr(stream, "dataset"):
        return stream.batch_size is not None or getattr(stream, "batch_sampler", None) is not None
    first = next(leaves(x))
    if facts:
        fact = _fact_for(x, facts)
        return not _is_single(first.shape, fact.shape, raw=True)
    return bool(first.ndim >= 2)


def _list(inputs: list[Any] | tuple[Any, ...], facts: Facts, *, raw: bool) -> tuple[Source, bool]:
    if _several(inputs, facts):
        return _arrays([_as_array(value) for value in inputs], facts, raw=raw)
    if len(inputs) == 1 and facts and is_array(inputs[0]) and len(shape_of(inputs[0])) > len(facts[0].shape):
        return _arrays(inputs[0], facts, raw=raw)  # [x] is how Keras writes one input of many
    _check_pair(inputs, facts)
    if any(is_array(item) and shape_of(item) != shape_of(inputs[0]) for item in inputs):
        return ListSource(inputs), False
    try:
        return _arrays(np.asarray([to_numpy(item) for item in inputs]), facts, raw=raw)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        return ListSource([np.asarray(item) for item in inputs]), False  # rows of different lengths


def _several(inputs: list[Any] | tuple[Any, ...], facts: Facts) -> bool:
    """Whether the list holds one array per input (else one item per sample)."""
    if facts is not None:
        return len(facts) > 1 and len(inputs) == len(facts)
    if len(inputs) < 2 or not all(is_array(item) and len(shape_of(item)) >= 2 for item in inputs):
        return False
    shapes = {shape_of(item) for item in inputs}
    return len({shape[0] for shape in shapes}) == 1 and (isinstance(inputs, tuple) or len(shapes) > 1)


def _check_pair(inputs: list[Any] | tuple[Any, ...], facts: Facts) -> None:
    """Refuse (inputs, labels) for a model of one input: they would pass for two samples of different sizes."""
    if facts is None or len(facts) != 1 or len(inputs) != 2 or not is_array(inputs[0]):
        return
    (first, second), expected = inputs, facts[0].shape
    shape = shape_of(first)
    other = shape_of(second) if is_array(second) else (len(second),) if isinstance(second, list | tuple) else ()
    without = shape[1:]
    is_batch = agrees(without, expected) or (not agrees(shape, expected) and add_axes(without, expected) is not None)
    if is_batch and other[:1] == shape[:1] and other != shape:
        raise InputError(
            f"A pair of arrays of shapes {shape} and {other} was passed as inputs. The model has one input. "
            "If the second are the labels, pass them as such: ExplainerWidget(model, x, labels=y)."
        )


def _as_array(value: Any) -> Any:
    return value if is_array(value) else np.asarray(value)


def _arrays(arrays: Any, facts: Facts, *, raw: bool) -> tuple[Source, bool]:
    first = next(iter(leaves(arrays)), None)
    if first is None:
        raise InputError(
            "Inputs without any array were passed. Samples are expected. Pass an array, or None to have some made."
        )
    shape = shape_of(first)
    single = _is_single(shape, _fact_for(arrays, facts).shape, raw=raw) if facts else not shape
    if single:
        arrays = map_leaves(lambda array: to_numpy(array)[None], arrays)
    return ArraySource(arrays), single


def _fact_for(nested: Any, facts: tuple[InputFact, ...]) -> InputFact:
    """What the model says of the first of several inputs."""
    if isinstance(nested, Mapping):
        name = next(iter(nested))
        return next((fact for fact in facts if fact.name == name), facts[0])
    return facts[0]


def _is_single(shape: tuple[int, ...], expected: tuple[int | None, ...], *, raw: bool) -> bool:
    """One sample (True) or a batch of them; `raw` data need not have the model's shape."""
    if not shape:
        return True
    tests = (
        (agrees(shape[1:], expected), False),
        (agrees(shape, expected), True),
        (add_axes(shape[1:], expected) is not None, False),
        (add_axes(shape, expected) is not None, True),
    )
    for fits, single in tests:
        if fits:
            return single
    if not raw:
        return len(shape) == len(expected) and len(shape) > 1 and shape[-1] == expected[-1]
    return len(shape) == len(expected) and len(shape) == 3 and shape[-1] in (1, 3, 4)
