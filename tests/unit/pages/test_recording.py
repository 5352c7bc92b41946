"""What is kept of the session's answers, and when there is no more room."""

import numpy as np
import pytest

from kerasviz.errors import MethodError
from kerasviz.pages.recording import Full, Recording
from kerasviz.views.base import Panel
from kerasviz.views.empty import Empty


class Answering:
    """Answers with noise of a given seed, or the same for all."""

    def __init__(self):
        self.times = 0

    def panel(self, name, params):
        self.times += 1
        if name == "refused":
            raise MethodError("It was asked for. It cannot be. Ask for another.")
        noise = np.random.default_rng(params["seed"]).integers(0, 256, params.get("size", 10_000), np.uint8)
        return Panel(Empty(name, "a reason"), {"noise": noise})


def test_equal_questions_are_asked_once_and_equal_buffers_kept_once():
    session = Answering()
    recording = Recording(session)

    first = recording.answer("some", {"seed": 1, "unit": 0})
    recording.answer("some", {"unit": 0, "seed": 1})
    other = recording.answer("some", {"seed": 1, "unit": 1})

    assert session.times == 2
    assert first["buffers"] == other["buffers"] == [0]
    assert [len(buffer) for buffer in recording.buffers] == [10_000]
    assert [number for _, _, number in recording.asked] == [0, 1]
    assert 10_000 <= recording.size <= 10_500  # the noise once: it cannot be compressed


def test_a_tensor_is_found_again_by_its_name():
    recording = Recording(Answering())

    answer = recording.answer("some", {"seed": 3})

    noise = np.random.default_rng(3).integers(0, 256, 10_000, np.uint8)
    assert np.frombuffer(recording.values(answer, "noise"), np.uint8).tolist() == noise.tolist()
    assert recording.values(answer, "other") == b""


def test_what_does_not_fit_is_not_kept():
    recording = Recording(Answering(), room=15_000)
    recording.answer("some", {"seed": 1})

    with pytest.raises(Full):
        recording.answer("some", {"seed": 2})

    assert not recording.has("some", {"seed": 2})
    assert len(recording.buffers) == len(recording.answers) == 1


def test_something_smaller_may_fit_afterwards():
    recording = Recording(Answering(), room=15_000)
    recording.answer("some", {"seed": 1})
    with pytest.raises(Full):
        recording.answer("some", {"seed": 2})

    recording.answer("some", {"seed": 3, "size": 3000})

    assert recording.has("some", {"seed": 3, "size": 3000})
    assert 13_000 <= recording.size <= 13_500


def test_another_question_can_have_the_same_answer():
    recording = Recording(Answering())
    answer = recording.answer("some", {"seed": 1})

    recording.also("some", {"seed": 1, "place": [2, 3]}, {"seed": 1})

    assert recording.answer("some", {"seed": 1, "place": [2, 3]}) is answer


def test_what_fails_says_in_the_page_why_it_did():
    answer = Recording(Answering()).answer("refused", {})

    assert answer["failure"]["error"] == "MethodError"
    assert answer["failure"]["message"] == "It was asked for. It cannot be. Ask for another."
    assert "payload" not in answer
