"""What `import kerasviz` gives, and what it leaves alone."""

import pkgutil
import subprocess
import sys

import pytest

import kerasviz

FRAMEWORKS = ("keras", "tensorflow", "torch", "jax", "bqplot", "ipywidgets", "anywidget", "matplotlib", "sklearn")


def test_importing_kerasviz_loads_no_framework():
    code = f"import kerasviz, kerasviz.plot, sys; print([m for m in {FRAMEWORKS} if m in sys.modules])"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"


def test_the_names_of_the_methods_need_no_framework():
    code = f"import kerasviz, sys; print(len(kerasviz.methods()) > 20, [m for m in {FRAMEWORKS} if m in sys.modules])"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "True []"


def test_importing_kerasviz_takes_a_fifth_of_a_second_at_most():
    code = "import time; t = time.perf_counter(); import kerasviz; print(time.perf_counter() - t)"

    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]

    assert min(times) <= 0.2


def test_public_names_are_listed_and_errors_load():
    assert {"ExplainerWidget", "Probe", "KerasvizError", "attribute", "methods", "Attribution", "__version__"} <= set(
        dir(kerasviz)
    )
    assert issubclass(kerasviz.UnknownNameError, KeyError)
    assert issubclass(kerasviz.UnsupportedModelError, TypeError)
    assert kerasviz.__version__


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Prob'"):
        _ = kerasviz.Prob


def test_no_module_hides_a_public_function():
    """`import kerasviz.scan` would put the module where `kerasviz.scan` the function has to be."""
    modules = {module.name for module in pkgutil.iter_modules(kerasviz.__path__)}
    functions = {name for name in kerasviz.__all__ if callable(getattr(kerasviz, name))}
    assert not modules & functions
