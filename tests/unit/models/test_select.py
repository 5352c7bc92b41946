import re

import pytest

from kerasviz.errors import UnknownNameError
from kerasviz.models.select import select_paths

KNOWN = ["conv", "conv#1", "vgg", "vgg/conv", "dense"]


class Layer:
    name = "conv"


CONV, STRANGER = Layer(), Layer()
BY_LAYER = {id(CONV): "conv"}


def select(wanted):
    return set(select_paths(wanted, KNOWN, BY_LAYER))


def test_a_path_names_itself():
    assert select("vgg/conv") == {"vgg/conv"}


def test_a_layer_object_names_its_path():
    assert select(CONV) == {"conv"}


def test_a_list_may_mix_paths_objects_and_patterns_and_repeat_itself():
    assert select(["dense", CONV, re.compile("vgg/.*"), "dense"]) == {"dense", "conv", "vgg/conv"}


def test_a_pattern_must_match_the_whole_path():
    assert select(re.compile("conv")) == {"conv"}
    assert select(re.compile(r"(.*/)?conv(#\d+)?")) == {"conv", "conv#1", "vgg/conv"}


def test_nothing_asked_is_nothing_found():
    assert select(()) == set()


@pytest.mark.parametrize(
    ("wanted", "word"),
    [("covn", "'conv'"), (["dense", "vgg/con"], "'vgg/conv'"), (STRANGER, "conv"), (re.compile("x+"), "x+")],
)
def test_what_does_not_exist_is_refused_with_the_nearest(wanted, word):
    with pytest.raises(UnknownNameError, match=re.escape(word)):
        select(wanted)
