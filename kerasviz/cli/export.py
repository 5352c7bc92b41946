"""`kerasviz export`: a model file and some inputs as a page that explores without a kernel."""

from __future__ import annotations

import pickle
import sys
import zipfile
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from kerasviz.errors import InputError, KerasvizError, UnsupportedModelError

__all__ = ["add_export", "export"]


def add_export(commands: Any) -> None:
    """The command and its options."""
    parser: ArgumentParser = commands.add_parser("export", help="write a page that explores a model without a kernel")
    parser.add_argument("model", type=Path, help="a .keras file, as model.save() writes it; code inside it is not run")
    parser.add_argument("--inputs", type=Path, help="samples, .npy, or .npz for several inputs; default: they are made")
    parser.add_argument("--labels", type=Path, help="their labels, .npy")
    parser.add_argument("-o", "--output", type=Path, help="the page; default: named as the model, .html")
    parser.add_argument("--samples", type=int, default=20, help="how many of them go into it; default: %(default)s")
    parser.add_argument("--method", action="append", default=[], help="an attribution to show; can be given again")
    parser.add_argument("--layer", help="the path of the layer it opens with")
    parser.add_argument("--language", default="en", help="en or zh; the page can switch")
    parser.add_argument("--megabytes", type=float, help="as large as it may be; default: 3, 12 for a large model")
    parser.set_defaults(run=export)


def export(options: Namespace) -> int:
    """Load, open, write; says what it wrote."""
    model = _model(options.model)
    inputs, labels = (_arrays(path) for path in (options.inputs, options.labels))
    from kerasviz.widget.explainer import ExplainerWidget

    widget = ExplainerWidget(model, inputs, labels, language=options.language)
    try:
        if options.layer:
            widget.layer = options.layer
        if options.method:
            widget.method = options.method[0]
        page = widget.save_html(
            options.output or options.model.with_suffix(".html"),
            options.samples,
            methods=options.method,
            megabytes=options.megabytes,
        )
    finally:
        widget.close()
    sys.stdout.write(f"{page}: {page.stat().st_size / 1e6:.1f} MB\n")
    return 0


def _model(path: Path) -> Any:
    _there(path, "A model")
    if path.suffix != ".keras":
        raise UnsupportedModelError(
            f"{path} was given. A model is a .keras file here. Load yours in Python and save it: model.save('model.keras')."
        )
    if not zipfile.is_zipfile(path):
        raise UnsupportedModelError(
            f"{path} was given. It is no .keras file, whatever its name, or a damaged one. Save the model again: "
            "model.save('model.keras')."
        )
    from keras.saving import load_model

    try:
        return load_model(path, compile=False, safe_mode=True)
    except KerasvizError:
        raise
    except Exception as error:  # whatever Keras raises of a file: said in our words, with its own as the cause
        reason = str(error).strip().partition("\n")[0].partition(". ")[0].rstrip(".")
        raise UnsupportedModelError(
            f"{path} could not be loaded: {reason or type(error).__name__}. A model of Keras's own layers is expected, since no code from the file is "
            "run. Load one with layers of your own in Python, and call ExplainerWidget(model, …).save_html()."
        ) from error


def _arrays(path: Path | None) -> Any:
    if path is None:
        return None
    _there(path, "A file of arrays")
    import numpy as np

    try:
        found = np.load(path, allow_pickle=False)
        return {name: found[name] for name in found.files} if isinstance(found, np.lib.npyio.NpzFile) else found
    except (ValueError, OSError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        reason = (
            "it holds Python objects, or is no file of NumPy's" if "pickle" in str(error) else str(error).rstrip(".")
        )
        raise InputError(
            f"{path} could not be read: {reason}. Plain arrays are expected, as numpy.save writes them. Save it again: "
            "np.save('x.npy', np.asarray(x, dtype='float32'))."
        ) from error


def _there(path: Path, what: str) -> None:
    if not path.is_file():
        raise InputError(f"{path} was given. {what} is expected there, and there is no such file. Check the path.")
