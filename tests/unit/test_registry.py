"""The one plugin mechanism: lazy built-ins, entry points, register()."""

from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from kerasviz import registry as module
from kerasviz.errors import KerasvizError, KerasvizWarning, UnknownNameError
from kerasviz.registry import Registry


@pytest.fixture
def plugins(monkeypatch):
    points = []
    monkeypatch.setattr(module, "entry_points", lambda group: [p for p in points if p.group == group])
    return points


def point(name, value, package="kv-extra"):
    found = EntryPoint(name, value, "kerasviz.things")
    object.__setattr__(found, "dist", SimpleNamespace(name=package))
    return found


def things(**builtin):
    return Registry("thing", builtin, group="kerasviz.things")


def test_builtin_is_imported_when_it_is_asked_for(plugins):
    registry = things(sqrt="math:sqrt", missing="no_such_module:x")

    assert registry.names() == ("sqrt", "missing")
    assert registry.get("sqrt")(9) == 3


def test_wrong_name_is_an_error_with_the_nearest(plugins):
    with pytest.raises(UnknownNameError, match=r"Thing 'sqr' does not exist. Nearest: 'sqrt'"):
        things(sqrt="math:sqrt").get("sqr")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("Square_Root", "Nearest: 'square-root'."),
        ("root", "Nearest: 'square-root'."),
        ("log", "There are: 'square-root', 'sine'."),
    ],
)
def test_names_are_near_when_they_are_written_or_spelt_alike(plugins, wrong, hint):
    registry = things(**{"square-root": "math:sqrt", "sine": "math:sin"})

    with pytest.raises(UnknownNameError) as refused:
        registry.get(wrong)

    assert hint in str(refused.value)


def test_register_adds_and_refuses_a_taken_name(plugins):
    registry = things(sqrt="math:sqrt")
    registry.register("mine", 1)

    with pytest.raises(KerasvizError, match="'mine' is registered already"):
        registry.register("mine", 2)
    with pytest.raises(KerasvizError, match="replace=True"):
        registry.register("sqrt", 2)

    assert registry.register("mine", 2, replace=True) == 2
    assert registry.all()["mine"] == 2


def test_entry_point_of_another_package_is_found(plugins):
    plugins.append(point("cos", "math:cos"))

    registry = things(sqrt="math:sqrt")

    assert registry.names() == ("sqrt", "cos")
    assert registry.get("cos")(0) == 1


def test_broken_plugin_is_skipped_with_one_warning_that_names_its_package(plugins):
    plugins.append(point("bad", "no_such_module:x"))
    registry = things(sqrt="math:sqrt")

    with pytest.warns(KerasvizWarning, match="package 'kv-extra' was skipped: ModuleNotFoundError") as caught:
        found = list(registry.all()), list(registry.all())

    assert found == (["sqrt"], ["sqrt"])
    assert len(caught) == 1


def test_plugin_cannot_take_the_name_of_a_builtin(plugins):
    plugins.append(point("sqrt", "math:cos"))
    registry = things(sqrt="math:sqrt")

    with pytest.warns(KerasvizWarning, match="its name is taken"):
        names = registry.names()

    assert names == ("sqrt",)
    assert registry.get("sqrt")(9) == 3
