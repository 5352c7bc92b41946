"""`kerasviz demo`."""

from kerasviz.cli import tour
from kerasviz.cli.main import main


def test_the_tour_is_copied_once_and_never_over_ones_own_work(tmp_path, capsys):
    folder = tmp_path / "mine"

    assert main(["demo", str(folder), "--no-start"]) == 0
    (folder / "quickstart.ipynb").write_text("my work")
    status = main(["demo", str(folder), "--no-start"])

    assert status == 2
    assert "add --force" in capsys.readouterr().err
    assert (folder / "quickstart.ipynb").read_text() == "my work"
    assert main(["demo", str(folder), "--no-start", "--force"]) == 0
    assert sorted(path.name for path in folder.iterdir()) == [path.name for path in tour.notebooks()]
    assert (folder / "quickstart.ipynb").read_bytes() == next(
        path for path in tour.notebooks() if path.name == "quickstart.ipynb"
    ).read_bytes()


def test_a_file_is_no_folder_for_the_tour(tmp_path, capsys):
    (tmp_path / "file").write_text("")

    assert main(["demo", str(tmp_path / "file"), "--no-start"]) == 2
    assert "it is a file" in capsys.readouterr().err


def test_lab_opens_the_quickstart_and_no_browser_where_there_is_no_display(tmp_path, monkeypatch):
    monkeypatch.setattr(tour.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    without = tour.lab_command(tmp_path)
    monkeypatch.setenv("DISPLAY", ":0")

    assert "--no-browser" in without
    assert "--no-browser" not in tour.lab_command(tmp_path)
    assert f"--ServerApp.root_dir={tmp_path}" in without
    assert "--LabApp.default_url=/lab/tree/quickstart.ipynb" in without


def test_without_jupyterlab_it_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tour, "lab_command", lambda _: None)

    assert main(["demo", str(tmp_path / "tour")]) == 1
    assert 'pip install "kerasviz[demo]"' in capsys.readouterr().out
