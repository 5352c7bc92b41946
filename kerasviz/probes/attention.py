"""Attention weights: what every query looks at, as a tensor that can be seen and differentiated.

Keras computes attention fused where it can; asked for its scores (a public argument) it makes them a
tensor, which passes through the layer's own Softmax, where the tap finds it. Taking the scores that the
layer returns was rejected: nothing is computed from those, so they have no gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from kerasviz.models.paths import Node

__all__ = ["attention_paths", "exposed"]

Function = Callable[..., Any]
_KINDS = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention)


def exposed(operation: Any, original: Function) -> Function:
    """For the tap: attention layers compute their weights step by step."""
    if type(operation) not in _KINDS:
        return original

    def call(*args: Any, return_attention_scores: bool = False, **kwargs: Any) -> Any:
        output, scores = original(*args, return_attention_scores=True, **kwargs)
        return (output, scores) if return_attention_scores else output

    return call


def attention_paths(nodes: Sequence[Node]) -> tuple[str, ...]:
    """Where the weights of each attention layer appear, (batch, head, query, key), in the order the layers hang."""
    layers = {node.path for node in nodes if type(node.operation) in _KINDS}
    return tuple(
        node.path for node in nodes if node.parent in layers and isinstance(node.operation, keras.layers.Softmax)
    )
