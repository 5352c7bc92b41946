"""ndarray ↔ header and bytes: one contiguous little-endian buffer per array.

Only uint8, int32 and float32 travel: they are what a browser reads without a copy and without
surprises (no 64-bit integers, no half floats). Other dtypes are refused here rather than cast:
the view that makes a picture decides what may be lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

import numpy as np

from kerasviz.errors import ProtocolError
from kerasviz.wire.messages import DType, TensorHeader

__all__ = ["decode_tensor", "decode_tensors", "encode_tensor", "encode_tensors"]

_DTYPES: tuple[str, ...] = get_args(DType)


def encode_tensor(
    name: str, array: np.ndarray, *, scale: float | None = None, offset: float | None = None
) -> tuple[TensorHeader, memoryview]:
    """Header and bytes of one array; the bytes are a view where the array allows it."""
    if array.dtype.name not in _DTYPES:
        message = (
            f"Tensor {name!r} has dtype {array.dtype}. Only {', '.join(_DTYPES)} can be sent to the browser. "
            "Quantise it with kerasviz.views.reduce, or cast it."
        )
        raise ProtocolError(message)
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    header = TensorHeader(name, array.dtype.name, array.shape, scale, offset)  # type: ignore[arg-type]
    return header, little.reshape(-1).view(np.uint8).data


def decode_tensor(header: TensorHeader, buffer: bytes | memoryview) -> np.ndarray:
    """The array again, as it was sent (scale and offset are not applied)."""
    dtype = np.dtype(header.dtype).newbyteorder("<")
    expected = int(np.prod(header.shape, dtype=np.int64)) * dtype.itemsize
    found = memoryview(buffer).nbytes
    if found != expected:
        message = (
            f"Tensor {header.name!r} came with {found} bytes. Its header (shape {header.shape}, {header.dtype}) "
            f"asks for {expected}. Reload the page; if it stays, report it."
        )
        raise ProtocolError(message)
    return np.frombuffer(buffer, dtype=dtype).reshape(header.shape)


def encode_tensors(arrays: Mapping[str, np.ndarray]) -> tuple[tuple[TensorHeader, ...], list[memoryview]]:
    """Headers and buffers of named arrays, in their order."""
    pairs = [encode_tensor(name, array) for name, array in arrays.items()]
    return tuple(header for header, _ in pairs), [buffer for _, buffer in pairs]


def decode_tensors(
    headers: Iterable[TensorHeader | Mapping[str, Any]], buffers: Sequence[bytes | memoryview]
) -> dict[str, np.ndarray]:
    """Named arrays of a message."""
    parsed = [
        header if isinstance(header, TensorHeader) else TensorHeader(**{**header, "shape": tuple(header["shape"])})
        for header in headers
    ]
    if len(parsed) != len(buffers):
        raise ProtocolError(
            f"{len(parsed)} tensors were announced and {len(buffers)} buffers came. Reload the page; if it stays, report it."
        )
    return {header.name: decode_tensor(header, buffer) for header, buffer in zip(parsed, buffers, strict=True)}
