"""A sample as people look at it: uint8 pixels on an honest range of brightness."""

from __future__ import annotations

import numpy as np

from kerasviz.views.reduce import as_float, domain_of, pool_factor, quantise
from kerasviz.wire.messages import Domain

__all__ = ["pixels_of"]


def pixels_of(picture: np.ndarray, max_pixels: int, whole: np.ndarray | None = None) -> tuple[np.ndarray, Domain]:
    """An image (height, width, 1 or 3) as uint8; one of more than `max_pixels` is averaged down.

    `whole`: what it is a slice of, and has its range of brightness from.
    """
    domain = _brightness(picture if whole is None else whole)
    height, width, depth = picture.shape
    k = pool_factor((height, width), max_pixels)
    if k > 1:
        picture = as_float(picture)[: height // k * k, : width // k * k]
        picture = picture.reshape(height // k, k, width // k, k, depth).mean(axis=(1, 3))
    return quantise(picture, domain), domain


def _brightness(picture: np.ndarray) -> Domain:
    """The usual ranges of pictures, so that a dark one stays dark; else the sample's own."""
    domain = domain_of(picture)
    if not domain.signed and not domain.nans and not domain.infs:
        if picture.dtype == np.uint8 and domain.high > 64:
            return Domain(0.0, 255.0, signed=False)
        if picture.dtype.kind in "fb" and domain.high <= 1:
            return Domain(0.0, 1.0, signed=False)
        if picture.dtype.kind == "f" and domain.low == domain.high <= 255:  # it has no range of its own
            return Domain(0.0, 255.0, signed=False)
    return domain
