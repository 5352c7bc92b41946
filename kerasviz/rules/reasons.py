"""Why some of Keras's layers and operations have no rule: what they do is no sum of products and no function of one number."""

from __future__ import annotations

__all__ = ["REASONS", "reason_for"]

_LOOKS_UP = "It looks words or whole numbers up in a table, by a hash or a vocabulary."
_SPECTRUM = "It is the size of a Fourier transform: a sum of thousands of complex products."
_WHOLE_PICTURE = "It spreads the numbers of the whole picture by their order or their histogram."
_ORDERS = "It puts numbers in order, or counts them: which one it gives depends on all of them."
_LINEAR_ALGEBRA = "It solves a system of equations, or takes a matrix apart."
_LOOPS = "It runs a function of the user's own, step by step."

_CONVOLVED_GATES = "Its gates are convolutions, step by step, whose states a model does not show."

REASONS = {
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _CONVOLVED_GATES),
    "Lambda": "It runs a function of the user's own.",
    "AutoContrast": _WHOLE_PICTURE,
    "Equalization": _WHOLE_PICTURE,
    "ContrastLimitedAdaptiveHistogramEqualization": _WHOLE_PICTURE,
    **dict.fromkeys(("Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization"), _LOOKS_UP),
    **dict.fromkeys(("MelSpectrogram", "STFTSpectrogram", "STFT", "ISTFT", "FFT", "FFT2", "RFFT", "IRFFT"), _SPECTRUM),
    **dict.fromkeys(
        ("Sort", "Argsort", "Argmax", "Argmin", "TopK", "InTopK", "Median", "Quantile", "Percentile"), _ORDERS
    ),
    **dict.fromkeys(("Unique", "Histogram", "Bincount", "Digitize", "SearchSorted", "Nonzero"), _ORDERS),
    **dict.fromkeys(
        ("Cholesky", "Det", "Eig", "Eigh", "Inv", "LuFactor", "Qr", "Solve", "SolveTriangular"), _LINEAR_ALGEBRA
    ),
    **dict.fromkeys(("SVD", "Lstsq", "Pinv", "MatrixRank", "Slogdet", "Logdet"), _LINEAR_ALGEBRA),
    **dict.fromkeys(
        ("Map", "Scan", "AssociativeScan", "WhileLoop", "ForiLoop", "Cond", "Switch", "VectorizedMap"), _LOOPS
    ),
    **dict.fromkeys(("JaxLayer", "FlaxLayer", "TorchModuleWrapper", "TFSMLayer"), "It wraps code of another package."),
}


def reason_for(kind: str, package: str) -> str:
    """Why a layer of this class has no rule."""
    if package != "keras":
        return f"{kind} is a class of {package!r}, with a call of its own."
    return REASONS.get(kind) or f"There is no rule for {kind} yet."
