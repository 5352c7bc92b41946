"""Which notebook, if any, this Python answers to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kerasviz.cli.findings import Finding

__all__ = ["check_extensions", "check_host", "host_name"]

# What each package puts into share/jupyter/labextensions, and what is missing without it
_EXTENSIONS = (
    ("@jupyter-widgets/jupyterlab-manager", "jupyterlab_widgets", "no widget is drawn"),
    ("anywidget", "anywidget", "the explainer is not drawn"),
    ("bqplot", "bqplot", "the charts are not drawn"),
)
_BRINGS_ITS_OWN = ("Google Colab", "VS Code", "marimo", "Voilà")


@dataclass(frozen=True, slots=True)
class _Signs:
    """What a host leaves in a process."""

    modules: frozenset[str]
    environment: frozenset[str]
    names: frozenset[str]  # of the notebook's own variables
    shell: str  # the class of IPython's shell


def host_name() -> str:
    """ "Jupyter", "Google Colab", "VS Code", "marimo", "Voilà", "IPython in a terminal" or "a terminal"."""  # noqa: D210
    return _named(_signs())


def check_host() -> Iterator[Finding]:
    """Where this runs, and what that host needs."""
    name = host_name()
    if "terminal" in name:
        text = f"running in {name}: a widget needs a notebook (JupyterLab, Notebook 7, VS Code, Colab)"
        yield Finding("note", text)
        return
    advice = ""
    if name == "Google Colab":
        advice = "For the charts, run: from google.colab import output; output.enable_custom_widget_manager()"
    elif name == "VS Code":
        advice = 'For the charts, VS Code needs the setting "jupyter.widgetScriptSources": ["jsdelivr.com"].'
    elif name == "marimo":
        advice = "marimo takes the explainer (mo.ui.anywidget), but not the bqplot charts below it."
    yield Finding("note", f"running in {name}", advice)


def check_extensions() -> Iterator[Finding]:
    """Whether JupyterLab finds the browser's side of the packages that draw."""
    name = host_name()
    if name in _BRINGS_ITS_OWN:
        return
    folders = list(_folders())
    if not any(folder.is_dir() for folder in folders):
        advice = "Nothing to do where Jupyter runs in another environment that has ipywidgets, anywidget and bqplot."
        yield Finding("note", "no JupyterLab extensions in this environment", advice)
        return
    for extension, package, loss in _EXTENSIONS:
        if any((folder / extension / "package.json").is_file() for folder in folders):
            yield Finding("good", f"JupyterLab extension {extension}")
        else:
            text = f"JupyterLab extension {extension} is missing: {loss}"
            yield Finding("bad", text, f"pip install --force-reinstall --no-deps {package}, then reload the page")


def _folders() -> Iterator[Path]:
    try:
        from jupyter_core.paths import jupyter_path
    except ModuleNotFoundError:
        yield Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    else:
        yield from map(Path, jupyter_path("labextensions"))


def _signs() -> _Signs:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return _Signs(
        modules=frozenset(sys.modules),
        environment=frozenset(os.environ),
        names=frozenset(getattr(shell, "user_ns", ())),
        shell=type(shell).__name__ if shell else "",
    )


def _named(signs: _Signs) -> str:
    if "google.colab" in signs.modules:
        return "Google Colab"
    if "marimo._runtime" in signs.modules:
        return "marimo"
    if signs.shell != "ZMQInteractiveShell":
        return "IPython in a terminal" if signs.shell else "a terminal"
    if "__vsc_ipynb_file__" in signs.names:  # its environment variables are also there in a Jupyter started from it
        return "VS Code"
    return "Voilà" if "VOILA_REQUEST_URL" in signs.environment or "VOILA_BASE_URL" in signs.environment else "Jupyter"
