"""Which arrays are pictures, and the way between the model's layout and (height, width, channels)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["PictureLayout", "layout_of"]

_CHANNELS = (1, 3, 4)


@dataclass(frozen=True, slots=True)
class PictureLayout:
    """How one picture lies in an array of `shape`, whose channels come first or last."""

    height: int
    width: int
    channels: int
    channels_first: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.height, self.width, self.channels

    def to_picture(self, array: np.ndarray) -> np.ndarray:
        """The array, with or without a channel axis of length 1, as (height, width, channels)."""
        if self.channels_first:
            return np.moveaxis(array.reshape((self.channels, self.height, self.width)), 0, -1)
        return array.reshape(self.shape)

    def from_picture(self, picture: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """The same numbers in an array of `shape`."""
        return (np.moveaxis(picture, -1, 0) if self.channels_first else picture).reshape(shape)


def layout_of(shape: tuple[int, ...]) -> PictureLayout | None:
    """The layout of a picture of 1, 3 or 4 channels; None for what is no picture."""
    if len(shape) != 3:
        return None
    first = shape[-1] not in _CHANNELS and shape[0] in _CHANNELS
    height, width, channels = (*shape[1:], shape[0]) if first else shape
    if channels not in _CHANNELS or min(height, width) < 2:
        return None
    return PictureLayout(height, width, channels, first)
