"""Pictures of where a sum's inputs lie: the plane of the strongest term, with a frame around the cells that were used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from kerasviz.rules.field import receptive_field
from kerasviz.rules.result import Terms
from kerasviz.rules.scene import Scene
from kerasviz.views.reduce import as_float, domain_of, pool, pool_factor
from kerasviz.wire.messages import Domain

__all__ = ["Window", "windows"]

MAX_WINDOWS = 3
MAX_CELLS = 65_536


@dataclass(frozen=True, slots=True)
class Window:
    """One plane of an output: rows and columns run along two of its axes, the others stand at `place`.

    `place` is an index of the whole output in the model's own layout; a click on a cell puts its row and column at
    `rows_axis` and `columns_axis` (-1: there is one row). The frame covers `start` … `stop` - 1 (row, column). A cell of the
    picture is `pooled` × `pooled` cells, the strongest of them. `traced`: it is an input of the model, and the frame is
    all that the unit can depend on; `exact` says whether that is certain. With `weights` it is a slice of that variable
    of the layer, and `place` an index of it. Tensor `window0` …: float32 (rows, columns).
    """

    path: str
    layer_kind: str
    axes: tuple[str, ...]
    place: tuple[int, ...]
    rows_axis: int
    columns_axis: int
    start: tuple[int, int]
    stop: tuple[int, int]
    domain: Domain
    pooled: int = 1
    traced: bool = False
    exact: bool = True
    weights: str = ""


def windows(
    scene: Scene, path: str, unit: tuple[int, ...], terms: Terms
) -> tuple[tuple[Window, ...], dict[str, np.ndarray]]:
    """A picture of each output that the terms are from, the kernel, and the model's inputs with the receptive field."""
    shown = {block.path for block in terms.blocks}
    found = [*_sources(scene, terms), *_kernel(scene, path, terms), *_traced(scene, path, unit, shown)]
    return tuple(each for each, _ in found), {f"window{i}": plane for i, (_, plane) in enumerate(found)}


def _traced(scene: Scene, path: str, unit: tuple[int, ...], shown: set[str]) -> Iterator[tuple[Window, np.ndarray]]:
    """The inputs that the unit does not take itself, with all that it can depend on framed."""
    field = receptive_field(scene, path, unit)
    for source in list(field.inputs)[:MAX_WINDOWS]:
        ends = np.array(field.box(source), np.int64).reshape(-1, 2)
        if source in shown or not len(ends):
            continue
        start, stop = ends[:, 0], ends[:, 1]
        picture = window(scene, source, start, start, stop)
        if picture is not None:
            yield replace(picture[0], traced=True, exact=field.is_exact(source)), picture[1]


def _kernel(scene: Scene, path: str, terms: Terms) -> Iterator[tuple[Window, np.ndarray]]:
    """Of a convolution what is laid over the strongest term's channel: rows and columns are the kernel's own."""
    named = [block for block in terms.blocks if block.weight_path.endswith("kernel") and block.weight_index is not None]
    if not named or "Conv" not in scene.kind(path):
        return
    strongest = max(named, key=lambda block: float(np.abs(np.nan_to_num(block.products)).max()))
    assert strongest.weight_index is not None  # noqa: S101 - for the type checker
    place = strongest.weight_index[int(np.argmax(np.abs(np.nan_to_num(strongest.products))))]
    whole = scene.weights(path).get(strongest.weight_path)
    if whole is None or whole.ndim < 3:
        return
    rows, columns = (-1, 0) if whole.ndim == 3 else (whole.ndim - 4, whole.ndim - 3)
    drawn = [axis for axis in (rows, columns) if axis >= 0]
    plane = as_float(whole[tuple(slice(None) if axis in drawn else int(at) for axis, at in enumerate(place))])
    names = [name for name in scene.axes(strongest.path) if name not in ("channel", "unit")]
    plane = np.atleast_2d(plane)
    yield (
        Window(
            path=path,
            layer_kind=scene.kind(path),
            axes=(*names, *(f"axis_{axis + 1}" for axis in range(len(names), whole.ndim)))[: whole.ndim],
            place=tuple(map(int, place)),
            rows_axis=rows,
            columns_axis=columns,
            start=(0, 0),
            stop=(int(plane.shape[0]), int(plane.shape[1])),
            domain=domain_of(plane),
            weights=strongest.weight_path,
        ),
        plane.astype(np.float32),
    )


def _sources(scene: Scene, terms: Terms) -> Iterator[tuple[Window, np.ndarray]]:
    count = 0
    for path in dict.fromkeys(block.path for block in terms.blocks):
        index = np.concatenate([block.index for block in terms.blocks if block.path == path])
        sizes = np.concatenate([np.abs(block.products) for block in terms.blocks if block.path == path])
        if not path or count == MAX_WINDOWS or not len(index):
            continue
        strongest = index[int(np.argmax(np.nan_to_num(sizes)))]
        picture = window(scene, path, strongest, index.min(axis=0), index.max(axis=0) + 1)
        if picture is not None:
            count += 1
            yield picture


def window(
    scene: Scene, path: str, place: np.ndarray, start: np.ndarray, stop: np.ndarray
) -> tuple[Window, np.ndarray] | None:
    """The plane at a place with its frame; None where the output has no plane: a vector, a single number."""
    whole = scene.output(path)
    if whole is None or whole.ndim < 2:
        return None
    axes = scene.axes(path)
    rows, columns = _drawn(axes, scene.channel_axis(path))
    at: tuple[int | slice, ...] = tuple(
        slice(None) if axis in (rows, columns) else int(number) for axis, number in enumerate(place)
    )
    plane = as_float(whole[at])
    plane = plane.reshape(1, -1) if rows < 0 else plane
    factor = pool_factor(plane.shape, MAX_CELLS)
    first, last = (0, 1) if rows < 0 else (int(start[rows]), int(stop[rows]))
    found = Window(
        path=path,
        layer_kind=scene.kind(path),
        axes=axes,
        place=tuple(map(int, place)),
        rows_axis=rows,
        columns_axis=columns,
        start=(first, int(start[columns])),
        stop=(last, int(stop[columns])),
        domain=domain_of(whole),
        pooled=factor,
    )
    with np.errstate(over="ignore"):
        return found, pool(plane, factor).astype(np.float32)


def _drawn(axes: tuple[str, ...], channel: int | None) -> tuple[int, int]:
    """Which axes are rows and columns: the last two that are not the channels', or time × unit."""
    free = [axis for axis in range(len(axes)) if axis != channel]
    if len(free) >= 2:
        return free[-2], free[-1]
    return 0, 1
