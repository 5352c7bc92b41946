"""A method of one model, overridden on the instance for as long as somebody watches."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable
from typing import Any

__all__ = ["Hook", "attach", "detach"]

_HOOKING = threading.RLock()  # probes may be made and closed in several threads


class Hook:
    """Calls the method, then `after`, in the same thread.

    Nothing of it is saved or copied: Keras does both by the model's config. A hook whose watchers were
    forgotten, not closed, goes away at the next call.
    """

    def __init__(self, model: Any, name: str) -> None:
        self._model, self._name = weakref.ref(model), name
        self._own = vars(model).get(name)  # an override of somebody else's
        self._method = getattr(type(model), name, None)
        self.watchers: weakref.WeakSet[Any] = weakref.WeakSet()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        model = self._model()
        result = (
            self._method(model, *args, **kwargs)  # type: ignore[misc]  # `attach` saw that it is there
            if self._own is None
            else self._own(*args, **kwargs)
        )
        with _HOOKING:
            watchers = list(self.watchers)
            if not watchers:
                self.undo(model)
        if watchers:
            self.after(model, watchers)
        return result

    def after(self, model: Any, watchers: Iterable[Any]) -> None:
        """What is to be done when the method has run."""

    def undo(self, model: Any) -> None:
        """Put the instance back as it was."""
        if vars(model).get(self._name) is not self:
            return
        if self._own is None:
            object.__delattr__(model, self._name)
        else:
            object.__setattr__(model, self._name, self._own)


def attach(model: Any, name: str, kind: type[Hook], watcher: Any) -> Hook | None:
    """Watch a method; one hook for all who do. None where there is no such method: a bare layer is not trained."""
    if not hasattr(model, name):
        return None
    with _HOOKING:
        hook = vars(model).get(name)
        if not isinstance(hook, Hook):
            hook = kind(model, name)
            object.__setattr__(model, name, hook)  # past Keras, which tracks what is set
        hook.watchers.add(watcher)
    return hook


def detach(model: Any, name: str, watcher: Any) -> None:
    """Watch no longer; the last one takes the hook away."""
    with _HOOKING:
        hook = vars(model).get(name)
        if isinstance(hook, Hook):
            hook.watchers.discard(watcher)
            if not hook.watchers:
                hook.undo(model)
