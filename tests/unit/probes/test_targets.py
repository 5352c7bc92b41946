import keras
import numpy as np
import pytest

from kerasviz.errors import KerasvizError, TargetError
from kerasviz.probes.targets import OutputInfo, resolve_target

CLASSES = (OutputInfo(None, (10,), "softmax", regression=False),)
SIDE = (OutputInfo(None, (1,), "sigmoid", regression=False),)
NUMBER = (OutputInfo(None, (1,), None, regression=True),)
STEPS = (OutputInfo(None, (5, 3), None, regression=False),)
NAMED = (OutputInfo("kind", (3,), "softmax", regression=False), OutputInfo("size", (1,), None, regression=True))
LISTED = (OutputInfo(0, (3,), None, regression=False), OutputInfo(1, (4, 2), None, regression=False))


def indices(target, outputs, batch_size=2):
    return resolve_target(target, outputs, batch_size, "auto")[1].tolist()


def test_one_class_is_the_class_of_every_sample():
    assert indices(3, CLASSES) == [[3], [3]]
    assert indices(np.int64(3), CLASSES) == [[3], [3]]


def test_a_list_is_one_class_per_sample():
    assert indices([3, 4], CLASSES) == [[3], [4]]
    assert indices(np.array([3, 4]), CLASSES) == [[3], [4]]


def test_none_is_the_predicted_class_and_output_0_of_a_regression():
    assert indices(None, CLASSES) == [[-1], [-1]]
    assert indices(None, SIDE) == [[-1], [-1]]
    assert indices(None, NUMBER) == [[-1], [-1]]
    assert resolve_target(None, NUMBER, 2, "auto")[0].first
    assert not resolve_target(None, CLASSES, 2, "auto")[0].first


def test_one_sigmoid_unit_has_the_sides_0_and_1():
    assert indices(1, SIDE) == [[1], [1]]
    assert resolve_target(1, SIDE, 2, "auto")[0].binary
    with pytest.raises(TargetError, match="2"):
        indices(2, SIDE)


def test_an_output_of_rank_3_takes_a_tuple():
    assert indices((4, 2), STEPS) == [[4, 2], [4, 2]]
    for wrong in (None, 4, (4,), (5, 0), (0, 3), (0, 0, 0)):
        with pytest.raises(TargetError, match="5"):
            indices(wrong, STEPS)


def test_several_outputs_are_chosen_by_name_or_position():
    assert resolve_target(("kind", 2), NAMED, 2, "auto")[0].position == 0
    assert resolve_target("size", NAMED, 2, "auto")[0].position == 1
    assert resolve_target((1, 3, 1), LISTED, 2, "auto")[0].position == 1
    assert indices((1, 3, 1), LISTED) == [[3, 1], [3, 1]]


@pytest.mark.parametrize("wrong", [None, "sort", ("sort", 1), 2, ("kind", 3), ("kind", -1), True])
def test_the_error_for_several_outputs_lists_the_choices(wrong):
    with pytest.raises(TargetError, match=r"kind.*size|kind"):
        indices(wrong, NAMED)


@pytest.mark.parametrize("wrong", [10, -1, [1], [1, 2, 3], 1.5, "cat", (1, 2), [[1, 2]], np.nan, [3, 10], object()])
def test_what_is_no_index_is_refused_with_the_range(wrong):
    with pytest.raises(TargetError, match="9"):
        indices(wrong, CLASSES)


def test_a_function_is_kept_as_it_is():
    function = lambda outputs: outputs[:, 0]  # noqa: E731
    assert resolve_target(function, CLASSES, 2, "auto")[0].function is function


def test_an_unknown_score_is_refused():
    with pytest.raises(KerasvizError, match="output"):
        resolve_target(1, CLASSES, 2, "outputs")


def test_an_output_of_unknown_length_takes_any_index():
    outputs = (OutputInfo(None, (None, 3), None, regression=False),)
    assert indices((100, 2), outputs) == [[100, 2], [100, 2]]
    assert keras.backend.backend()
