"""scikit-learn's linear models, where they are installed."""

from __future__ import annotations

from typing import Any

__all__ = ["linear_model"]


def linear_model(name: str) -> tuple[Any, str | None]:
    """The module, and why it cannot be had."""
    try:
        from sklearn import linear_model as module
    except ImportError:
        return None, (
            f"{name!r} fits a linear model with scikit-learn, which is not installed. Install it "
            "(pip install \"kerasviz[surrogates]\"), or use 'shapley-sampling' or 'feature-ablation'."
        )
    return module, None
