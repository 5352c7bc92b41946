"""`kerasviz check` on installations with a planted fault."""

import subprocess
import sys
from importlib import metadata

import pytest

import kerasviz as kv
from kerasviz.cli import host, installation
from kerasviz.cli.main import main


@pytest.fixture
def quick(monkeypatch):
    """Without the fresh process that imports Keras."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(installation, "_tried", lambda: ("tensorflow", ""))
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)


def sentences(found):
    return " | ".join(str(finding) for finding in found.broken)


def versions(monkeypatch, **changed):
    """Some packages have another version, or (None) are not installed."""
    real = metadata.version

    def version(name):
        if name in changed and changed[name] is None:
            raise metadata.PackageNotFoundError(name)
        return changed.get(name) or real(name)

    monkeypatch.setattr(metadata, "version", version)


def test_versions_are_those_that_are_installed_and_python_is_named(quick):
    text = repr(kv.check_install())

    assert f"✓ Python {sys.version_info.major}.{sys.version_info.minor}" in text
    for name in ("anywidget", "bqplot", "ipywidgets", "keras", "numpy"):
        assert f"✓ {name} {metadata.version(name)}" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"bqplot": None}, "✗ bqplot is not installed\n    → pip install bqplot"),
        ({"ipywidgets": "7.6.5"}, "✗ ipywidgets 7.6.5 is too old: 8.1.5 or newer is needed"),
        ({"keras": "2.15.0"}, "✗ keras 2.15.0 is too old"),
        ({"tensorflow": "2.10.0"}, "✗ tensorflow 2.10.0 is too old: 2.19 or newer is needed"),
    ],
)
def test_what_is_missing_or_too_old_is_named_with_what_to_do(quick, monkeypatch, changed, said):
    versions(monkeypatch, **changed)

    found = kv.check_install()

    assert not found.ok
    assert said in sentences(found)


def test_what_only_a_notebook_needs_breaks_nothing_where_jupyter_is_elsewhere(quick, monkeypatch):
    versions(monkeypatch, jupyterlab=None, ipykernel="6.29.0")

    found = kv.check_install()

    assert "· jupyterlab is not installed here" in repr(found)
    assert "· ipykernel 6.29.0 is too old" in repr(found)
    assert "ipykernel" not in sentences(found)


def test_a_missing_front_end_and_keras_2_are_broken(quick, monkeypatch, tmp_path):
    monkeypatch.setattr(installation, "__file__", str(tmp_path / "cli" / "installation.py"))
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")

    said = sentences(kv.check_install())

    assert "✗ the front end is missing (widget.js, widget.css, en.json, zh.json, page.js, page.css in" in said
    assert "✗ TF_USE_LEGACY_KERAS is set" in said


def test_missing_lab_extensions_are_named(monkeypatch, tmp_path):
    (tmp_path / "anywidget").mkdir()
    (tmp_path / "anywidget" / "package.json").write_text("{}")
    monkeypatch.setattr(host, "_folders", lambda: iter([tmp_path]))
    monkeypatch.setattr(host, "host_name", lambda: "Jupyter")

    states = {finding.text.split(" is missing")[0]: finding.state for finding in host.check_extensions()}

    assert states == {
        "JupyterLab extension @jupyter-widgets/jupyterlab-manager": "bad",
        "JupyterLab extension anywidget": "good",
        "JupyterLab extension bqplot": "bad",
    }


@pytest.mark.parametrize(
    ("signs", "name"),
    [
        ({}, "a terminal"),
        ({"shell": "TerminalInteractiveShell"}, "IPython in a terminal"),
        ({"shell": "ZMQInteractiveShell"}, "Jupyter"),
        ({"shell": "ZMQInteractiveShell", "environment": {"VOILA_BASE_URL"}}, "Voilà"),
        ({"shell": "ZMQInteractiveShell", "names": {"__vsc_ipynb_file__"}}, "VS Code"),
        ({"shell": "Shell", "modules": {"google.colab"}}, "Google Colab"),
        ({"modules": {"marimo._runtime"}}, "marimo"),
    ],
)
def test_hosts_are_told_apart(signs, name):
    empty = {"modules": frozenset(), "environment": frozenset(), "names": frozenset(), "shell": ""}

    assert host._named(host._Signs(**{**empty, **signs})) == name


def test_a_backend_that_does_not_start_is_status_1_and_keras_stays_unloaded():
    code = (
        "import sys; from kerasviz.cli.main import main; status = main(['check']);"
        "print('keras' in sys.modules); sys.exit(status)"
    )
    env = {**__import__("os").environ, "KERAS_BACKEND": "theano"}

    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "✗ Keras does not start on its backend (theano): " in done.stdout
    assert done.stdout.splitlines()[-1] == "False"


def test_the_command_ends_with_status_0_when_all_is_well(quick, capsys):
    assert main(["check"]) == int(not kv.check_install().ok)
    assert capsys.readouterr().out.startswith("✓ Python")
