"""A small real instance of every layer class that Keras exports: how it is made, and what goes into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

__all__ = ["CASES", "NOT_ALONE", "Case", "classes", "model_of"]

SERIES, IMAGE, VOLUME = (6, 4), (8, 8, 3), (4, 4, 4, 2)


@dataclass(frozen=True)
class Case:
    """`make()` is the layer; one input of each of `shapes`, of numbers or of what `inputs` says."""

    make: Callable[[], Any]
    shapes: tuple[tuple[int, ...], ...] = (IMAGE,)
    dtype: str = "float32"
    backends: tuple[str, ...] = ("tensorflow", "jax", "torch")

    def samples(self, count: int = 2) -> list[np.ndarray]:
        """Numbers of both signs; small whole numbers where tokens are taken; words where text is."""
        random = np.random.default_rng(0)
        if self.dtype == "string":
            return [np.array([["red fox"], ["blue dog"]][:count], dtype=object) for _ in self.shapes]
        if self.dtype.startswith("int"):
            return [random.integers(0, 5, (count, *shape)).astype(self.dtype) for shape in self.shapes]
        return [random.normal(size=(count, *shape)).astype(self.dtype) for shape in self.shapes]


def of(cls: Any, *args: Any, shapes: Any = (IMAGE,), dtype: str = "float32", on: Any = None, **settings: Any) -> Case:
    backends = ("tensorflow", "jax", "torch") if on is None else on
    return Case(lambda: cls(*args, **settings), tuple(shapes), dtype, backends)


SEQUENCE, TOKENS, TWO, THREE = [SERIES], [(6,)], [SERIES, SERIES], [SERIES, SERIES, SERIES]
TF = ("tensorflow",)
BY_RANK = {1: [SERIES], 2: [IMAGE], 3: [VOLUME]}

CASES: dict[str, Case] = {
    # dense and embedding
    "Dense": of(layers.Dense, 3, shapes=[(4,)]),
    "EinsumDense": of(layers.EinsumDense, "abc,cd->abd", output_shape=(None, 5), shapes=SEQUENCE),
    "Embedding": of(layers.Embedding, 8, 3, shapes=TOKENS, dtype="int32"),
    "ReversibleEmbedding": of(layers.ReversibleEmbedding, 8, 3, shapes=TOKENS, dtype="int32"),
    # convolution
    **{f"{kind}{d}D{end}": of(getattr(layers, f"{kind}{d}D{end}"), 2, 2, shapes=BY_RANK[d])
       for kind, end in (("Conv", ""), ("Conv", "Transpose")) for d in (1, 2, 3)},
    **{f"SeparableConv{d}D": of(getattr(layers, f"SeparableConv{d}D"), 2, 2, shapes=BY_RANK[d]) for d in (1, 2)},
    **{f"DepthwiseConv{d}D": of(getattr(layers, f"DepthwiseConv{d}D"), 2, shapes=BY_RANK[d]) for d in (1, 2)},
    # recurrent
    **{name: of(getattr(layers, name), 3, return_sequences=True, shapes=SEQUENCE) for name in ("SimpleRNN", "LSTM", "GRU")},
    "RNN": Case(lambda: layers.RNN(layers.GRUCell(3)), (SERIES,)),
    "Bidirectional": Case(lambda: layers.Bidirectional(layers.LSTM(3, return_sequences=True)), (SERIES,)),
    "TimeDistributed": Case(lambda: layers.TimeDistributed(layers.Conv2D(2, 2)), ((3, *IMAGE),)),
    **{f"ConvLSTM{d}D": of(getattr(layers, f"ConvLSTM{d}D"), 2, 2, shapes=[(3, *BY_RANK[d][0])]) for d in (1, 2, 3)},
    # attention
    "Attention": of(layers.Attention, shapes=TWO),
    "AdditiveAttention": of(layers.AdditiveAttention, shapes=TWO),
    "MultiHeadAttention": of(layers.MultiHeadAttention, 2, 3, shapes=TWO),
    "GroupedQueryAttention": of(layers.GroupQueryAttention, 4, 4, 2, shapes=TWO),
    # normalisation
    **{name: of(getattr(layers, name)) for name in ("BatchNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization")},
    "GroupNormalization": of(layers.GroupNormalization, 3),
    "Normalization": of(layers.Normalization, mean=(0.5, 0.0, -1.0), variance=(1.0, 4.0, 0.25)),
    "SpectralNormalization": Case(lambda: layers.SpectralNormalization(layers.Dense(3)), ((4,),)),
    "Rescaling": of(layers.Rescaling, 1 / 255, 0.5),
    # activation
    "Activation": of(layers.Activation, "tanh"),
    **{name: of(getattr(layers, name)) for name in ("ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")},
    # pooling
    **{f"{kind}Pooling{d}D": of(getattr(layers, f"{kind}Pooling{d}D"), 2, shapes=BY_RANK[d])
       for kind in ("Max", "Average") for d in (1, 2, 3)},
    **{f"Global{kind}Pooling{d}D": of(getattr(layers, f"Global{kind}Pooling{d}D"), shapes=BY_RANK[d])
       for kind in ("Max", "Average") for d in (1, 2, 3)},
    **{f"Adaptive{kind}Pooling{d}D": of(getattr(layers, f"Adaptive{kind}Pooling{d}D"), 3, shapes=BY_RANK[d])
       for kind in ("Max", "Average") for d in (1, 2, 3)},
    # shape
    **{f"ZeroPadding{d}D": of(getattr(layers, f"ZeroPadding{d}D"), 1, shapes=BY_RANK[d]) for d in (1, 2, 3)},
    **{f"Cropping{d}D": of(getattr(layers, f"Cropping{d}D"), 1, shapes=BY_RANK[d]) for d in (1, 2, 3)},
    **{f"UpSampling{d}D": of(getattr(layers, f"UpSampling{d}D"), 2, shapes=BY_RANK[d]) for d in (1, 2, 3)},
    "Flatten": of(layers.Flatten),
    "Reshape": of(layers.Reshape, (4, 16, 3)),
    "Permute": of(layers.Permute, (2, 1, 3)),
    "RepeatVector": of(layers.RepeatVector, 3, shapes=[(4,)]),
    # merging
    **{name: of(getattr(layers, name), shapes=[IMAGE, IMAGE])
       for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")},
    "Dot": of(layers.Dot, axes=2, shapes=TWO),
    # regularisation
    **{name: of(getattr(layers, name), 0.3) for name in ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise")},
    **{f"SpatialDropout{d}D": of(getattr(layers, f"SpatialDropout{d}D"), 0.3, shapes=BY_RANK[d]) for d in (1, 2, 3)},
    "ActivityRegularization": of(layers.ActivityRegularization, 0.1),
    # general
    "Identity": of(layers.Identity),
    "Masking": of(layers.Masking, shapes=SEQUENCE),
    "Lambda": Case(lambda: layers.Lambda(_doubled, output_shape=IMAGE)),
    # pictures
    "Resizing": of(layers.Resizing, 6, 6),
    "CenterCrop": of(layers.CenterCrop, 4, 4),
    **{name: of(getattr(layers, name), *args) for name, args in {
        "RandomCrop": (4, 4), "RandomFlip": (), "RandomRotation": (0.1,), "RandomTranslation": (0.1, 0.1), "RandomZoom": (0.1,),
        "RandomShear": (0.1, 0.1), "RandomPerspective": (0.1,), "RandomElasticTransform": (0.1,), "RandomErasing": (0.1,),
        "RandomBrightness": (0.1,), "RandomContrast": (0.1,), "RandomHue": (0.1,), "RandomSaturation": (0.1,),
        "RandomSharpness": (0.1,), "RandomGrayscale": (0.5,), "RandomGaussianBlur": (0.5,), "RandomInvert": (0.5,),
        "RandomPosterization": (4,), "RandomColorDegeneration": (0.1,), "RandomColorJitter": (), "AutoContrast": (),
        "Solarization": (), "AugMix": (), "CutMix": (), "MixUp": (), "RandAugment": (),
        "ContrastLimitedAdaptiveHistogramEqualization": (),
    }.items()},
    "Pipeline": Case(lambda: layers.Pipeline([layers.Rescaling(2.0), layers.Rescaling(0.5)])),
    # sound
    "MelSpectrogram": of(layers.MelSpectrogram, num_mel_bins=4, fft_length=16, sequence_stride=8, shapes=[(64,)]),
    "STFTSpectrogram": of(layers.STFTSpectrogram, frame_length=8, frame_step=4, fft_length=16, shapes=[(64, 1)]),
    # tables and words
    "CategoryEncoding": of(layers.CategoryEncoding, 5, shapes=TOKENS, dtype="int32"),
    "Discretization": of(layers.Discretization, (-1.0, 0.0, 1.0), shapes=TOKENS),
    "Hashing": of(layers.Hashing, 4, shapes=TOKENS, dtype="int32", on=TF),
    "HashedCrossing": of(layers.HashedCrossing, 4, shapes=[(1,), (1,)], dtype="int32", on=TF),
    "IntegerLookup": of(layers.IntegerLookup, vocabulary=[1, 2, 3], shapes=TOKENS, dtype="int64", on=TF),
    "StringLookup": of(layers.StringLookup, vocabulary=["red fox", "owl"], shapes=[(1,)], dtype="string", on=TF),
    "TextVectorization": of(layers.TextVectorization, vocabulary=["red", "dog"], output_sequence_length=4, shapes=[(1,)], dtype="string", on=TF),
}  # fmt: skip

NOT_ALONE: dict[str, str] = {
    "Equalization": "Keras cannot put it into a functional model: its symbolic output is its input",
    "Layer": "abstract: it is what other layers are made of",
    "Wrapper": "abstract: it is what wrappers are made of",
    "InputLayer": "it gives what it is given; the input panel shows it",
    "InputSpec": "no layer: it describes inputs",
    "SimpleRNNCell": "one step of SimpleRNN, shown there",
    "GRUCell": "one step of GRU, shown there",
    "LSTMCell": "one step of LSTM, shown there",
    "StackedRNNCells": "several cells of RNN, shown there",
    "MaxNumBoundingBoxes": "it takes boxes, which are no tensor input of a model",
    "FlaxLayer": "it wraps a Flax module, which is another package",
    "JaxLayer": "it wraps a JAX function, on JAX alone",
    "TorchModuleWrapper": "it wraps a PyTorch module, on PyTorch alone",
    "TFSMLayer": "it wraps a SavedModel on disk, on TensorFlow alone",
}


def _doubled(x: Any) -> Any:
    return x * 2


def classes() -> dict[str, Any]:
    """Every class of keras.layers, once; one that is exported under several names by its own."""
    found = {}
    for name in dir(layers):
        cls = getattr(layers, name)
        if isinstance(cls, type):
            found[cls.__name__] = cls
    return dict(sorted(found.items()))


def model_of(case: Case) -> keras.Model:
    """A model with the layer, named "layer", and beside it one that tells what the axes of the input mean."""
    inputs = [keras.Input(shape, dtype=case.dtype) for shape in case.shapes]
    layer = case.make()
    layer.name = "layer"
    output = layer(*inputs) if _takes_each(layer) else layer(inputs if len(inputs) > 1 else inputs[0])
    beside = _reader(len(case.shapes[0])) if case.dtype == "float32" else None
    return keras.Model(inputs, output if beside is None else [output, beside(inputs[0])])


def _reader(rank: int) -> Any:
    """A layer that takes series of units or pictures of channels: it names the axes of what it is given."""
    if rank == 2:
        return layers.SimpleRNN(1, name="beside")
    return getattr(layers, f"AveragePooling{rank - 1}D")(1, name="beside") if rank in (3, 4) else None


def _takes_each(layer: Any) -> bool:
    """Attention with many heads takes query and value as two arguments."""
    return type(layer).__name__ in ("MultiHeadAttention", "GroupedQueryAttention")
