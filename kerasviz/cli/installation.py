"""`check_install`: is everything there that the widget needs, and if not, what to do.

Keras is imported in a process of its own where it is not loaded yet: a broken framework may end the process that
imports it, and looking must not decide which backend this session uses.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from kerasviz.cli.findings import Finding, Installation
from kerasviz.cli.host import check_extensions, check_host

__all__ = ["check_install"]

_PYTHON = (3, 11)
_BACKENDS = {"tensorflow": ("tensorflow", "tensorflow-cpu"), "jax": ("jax",), "torch": ("torch",)}
_SOFT = {"jupyterlab": "lab", "ipykernel": "lab"}  # needed in a notebook only: the extra that brings them
_PATIENCE = 120  # seconds for importing a framework
_TRY = "import keras; keras.ops.add(1.0, 1.0); print('backend:', keras.backend.backend())"


def check_install() -> Installation:
    """What is installed, whether it fits together, and what to do where it does not.

    Nothing is changed, and Keras is not imported into this session.

    Example:
        >>> import kerasviz
        >>> kerasviz.check_install().ok  # doctest: +SKIP
        True
    """
    parts = (_python(), _packages(), _backend(), _others(), _bundle(), check_extensions(), check_host())
    return Installation(tuple(finding for part in parts for finding in part))


def _python() -> Iterator[Finding]:
    good = sys.version_info >= _PYTHON
    text = f"Python {platform.python_version()}"
    yield Finding("good", text) if good else Finding("bad", f"{text} is too old", "Python 3.11 or newer is needed.")
    if own := _version("kerasviz"):
        yield Finding("good", f"kerasviz {own}")
    else:
        yield Finding("note", "kerasviz runs from a folder that is not installed", "pip install -e . in that folder")


def _packages() -> Iterator[Finding]:
    """Each package against the minimum that kerasviz itself declares."""
    for name, minimum in _minimums().items():
        if name == "tensorflow":  # one backend of three: it is judged with them
            continue
        found, extra = _version(name), _SOFT.get(name)
        if found is None:
            text = f"{name} is not installed" + (" here" if extra else "")
            hint = f'pip install "kerasviz[{extra}]", unless Jupyter runs in another environment'
            yield Finding("note", text, hint) if extra else Finding("bad", text, f"pip install {name}")
        elif _older(found, minimum):
            text = f"{name} {found} is too old: {minimum} or newer is needed"
            yield Finding("note" if extra else "bad", text, f'pip install "{name}>={minimum}"')
        else:
            yield Finding("good", f"{name} {found}")


def _backend() -> Iterator[Finding]:
    """Whether Keras's backend computes."""
    if os.environ.get("TF_USE_LEGACY_KERAS", "0").lower() not in ("", "0", "false"):
        advice = "Unset it: kerasviz looks into models of Keras 3."
        yield Finding("bad", "TF_USE_LEGACY_KERAS is set, so that tf.keras is Keras 2", advice)
    if _version("keras") is None:
        return
    keras = sys.modules.get("keras")
    name, error = (keras.backend.backend(), "") if keras and hasattr(keras, "backend") else _tried()
    if name in _BACKENDS:
        yield _judged(name)
    elif name:
        advice = f"Set KERAS_BACKEND to one of {', '.join(_BACKENDS)} before keras is imported."
        yield Finding("bad", f"Keras runs on {name!r}, which kerasviz does not know", advice)
    else:
        wanted = os.environ.get("KERAS_BACKEND", "the default, tensorflow")
        advice = "Install that backend, or set KERAS_BACKEND to one that is there, before keras is imported."
        yield Finding("bad", f"Keras does not start on its backend ({wanted}): {error}", advice)


def _judged(name: str) -> Finding:
    found, minimum = _first_version(name), _minimums(extras=True).get(name)
    if found and minimum and _older(found, minimum):
        return Finding(
            "bad", f"{name} {found} is too old: {minimum} or newer is needed", f'pip install "{name}>={minimum}"'
        )
    chosen = "KERAS_BACKEND" if os.environ.get("KERAS_BACKEND") else "Keras's settings"
    return Finding("good", f"backend {name} {found or ''}".rstrip() + f", chosen by {chosen}; it computes")


def _tried() -> tuple[str, str]:
    """The backend that Keras starts on in a fresh process, or "" and the last line of what went wrong."""
    try:
        command = [sys.executable, "-c", _TRY]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "", f"it had not started after {_PATIENCE} seconds"
    for line in done.stdout.splitlines():
        if line.startswith("backend: "):
            return line.removeprefix("backend: "), ""
    said = [line for line in done.stderr.splitlines() if line.strip()]
    return "", said[-1].strip() if said else f"the process ended with status {done.returncode}"


def _others() -> Iterator[Finding]:
    there = [f"{name} {version}" for name in _BACKENDS if (version := _first_version(name))]
    text = f"backends installed: {', '.join(there)}" if there else "no backend is installed"
    yield Finding("note", text) if there else Finding("bad", text, "pip install tensorflow (or jax, or torch)")


def _bundle() -> Iterator[Finding]:
    static = Path(__file__).parents[1] / "static"
    files = ("widget.js", "widget.css", "en.json", "zh.json", "page.js", "page.css")
    missing = [name for name in files if not (static / name).is_file()]
    if missing:
        advice = "pip install --force-reinstall --no-deps kerasviz; in a checkout: npm --prefix js ci && npm --prefix js run build"
        yield Finding("bad", f"the front end is missing ({', '.join(missing)} in {static})", advice)
    else:
        size = sum((static / name).stat().st_size for name in ("widget.js", "widget.css"))
        yield Finding("good", f"front end ({size / 1000:.0f} kB)")


def _minimums(*, extras: bool = False) -> dict[str, str]:
    """The lowest version of each package that kerasviz declares, the notebook's own packages included."""
    from packaging.requirements import Requirement

    found = {}
    for text in _declared():
        need = Requirement(text)
        wanted = need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("lab", "jax", "torch"))
        lowest = [spec.version for spec in need.specifier if spec.operator == ">="]
        if wanted and lowest and (extras or need.name not in _BACKENDS):
            found[need.name] = lowest[0]
    return found


def _declared() -> list[str]:
    try:
        return metadata.requires("kerasviz") or []
    except metadata.PackageNotFoundError:
        return []


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _first_version(backend: str) -> str | None:
    if importlib.util.find_spec(backend) is None:
        return None
    return next((version for name in _BACKENDS[backend] if (version := _version(name))), "of unknown version")


def _older(found: str, minimum: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(found) < Version(minimum)
    except InvalidVersion:  # a build of one's own; it may be anything
        return False
