"""Labels as people keep them — numbers, columns, one-hot rows, texts — read one at a time."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasviz.data.arrays import is_array, to_numpy
from kerasviz.errors import InputError, KerasvizWarning

__all__ = ["Label", "check_class_names", "label_table", "label_text", "read_label", "warn_of_labels"]

_ROWS = 1000  # so many are looked at

Label = int | float | str | tuple[int, ...] | tuple[float, ...] | None


def read_label(raw: Any, class_names: Sequence[str] = ()) -> Label:
    """One label: a class index, a number, a text, or a tuple (classes of a multi-hot row, or numbers)."""
    if raw is None or isinstance(raw, Mapping):
        return None
    array = to_numpy(raw).reshape(-1)
    if array.size == 0:
        return None
    if array.dtype.kind in "USO":
        return _text(array[0], class_names)
    if array.size == 1:
        value = array[0].item()
        return int(value) if isinstance(value, bool | int) else float(value)
    if np.isin(array, (0, 1)).all():
        on = np.flatnonzero(array)
        return int(on[0]) if on.size == 1 else tuple(int(i) for i in on)
    return tuple(float(value) for value in array)


def _text(value: Any, class_names: Sequence[str]) -> Label:
    if value is None:
        return None
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return class_names.index(text) if text in class_names else text


def label_text(label: Label, class_names: Sequence[str] = ()) -> str | None:
    """The label as it is written on the screen."""
    if label is None or isinstance(label, str):
        return label
    if isinstance(label, tuple):
        return ", ".join(label_text(part, class_names) or "" for part in label) or "none"
    if isinstance(label, int):
        return class_names[label] if 0 <= label < len(class_names) else str(label)
    return f"{label:.6g}"


class _Columns:
    """Labels of several outputs, as one text per sample."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return min(len(column) for column in self.columns.values())

    def __getitem__(self, index: int) -> str:
        parts = ((name, label_text(read_label(column[index]))) for name, column in self.columns.items())
        return ", ".join(f"{name}: {text}" for name, text in parts)


def label_table(labels: Any, *, single: bool, count: int) -> Any:
    """Something that can be indexed by sample; big arrays stay where they are."""
    if isinstance(labels, Mapping):
        return _Columns({name: label_table(column, single=single, count=count) for name, column in labels.items()})
    if isinstance(labels, list | tuple) and len(labels) != count and all(_has_length(item, count) for item in labels):
        return label_table(dict(enumerate(labels)), single=single, count=count)  # one array per output
    try:
        table = labels if is_array(labels) and not hasattr(labels, "iloc") else np.asarray(labels)
    except ValueError:  # rows of different lengths
        return list(labels)
    if single and (len(table.shape) == 0 or (len(table.shape) == 1 and table.shape[0] != 1)):
        table = to_numpy(table)[None]
    if len(table.shape) == 0:
        raise InputError(
            f"labels={labels!r} is one value. One label for each sample was expected. Pass a list or an array."
        )
    return table


def _has_length(item: Any, count: int) -> bool:
    return is_array(item) and len(item.shape) > 0 and item.shape[0] == count


def warn_of_labels(table: Any, width: int | None, class_names: Sequence[str]) -> None:
    """Say it when labels can be none of the model's answers: all of them would be shown as wrong."""
    if width is None or width < 2 or not is_array(table) or 0 in table.shape:
        return
    rows = len(table.shape) == 2 and table.shape[1] > 1
    told = _strange_rows(to_numpy(table[:_ROWS]), width) if rows else _strange(to_numpy(table), width, class_names)
    if told:
        warnings.warn(told, KerasvizWarning, stacklevel=4)


def _strange_rows(labels: np.ndarray, width: int) -> str:
    columns = labels.shape[1]
    if columns == width or not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
        return ""
    return (
        f"Labels of {columns} columns were passed. The model tells {width} classes apart, so that rows of {width} zeros "
        "and ones are expected. Pass those, or the numbers of the classes."
    )


def _strange(labels: np.ndarray, width: int, class_names: Sequence[str]) -> str:
    if labels.shape[1:] not in ((), (1,)):
        return ""
    if labels.dtype.kind == "U" and class_names and not np.isin(labels, class_names).any():
        return (
            f"None of the labels ({str(labels.reshape(-1)[0])!r} …) is among class_names ({class_names[0]!r} …), so that none can "
            "be right. Write both alike, or pass the numbers of the classes."
        )
    if labels.dtype.kind not in "iuf" or not np.array_equal(labels, np.round(labels)):
        return ""
    low, high = int(labels.min()), int(labels.max())
    if (low, high) == (1, width):
        return (
            f"The labels run from 1 to {width}. The model's classes are counted from 0 to {width - 1}, so that every label "
            "would be compared with the next class. Pass labels - 1."
        )
    if labels.dtype.kind != "f" and high >= width:
        return (
            f"The labels run up to {high}. The model tells the classes 0 … {width - 1} apart, so that it can never give those "
            "above. Pass the labels of this model's classes."
        )
    return ""


def check_class_names(class_names: Any, width: int | None) -> tuple[str, ...]:
    """The names as a tuple, from a sequence or a dict index → name."""
    if class_names is None:
        return ()
    if isinstance(class_names, str):
        raise InputError(
            f"class_names={class_names!r} is one text. One name for each class was expected. Pass a list of names."
        )
    if isinstance(class_names, Mapping):
        count = max((int(key) for key in class_names), default=-1) + 1
        names = tuple(str(class_names.get(i, i)) for i in range(count))
    else:
        names = tuple(str(name) for name in class_names)
    expected = 2 if width == 1 else width
    if names and expected is not None and len(names) != expected:
        raise InputError(
            f"{len(names)} class_names were passed. The model tells {expected} classes apart. "
            "Pass one name for each, in the order of the outputs."
        )
    return names
