"""Attribution methods: what did how much for the score? One method per file, plus one line here.

Other packages add theirs under the entry-point group `kerasviz.methods`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasviz.registry import Registry

if TYPE_CHECKING:
    from kerasviz.methods.base import Method

__all__ = ["METHODS", "methods"]

METHODS: Registry[type[Method]] = Registry(
    "method",
    {
        "saliency": "kerasviz.methods.saliency:Saliency",
        "gradient-x-input": "kerasviz.methods.gradient_x_input:GradientXInput",
        "integrated-gradients": "kerasviz.methods.integrated_gradients:IntegratedGradients",
        "smoothgrad": "kerasviz.methods.smoothgrad:SmoothGrad",
        "smoothgrad-squared": "kerasviz.methods.smoothgrad_squared:SmoothGradSquared",
        "vargrad": "kerasviz.methods.vargrad:VarGrad",
        "expected-gradients": "kerasviz.methods.expected_gradients:ExpectedGradients",
        "guided-backprop": "kerasviz.methods.guided_backprop:GuidedBackprop",
        "deconvnet": "kerasviz.methods.deconvnet:Deconvnet",
    },
    group="kerasviz.methods",
)


def methods() -> tuple[str, ...]:
    """The names of all attribution methods."""
    return METHODS.names()
