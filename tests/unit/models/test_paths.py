import re

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from kerasviz.models.paths import escape, input_key, output_path, walk
from tests.models import EVERY_NAME, ZOO

NAMES = st.text("ab#~.1\\:/é", min_size=1, max_size=6)


@pytest.mark.parametrize("name", EVERY_NAME)
def test_hostile_names_are_escaped_as_documented(name):
    assert escape(name, top=True) == EVERY_NAME[name]


def test_only_a_top_level_input_is_reserved():
    assert escape("input") == "input"
    assert escape("input", top=True) == "\\input"
    assert escape("inputs", top=True) == "inputs"


def test_plain_names_stay_as_they_are():
    for name in ("conv2d_3", "block5_conv3", "a.b", "top-1", "größe"):
        assert escape(name, top=True) == name


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(NAMES, NAMES)
def test_two_names_never_share_a_segment(one, other):
    assert (escape(one) == escape(other)) == (one == other)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(NAMES)
def test_no_name_can_look_like_a_call_an_output_or_a_sibling(name):
    for mark in (r"#\d", r"~\d", r"\.\d"):
        assert not re.search(rf"(?<!\\)(?:\\\\)*{mark}", escape(name))


def test_calls_and_outputs_are_written_behind_the_path():
    assert output_path("enc/dense", 0, 0) == "enc/dense"
    assert output_path("lstm", 0, 2) == "lstm.2"
    assert output_path("lstm", 1, 1) == "lstm#1.1"


def test_one_input_is_input_and_several_have_names():
    assert input_key("x", only=True) == "input"
    assert input_key("x", only=False) == "input:x"


@pytest.fixture(autouse=True)
def _fresh_names():
    keras.utils.clear_session(free_memory=False)


def paths(model):
    return {node.path: node for node in walk(model)}


def test_a_functional_graph_lists_its_operations_without_inputs():
    found = paths(ZOO["operations"].make())
    assert set(found) == {"h", "relu", "multiply", "add", "softmax"}
    assert found["add"].is_operation
    assert not found["h"].is_operation


def test_layers_hang_in_lists_and_dicts_and_siblings_of_one_name_are_numbered():
    found = paths(ZOO["subclassed"].make())
    assert set(found) == {
        *("stem", "block", "block/dense", "block/dense~2", "block~2", "block~2/dense", "block~2/dense~2"),
        *("left", "right", "probabilities"),
    }
    assert found["block"].is_container
    assert found["block~2/dense"].parent == "block~2"


def test_a_shared_layer_hangs_in_one_place():
    layer = layers.Dense(3, name="shared")
    x = keras.Input((3,))
    inner = keras.Model(x, layer(x), name="inner")
    model = keras.Model(x, inner(layer(x)))
    assert [path for path in paths(model) if path.endswith("shared")] == ["shared"]


def test_cells_of_recurrent_layers_are_not_listed():
    assert not any("cell" in path for path in paths(ZOO["recurrent"].make()))
    found = paths(ZOO["recurrent"].make())
    assert {"both", "both/forward_lstm", "both/backward_lstm", "second", "gru"} <= set(found)
    assert not found["second"].is_container


@pytest.mark.parametrize("name", [name for name in ZOO if name != "float64"])
def test_every_path_is_unique_and_stable(name):
    model = ZOO[name].make()
    found = [node.path for node in walk(model)]
    assert len(set(found)) == len(found)
    assert found == [node.path for node in walk(model)]
