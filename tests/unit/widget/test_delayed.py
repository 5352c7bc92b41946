"""What changes again within a moment is told once; what was dropped, never."""

import threading

from kerasviz.widget.delayed import Delayed


def test_newest_value_is_told_once():
    told, done = [], threading.Event()
    delayed = Delayed(0.05, lambda value: (told.append(value), done.set()))

    for value in range(3):
        delayed.soon(value)

    assert done.wait(10)
    assert told == [2]
    done.clear()
    delayed.soon(7)
    assert done.wait(10)
    assert told == [2, 7]


def test_dropped_value_is_not_told():
    told, done = [], threading.Event()
    delayed = Delayed(0.05, told.append)
    watch = Delayed(0.3, lambda _: done.set())

    delayed.soon(1)
    delayed.drop()
    watch.soon(None)

    assert done.wait(10)
    assert told == []
