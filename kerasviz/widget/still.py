"""A picture without a browser's help: the mosaics of the layers side by side, as a PNG, from what is computed anyway."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasviz.views.base import Panel

__all__ = ["still_of"]

_MOST = 16  # layers
_SIDE = 88  # pixels of a mosaic
_GAP = 12
_ACROSS = 8  # mosaics in a row
# From low to high, as the cards have them: viridis, and for numbers of both signs red to blue
_RAMPS = {
    False: ("#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#fde725"),
    True: ("#67001f", "#d6604d", "#fddbc7", "#f7f7f7", "#d1e5f0", "#4393c3", "#053061"),
}  # fmt: skip
_PAPER = 255


def still_of(overview: Panel) -> bytes:
    """A PNG of the mosaics; of many layers some, evenly. Nothing where no layer has one."""
    payload: Any = overview.payload
    mosaics = list(payload.mosaics)
    if not mosaics:
        return b""
    chosen = np.unique(np.linspace(0, len(mosaics) - 1, min(_MOST, len(mosaics))).astype(int))
    tiles = [_tile(mosaics[i], overview.tensors) for i in chosen]
    columns, rows = min(_ACROSS, len(tiles)), -(-len(tiles) // _ACROSS)
    step = _SIDE + _GAP
    page = np.full((rows * step + _GAP, columns * step + _GAP, 3), _PAPER, np.uint8)
    for i, tile in enumerate(tiles):
        top, left = _GAP + i // _ACROSS * step, _GAP + i % _ACROSS * step
        height, width = tile.shape[:2]
        top, left = top + (_SIDE - height) // 2, left + (_SIDE - width) // 2
        page[top : top + height, left : left + width] = tile
    return _png(page)


def _tile(mosaic: Any, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
    size = mosaic.height * mosaic.width
    levels = tensors["mosaics"][mosaic.start : mosaic.start + size].reshape(mosaic.height, mosaic.width)
    anchors = np.array([[int(name[i : i + 2], 16) for i in (1, 3, 5)] for name in _RAMPS[mosaic.domain.signed]], float)
    places = np.linspace(0, 254, len(anchors))
    table = np.stack([np.interp(np.arange(256), places, channel) for channel in anchors.T], axis=1).round()
    table[255] = 128  # not finite
    tile: np.ndarray = table.astype(np.uint8)[_fitted(levels)]
    return tile


def _fitted(levels: np.ndarray) -> np.ndarray:
    """As large as it may be; each cell a whole number of pixels, or every so many cells one."""
    longest = max(levels.shape)
    if longest > _SIDE:
        every = -(-longest // _SIDE)
        return levels[::every, ::every]
    times = _SIDE // longest
    low = max(times, min(8, _SIDE // max(1, levels.shape[0])))  # a row of numbers is a band, not a line
    return levels.repeat(low, axis=0).repeat(times, axis=1)


def _png(pixels: np.ndarray) -> bytes:
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)  # no filter
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
