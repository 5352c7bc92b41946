"""What more than one folder of tests needs."""

from __future__ import annotations

import gc
import os
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


# Frameworks make many small objects that live as long as a model. Looking for garbage after each 700 of them, as Python
# does by itself, takes a tenth of the time of a test that traces.
gc.set_threshold(50_000, 20, 50)


def pytest_report_header() -> str:
    return f"keras backend: {os.environ.get('KERAS_BACKEND', 'its default')}"


def pytest_collection_finish() -> None:
    """What was imported stays: it need not be searched for garbage again and again."""
    gc.freeze()


def pytest_unconfigure() -> None:
    """What is left of models and programs goes with the process: searching it for garbage once more takes six seconds."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _same_every_time() -> None:
    """Keras draws the seeds of new weights from `random`: a test that fails must fail again when asked."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 -- what libraries and data loaders draw from


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    from tests.tools import chromium

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()
