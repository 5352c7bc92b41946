"""What JAX writes programs down in: made once for each thread, not for each program.

Making one registers all dialects anew, an eighth of the time of tests that compile small programs only.
"""

import threading

from jax._src.interpreters import mlir

_make = mlir.make_ir_context
_kept = threading.local()


def context_of_the_thread():
    if not hasattr(_kept, "context"):
        _kept.context = _make()
    return _kept.context
