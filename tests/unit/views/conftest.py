"""Records and sources for the views."""

from __future__ import annotations

import pytest

from kerasviz.views.head import record_of
from tests.fakes import FakeLayer, FakeSource


@pytest.fixture
def source():
    return FakeSource()


@pytest.fixture
def record():
    """record(array, axes): the array of one sample, with its batch axis."""

    def make(array, *axes, kind="Conv2D"):
        layer = FakeLayer("layer", kind, (None, *array.shape[1:]), ("batch", *axes))
        return record_of(layer, array, 0)

    return make
