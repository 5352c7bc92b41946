"""Results that follow one another go as one message; nothing is lost, nothing overtakes."""

from kerasviz.widget.outbox import Outbox
from kerasviz.wire.messages import PROTOCOL


def result(name):
    return {"v": PROTOCOL, "id": name, "kind": "result"}


def make():
    sent = []
    return sent, Outbox(lambda content, buffers: sent.append((content, buffers)))


def test_results_wait_for_one_another_and_keep_their_buffers_in_order():
    sent, outbox = make()

    outbox.add(result("a"), [b"1", b"2"])
    outbox.flush(more=True)
    outbox.add(result("b"), [b"3"])
    outbox.flush()

    assert sent == [({"v": PROTOCOL, "kind": "batch", "messages": [result("a"), result("b")]}, [b"1", b"2", b"3"])]


def test_single_result_goes_as_it_is():
    sent, outbox = make()

    outbox.add(result("a"), [b"1"])
    outbox.flush()
    outbox.flush()

    assert sent == [(result("a"), [b"1"])]


def test_anything_else_goes_at_once_behind_what_waited():
    sent, outbox = make()
    failure = {"id": "b", "kind": "failure"}

    outbox.add(result("a"))
    outbox.add(failure)

    assert sent == [({"v": PROTOCOL, "kind": "batch", "messages": [result("a"), failure]}, [])]


def test_result_does_not_wait_long_for_a_slow_one(monkeypatch):
    sent, outbox = make()
    clock = iter([0.0, 0.001, 5.0])
    monkeypatch.setattr("kerasviz.widget.outbox.time.monotonic", lambda: next(clock))

    outbox.add(result("a"))
    outbox.flush(more=True)
    assert sent == []
    outbox.flush(more=True)

    assert sent == [(result("a"), [])]
