"""`kerasviz export`: a page from files, and plain words where a file is not what it should be."""

import keras
import numpy as np
import pytest

from kerasviz.cli.main import main
from kerasviz.pages import html
from kerasviz.widget import stage
from kerasviz.widget.stage import StageWidget


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with a model and inputs, and a stand-in for the front end."""
    for name in ("widget.js", "widget.css", "page.js", "page.css", "en.json", "zh.json"):
        (tmp_path / name).write_text("{}")
    for module in (html, stage):
        monkeypatch.setattr(module, "_STATIC", tmp_path)
    monkeypatch.setattr(StageWidget, "_esm", "export default {}", raising=False)
    monkeypatch.setattr(StageWidget, "_css", "", raising=False)
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="scores")], name="tiny").save(
        tmp_path / "model.keras"
    )
    np.save(tmp_path / "x.npy", np.eye(4, dtype=np.float32))
    return tmp_path


def test_a_page_is_written_beside_the_model_or_where_it_is_wanted(files, capsys):
    model, inputs = str(files / "model.keras"), str(files / "x.npy")

    assert main(["export", model, "--inputs", inputs, "--samples", "2"]) == 0
    assert main(["export", model, "-o", str(files / "made.html"), "--samples", "1", "--method", "saliency"]) == 0

    said = capsys.readouterr().out
    for name in ("model.html", "made.html"):
        assert (files / name).read_text().startswith("<!doctype html>")
        assert f"{name}: 0.0 MB" in said


def test_code_inside_a_model_file_is_not_run(files, capsys):
    layers = keras.layers
    with_code = keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: x + 1), layers.Dense(2)])
    with_code.save(files / "code.keras")

    assert main(["export", str(files / "code.keras")]) == 2

    said = capsys.readouterr().err
    assert "code.keras could not be loaded" in said
    assert "no code from the file is run" in said
    assert not (files / "code.html").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no.keras"], "there is no such file"),
        (["x.npy"], "A model is a .keras file here"),
        (["model.keras", "--inputs", "no.npy"], "A file of arrays is expected there"),
        (["model.keras", "--inputs", "zh.json"], "zh.json could not be read"),
        (["model.keras", "--inputs", "objects.npy"], "Plain arrays are expected"),
        (["model.keras", "--inputs", "x.npy", "-o", "page.txt"], "A page is an HTML file"),
        (["model.keras", "--inputs", "x.npy", "--layer", "score"], "scores"),
    ],
)
def test_a_wrong_file_is_named_with_what_to_do(files, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(files)
    np.save("objects.npy", np.array([{}], dtype=object), allow_pickle=True)

    assert main(["export", *arguments]) == 2

    message = capsys.readouterr().err
    assert said in message
    assert "Traceback" not in message
