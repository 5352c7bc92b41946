"""Registry: names to objects that are imported when they are asked for. The only plugin mechanism.

A name comes from one of three places: the built-in table of its package (`"module:attribute"`,
so that nothing is imported before it is used), an entry point of an installed package, or
`register()` in a notebook. Rejected: walking `__subclasses__()` (works only if somebody imported
the module) and scanning folders (a third party could not take part).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from kerasviz.errors import KerasvizError, KerasvizWarning, unknown_name

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """The objects of one kind (views, panels, methods …) by name.

    Args:
        what: What one of them is called in messages, e.g. "view".
        builtin: name → "module:attribute".
        group: The entry-point group where other packages add theirs, e.g. "kerasviz.views".
    """

    def __init__(self, what: str, builtin: Mapping[str, str], *, group: str) -> None:
        self.what = what
        self.group = group
        self._references: dict[str, str] = dict(builtin)
        self._objects: dict[str, T] = {}
        self._plugins: dict[str, EntryPoint] | None = None

    def names(self) -> tuple[str, ...]:
        """All names: built-ins first, in the order of their table."""
        return tuple(dict.fromkeys([*self._references, *self._found(), *self._objects]))

    def get(self, name: str) -> T:
        """The object called `name`; an unknown name is an error that says which are nearest."""
        if name in self._objects:
            return self._objects[name]
        if name in self._references:
            module, _, attribute = self._references[name].partition(":")
            self._objects[name] = getattr(import_module(module), attribute)
        elif name not in self._found() or not self._load(name):
            raise unknown_name(self.what.capitalize(), name, self.names())
        return self._objects[name]

    def all(self) -> dict[str, T]:
        """Every object that can be loaded, by name; a broken plugin is skipped with one warning."""
        for name in list(self._found()):
            if name not in self._objects:
                self._load(name)
        return {name: self.get(name) for name in self.names()}

    def register(self, name: str, value: T, *, replace: bool = False) -> T:
        """Add an object. A name that is taken is an error unless `replace=True`."""
        if not replace and name in self.names():
            message = (
                f"{self.what.capitalize()} {name!r} is registered already. "
                "A name can be given once. Choose another name, or pass replace=True."
            )
            raise KerasvizError(message)
        self._objects[name] = value
        return value

    def _found(self) -> dict[str, EntryPoint]:
        if self._plugins is None:
            self._plugins = {}
            for point in entry_points(group=self.group):
                if point.name in self._references or point.name in self._plugins:
                    self._warn(point, "its name is taken")
                else:
                    self._plugins[point.name] = point
        return self._plugins

    def _load(self, name: str) -> bool:
        point = self._found()[name]
        try:
            self._objects[name] = point.load()
        except Exception as error:  # noqa: BLE001 - somebody else's code: any failure must leave the rest working
            self._warn(point, f"{type(error).__name__}: {error}")
            del self._found()[name]
            return False
        return True

    def _warn(self, point: EntryPoint, reason: str) -> None:
        package = point.dist.name if point.dist else point.value
        message = (
            f"{self.what.capitalize()} {point.name!r} of package {package!r} was skipped: {reason}. "
            "kerasviz works without it. Update or uninstall that package."
        )
        warnings.warn(message, KerasvizWarning, stacklevel=4)
