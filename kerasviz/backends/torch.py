"""torch: nothing is compiled, what runs again and again is replayed; gradients come from autograd over the marked tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import ml_dtypes
import numpy as np
import torch

from kerasviz.backends.base import Differentiated, Mark, Signature, Snapshot, Tensor
from kerasviz.backends.replay import Replay
from kerasviz.backends.turns import LiveWeights

__all__ = ["TorchBackend"]


class TorchBackend:
    """Runs the model as it is; `.grad` of the weights is never touched."""

    name = "torch"
    eager_first = True
    dynamic_batch = False
    traces_each_size = False

    def compile(
        self, function: Callable[..., Any], signature: Signature, snapshot: Callable[[], Snapshot | None]
    ) -> Callable[..., Any]:
        repeated = Replay(partial(self.run, function), snapshot)
        return lambda weights, *inputs: repeated(weights, inputs)

    def run(self, function: Callable[..., Any], weights: Any, inputs: Sequence[Any]) -> Any:
        with torch.inference_mode(mode=False), torch.no_grad():
            return function(weights, *inputs)

    def differentiate(self, score: Callable[[Mark], tuple[Tensor, Any]]) -> Differentiated:
        marked: dict[str, Tensor] = {}

        def mark(key: str, tensor: Tensor) -> Tensor:
            # A view is a new node of the graph: what else uses the tensor stays out of its gradient.
            marked[key] = tensor.view_as(tensor) if tensor.requires_grad else tensor.detach().requires_grad_()
            return marked[key]

        # The caller's own mode, often no_grad in notebooks, must not turn the gradients to zeros.
        with torch.inference_mode(mode=False), torch.enable_grad():
            total, extra = score(mark)
            found: Sequence[Tensor | None] = [None] * len(marked)
            if marked and total.requires_grad:
                found = torch.autograd.grad(total, list(marked.values()), allow_unused=True)
        pairs = dict(zip(marked, found, strict=True))
        connected = frozenset(key for key, gradient in pairs.items() if gradient is not None)
        gradients = {
            key: torch.zeros_like(marked[key]) if gradient is None else gradient for key, gradient in pairs.items()
        }
        return Differentiated(gradients, extra, connected)

    def weights(self, model: Any) -> LiveWeights:
        return TorchWeights(model)

    def hold(self, array: np.ndarray, before: Any) -> Tensor:
        return self.to_tensor(array)

    def to_tensor(self, array: np.ndarray) -> Tensor:
        import keras

        with torch.inference_mode(mode=False):
            return keras.ops.convert_to_tensor(array)  # puts it on the device Keras uses

    def to_numpy(self, tensor: Tensor) -> np.ndarray:
        tensor = tensor.detach().cpu()
        if tensor.dtype is torch.bfloat16:
            tensor = tensor.contiguous().view(torch.int16)
            return np.asarray(tensor.numpy()).view(ml_dtypes.bfloat16)
        return np.asarray(tensor.numpy())

    def alias(self, tensor: Tensor) -> Tensor:
        return tensor.view_as(tensor)

    def argmax(self, tensor: Tensor) -> Tensor:
        return tensor.argmax(dim=-1, keepdim=True).int()

    def lines(self, tensor: Tensor) -> Tensor:
        return tensor.amax(dim=-2)

    def position_of(self, tensor: Tensor, lines: Tensor, wanted: Tensor) -> Tensor:
        """Only what is wanted is looked through, mostly next to nothing."""
        rows, *_, length, channels = tensor.shape
        row, channel = torch.nonzero(wanted, as_tuple=True)
        line = lines.reshape(rows, -1, channels)[row, :, channel].argmax(dim=1)
        inside = tensor.reshape(rows, -1, length, channels)[row, line, :, channel].argmax(dim=1)
        found = torch.zeros(wanted.shape, dtype=torch.int32, device=wanted.device)
        found[row, channel] = (line * length + inside).int()
        return found

    def squares(self, tensor: Tensor) -> Tensor:
        return tensor.square().sum(dim=tuple(range(1, tensor.ndim - 1)))

    def rows_at(self, tensor: Tensor, places: Tensor) -> Tensor:
        return tensor[torch.arange(len(tensor), device=tensor.device)[:, None], places.long()]

    def is_dense(self, tensor: Tensor) -> bool:
        return isinstance(tensor, torch.Tensor) and tensor.layout is torch.strided

    @contextmanager
    def own_randomness(self) -> Iterator[None]:
        """Dropout without a mask of its own shape draws from torch's global generator."""
        with torch.random.fork_rng():
            torch.manual_seed(0)
            yield

    def trace_context(self) -> Any:
        return None


class TorchWeights(LiveWeights):
    """Live, with a copy at hand for when a training loop of the user's own steps in the middle of a backward pass."""

    def recover(self, error: RuntimeError | ValueError) -> list[tuple[Any, Any]] | None:
        """Every variable with a clone of its value, if the weights changed under autograd."""
        model = self._model()
        if model is None or "modified by an inplace operation" not in str(error):
            return None
        return [(variable, variable.value.detach().clone()) for variable in model.variables]
