"""Messages of the browser while a cell runs: past the cell, and each request once."""

from types import SimpleNamespace

from kerasviz.widget.arrivals import Arrivals, past_the_cell
from kerasviz.wire.messages import PROTOCOL


def message(number, **more):
    return {
        "v": PROTOCOL,
        "id": f"a:{number}",
        "kind": "request",
        "slot": "set",
        "name": "set",
        "params": {},
        "tensors": [],
    } | more


def test_the_first_copy_counts_and_old_ones_are_forgotten():
    arrivals = Arrivals()

    assert [arrivals.is_new(name) for name in ("a", "b", "a", "b")] == [True, True, False, False]
    for number in range(2000):
        arrivals.is_new(str(number))
    assert arrivals.is_new("a")


def test_a_request_that_comes_twice_is_done_and_answered_once(w, monkeypatch):
    answers = []
    monkeypatch.setattr(w._stage, "send", lambda content, _buffers=None: answers.append(content))

    for copy in (message(1, params={"sample": 2}), message(2, params={"sample": 4}), message(1, params={"sample": 2})):
        w._stage._receive(None, copy, [])

    assert w.sample == 4
    assert [(each["id"], each["kind"]) for each in answers if each["kind"] == "result"] == [
        ("a:1", "result"),
        ("a:2", "result"),
    ]


def test_what_was_given_up_before_it_came_is_not_done(w, monkeypatch):
    monkeypatch.setattr(w._stage, "send", lambda *_: None)

    w._stage._receive(None, {"v": PROTOCOL, "id": "a:1", "kind": "cancel"}, [])
    w._stage._receive(None, message(1, params={"sample": 2}), [])

    assert w.sample == 0


def test_messages_go_to_the_shell_that_the_browser_names():
    from ipykernel.comm.comm import BaseComm

    comm = BaseComm.__new__(BaseComm)
    comm._reply_subshell_for = lambda *_: None

    past_the_cell(comm)
    past_the_cell(SimpleNamespace())  # an older kernel, or none

    assert comm._reply_subshell_for({}, "named") == "named"
