"""One thread, slots, latest wins, every job answered exactly once."""

import subprocess
import sys
import threading

import pytest

from kerasviz.errors import InputError
from kerasviz.widget.jobs import Job, JobQueue, Later
from kerasviz.wire.messages import Cancelled, Failure, Progress


class Bench:
    """A queue whose jobs wait for a gate, and what they answered."""

    def __init__(self):
        self.answers, self.status, self.idle_calls = [], [], 0
        self.gate, self.entered, self.changed = threading.Event(), threading.Event(), threading.Condition()
        self.queue = JobQueue(lambda status: self._note(self.status, status), self._idle)

    def _note(self, where, what):
        with self.changed:
            where.append(what)
            self.changed.notify_all()

    def _idle(self):
        self.idle_calls += 1
        return False

    def job(self, name, slot="a", run=None):
        def wait(job):
            self.entered.set()
            assert self.gate.wait(10)
            job.step(1, 2)
            job.answer(f"done {name}")

        return Job(name, slot, run or wait, lambda message, _=None: self._note(self.answers, message))

    def settle(self, answers=0):
        """Let the jobs go on, until there are so many answers and nothing runs."""
        self.gate.set()
        with self.changed:
            assert self.changed.wait_for(
                lambda: len(self.answers) >= answers and self.status[-1:] not in ([], ["busy"]), 10
            )


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.gate.set()
    bench.queue.close()


def test_newest_job_of_a_slot_replaces_the_waiting_one_not_the_running(bench):
    bench.queue.submit(bench.job("1"))
    assert bench.entered.wait(10)
    for name in ("2", "3", "4"):
        bench.queue.submit(bench.job(name))

    bench.settle(4)

    assert bench.answers == [Cancelled("2"), Cancelled("3"), "done 1", "done 4"]


def test_slots_do_not_replace_each_other_and_keep_their_turn(bench):
    bench.queue.submit(bench.job("1"))
    assert bench.entered.wait(10)
    for name, slot in (("2", "b"), ("3", "c"), ("4", "b")):
        bench.queue.submit(bench.job(name, slot))

    bench.settle(4)

    assert bench.answers == [Cancelled("2"), "done 1", "done 3", "done 4"]


def test_waiting_job_is_cancelled_at_once_and_running_one_at_its_next_step(bench):
    bench.queue.submit(bench.job("1"))
    assert bench.entered.wait(10)
    bench.queue.submit(bench.job("2"))

    bench.queue.cancel("2")
    assert bench.answers == [Cancelled("2")]
    bench.queue.cancel("1")
    bench.queue.cancel("unknown")
    bench.settle(2)

    assert bench.answers == [Cancelled("2"), Cancelled("1")]


def test_long_work_lets_others_go_between_its_steps(bench):
    done = []

    def long(job):
        bench.entered.set()
        assert bench.gate.wait(10)
        while len(done) < 4:
            done.append(len(done))
            job.step(len(done), 4)
            if bench.queue.wants_more():
                raise Later
        job.answer("done long")

    bench.queue.submit(bench.job("long", "long", long))
    assert bench.entered.wait(10)
    bench.queue.submit(bench.job("1", "b"))
    bench.queue.submit(bench.job("2", "c"))
    bench.settle(3)

    assert bench.answers == ["done 1", "done 2", "done long"]
    assert done == [0, 1, 2, 3]


def test_postponed_job_is_given_up_for_a_newer_one_of_its_slot(bench):
    def endless(_job):
        bench.entered.set()
        assert bench.gate.wait(10)
        raise Later

    bench.queue.submit(bench.job("old", "a", endless))
    assert bench.entered.wait(10)
    bench.queue.submit(bench.job("new", "a"))
    bench.settle(2)

    assert bench.answers == [Cancelled("old"), "done new"]


def test_exception_becomes_a_readable_failure_and_the_thread_lives_on(bench):
    def ours(_job):
        raise InputError("It does not fit. Reshape it.")

    def theirs(_job):
        raise RuntimeError("out of memory")

    for name, run in (("1", ours), ("2", theirs), ("3", None)):
        bench.queue.submit(bench.job(name, name, run))
    bench.settle(3)

    first, second, third = bench.answers
    assert (first.error, first.message) == ("InputError", "It does not fit. Reshape it.")
    assert second.message == "RuntimeError: out of memory"
    assert "in theirs" in second.detail
    assert isinstance(second, Failure)
    assert third == "done 3"


def test_status_says_busy_then_idle_or_the_error(bench):
    def broken(_job):
        raise InputError("It does not fit.")

    bench.queue.submit(bench.job("1", run=broken))
    bench.settle(1)
    bench.queue.submit(bench.job("2"))
    bench.settle(2)

    assert bench.status == ["busy", "error: It does not fit.", "busy", "idle"]


def test_job_is_answered_once_even_if_it_answers_twice(bench):
    def twice(job):
        job.answer("first")
        job.answer("second")
        raise RuntimeError

    bench.queue.submit(bench.job("1", run=twice))
    bench.settle()

    assert bench.answers == ["first"]


def test_observer_that_fails_does_not_stop_the_queue(bench, capsys):
    def angry(status):
        bench.status.append(status)
        raise ValueError("from an observer")

    bench.queue._on_status = angry
    done = threading.Event()
    bench.queue.submit(bench.job("1", run=lambda job: job.answer("one")))
    bench.queue.submit(bench.job("2", "b", run=lambda _job: done.set()))

    assert done.wait(10)
    assert bench.answers == ["one"]
    bench.queue.close()
    assert "from an observer" in capsys.readouterr().err


def test_progress_is_reported_but_not_for_every_step(bench, monkeypatch):
    now = iter(range(100))
    monkeypatch.setattr("kerasviz.widget.jobs.time.monotonic", lambda: next(now) * 0.04)

    def long(job):
        for done in range(10):
            job.step(done, 10, "layer")

    bench.queue.submit(bench.job("1", run=long))
    bench.settle()

    assert [m.done for m in bench.answers if isinstance(m, Progress)] == [2, 5, 8]


def test_idle_work_runs_only_when_nothing_waits(bench):
    for name in "123":
        bench.queue.submit(bench.job(name, name))
    bench.settle(3)
    bench.queue.close()

    assert bench.idle_calls <= 2


def test_close_answers_everything_and_is_idempotent(bench):
    bench.queue.submit(bench.job("1"))
    assert bench.entered.wait(10)
    bench.queue.submit(bench.job("2", "b"))
    threading.Timer(0.05, bench.gate.set).start()

    bench.queue.close()
    bench.queue.close()
    bench.queue.submit(bench.job("3"))

    assert sorted(bench.answers, key=lambda m: m.id) == [Cancelled("1"), Cancelled("2"), Cancelled("3")]
    assert "kerasviz" not in {thread.name for thread in threading.enumerate()}


def test_queue_does_not_keep_the_process_alive():
    code = """
import threading
from kerasviz.widget.jobs import Job, JobQueue, Later
queue = JobQueue(lambda s: None, lambda: False)
begun = threading.Event()
queue.submit(Job("1", "a", lambda job: (begun.set(), threading.Event().wait(60)), print))
begun.wait(10)
"""

    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
