"""Kinds of layers (and operations) by what they do, for the views that show it."""

from __future__ import annotations

__all__ = ["ACTIVATIONS", "NOISES", "NORMALISATIONS", "OVER_AN_AXIS"]

NORMALISATIONS = frozenset(
    "BatchNormalization LayerNormalization GroupNormalization RMSNormalization UnitNormalization Normalization "
    "Rescaling".split()
)

# Cell by cell, and those that look at a whole axis.
OVER_AN_AXIS = frozenset("Softmax LogSoftmax".split())
ACTIVATIONS = OVER_AN_AXIS | frozenset(
    "Activation ReLU LeakyReLU PReLU ELU Relu Relu6 LeakyRelu Elu Selu Celu Gelu Silu Sigmoid Tanh Softplus Softsign "
    "HardSigmoid HardSilu HardTanh LogSigmoid HardShrink SoftShrink TanhShrink Threshold Squareplus SparsePlus "
    "Negative Absolute Square Sqrt Rsqrt Exp Expm1 Log Log1p Sin Cos Erf Sign".split()
)

NOISES = frozenset(
    "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise".split()
)
