"""One worker thread with slots: latest wins, every job is answered exactly once.

A job belongs to a slot, the place on the screen that waits for it. While one runs, the newest
job of a slot replaces the one that waited there (which is answered `cancelled`); the running one
is left to finish, so that something moves under the hand that drags a slider. Long work goes on in
small steps and lets others go between (`Later`). When nothing waits, `idle` may use the time. The
thread starts with the first job, never keeps the process alive, and ends with `close()`. Rejected: asyncio (the main thread's loop is busy while a cell runs) and a
thread pool (models are not thread-safe; two forwards at once are no faster).
"""

from __future__ import annotations

import atexit
import re
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from kerasviz.errors import KerasvizError
from kerasviz.wire.codec import encode_message
from kerasviz.wire.messages import Cancelled, Failure, PartialResult, Progress

__all__ = ["Gone", "Job", "JobQueue", "Later", "Reply", "attempt", "encoded", "failure_of"]

_COLORS = re.compile(r"\x1b\[[0-9;]*m")  # Keras prints some messages in bold
_PROGRESS_EVERY = 0.1  # seconds
_JOIN = 2.0  # seconds that close() waits for the step in progress


class Reply(Protocol):
    """Takes the messages of one job; called from the worker thread or from the one that cancels."""

    def __call__(self, message: Any, buffers: list[memoryview] | None = None, /) -> None: ...


class Gone(Exception):  # noqa: N818 - not an error: the job is not wanted any more
    """Raised inside a job at its next step when it was cancelled."""


class Later(Exception):  # noqa: N818 - not an error: the job goes on after the others
    """Raised inside a job that keeps what it has done: it is queued again behind those that wait."""


@dataclass(eq=False)
class Job:
    """Work for one slot. `run(job)` answers through `job.answer`; `job.step` looks for a cancel."""

    id: str
    slot: str
    run: Callable[[Job], None]
    reply: Reply
    cancelled: bool = False
    _answered: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _told: float | None = None

    def step(self, done: int, total: int, text: str = "") -> None:
        """Between two steps: stop if nobody waits any more, else report now and then."""
        if self.cancelled:
            raise Gone
        now = time.monotonic()
        if self._told is None:
            self._told = now
        elif now - self._told > _PROGRESS_EVERY:
            self._told = now
            self.reply(Progress(self.id, done, total, text))

    def part(self, message: PartialResult, buffers: list[memoryview]) -> None:
        """What the answer looks like so far."""
        if self.cancelled:
            raise Gone
        self.reply(message, buffers)

    def answer(self, message: Any, buffers: list[memoryview] | None = None) -> None:
        """The one answer; a second one is dropped."""
        with self._lock:
            if self._answered:
                return
            self._answered = True
        self.reply(message, buffers)


def failure_of(job_id: str, error: BaseException) -> Failure:
    """What the screen says of an exception: ours as it is, others with their type; the traceback as detail."""
    name, text = type(error).__name__, _COLORS.sub("", str(error)).strip()
    message = text if isinstance(error, KerasvizError) else f"{name}: {text}" if text else name
    detail = "".join(traceback.format_exception(error))
    return Failure(job_id, name, message, detail)


def encoded(reply: Reply) -> Reply:
    """A reply that takes messages as they are, not yet as JSON."""

    def send(message: Any, buffers: list[memoryview] | None = None) -> None:
        reply(encode_message(message), buffers)

    return send


def _nothing(_: object) -> None:
    """The default listener."""


class JobQueue:
    """Runs jobs one after the other on a thread of its own.

    Args:
        on_status: Told "busy", "idle" or "error: …" when that changes; from the worker thread.
        idle: Called when no job waits; it returns whether there is more for it to do.
        on_done: Called after each job, with whether another one waits.
    """

    def __init__(
        self, on_status: Callable[[str], None], idle: Callable[[], bool], on_done: Callable[[bool], None] = _nothing
    ) -> None:
        self._on_status = on_status
        self._idle = idle
        self._on_done = on_done
        self._changed = threading.Condition()
        self._waiting: dict[str, Job] = {}
        self._running: Job | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._status = "idle"

    def submit(self, job: Job) -> None:
        """Queue a job; the one that waited in its slot is given up."""
        with self._changed:
            closed = self._closed
            replaced = None if closed else self._waiting.pop(job.slot, None)
            if not closed:
                self._waiting[job.slot] = job
                self._start()
                self._changed.notify_all()
        for given_up in (job if closed else replaced,):
            if given_up is not None:
                given_up.answer(Cancelled(given_up.id))

    def cancel(self, job_id: str) -> None:
        """Give one job up: at once when it waits, at its next step when it runs."""
        with self._changed:
            waiting = next((job for job in self._waiting.values() if job.id == job_id), None)
            if waiting is not None:
                del self._waiting[waiting.slot]
            elif self._running is not None and self._running.id == job_id:
                self._running.cancelled = True
        if waiting is not None:
            waiting.answer(Cancelled(waiting.id))

    def close(self) -> None:
        """Give everything up and end the thread; twice is once."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            given_up = list(self._waiting.values())
            self._waiting.clear()
            if self._running is not None:
                self._running.cancelled = True
            thread = self._thread
            self._changed.notify_all()
        for job in given_up:
            job.answer(Cancelled(job.id))
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN)
        atexit.unregister(self.close)

    def wants_more(self) -> bool:
        """Whether a job waits: idle work stops for it."""
        return bool(self._waiting) or self._closed

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="kerasviz", daemon=True)
            self._thread.start()
            atexit.register(self.close)  # a thread inside TensorFlow while the interpreter ends can crash it

    def _work(self) -> None:
        more = True
        while (job := self._next(wait=not more)) is not _END:
            if job is None:
                more = self._rest()
            else:
                self._tell("busy")
                self._run(job)
                more = True
                waiting = self.wants_more()
                _report(attempt(lambda waiting=waiting: self._on_done(waiting and not self._closed)))  # type: ignore[misc]
                if not waiting:
                    self._tell(self._status)

    def _next(self, *, wait: bool) -> Any:
        """The job that waited longest; None when there is none and idle work may go on."""
        with self._changed:
            self._running = None
            while not self._waiting and not self._closed:
                if not wait:
                    return None
                self._changed.wait()
            if self._closed:
                return _END
            self._running = self._waiting.pop(next(iter(self._waiting)))
            return self._running

    def _run(self, job: Job) -> None:
        def work() -> None:
            job.step(0, 0)
            job.run(job)

        error = attempt(work)
        if isinstance(error, Later):
            self._postpone(job)
            return
        answer: Cancelled | Failure | None = None
        if error is None:
            self._status = "idle"
        elif isinstance(error, Gone):
            answer = Cancelled(job.id)
        else:
            answer = failure_of(job.id, error)
            self._status = f"error: {answer.message}"
        if answer is not None:
            _report(attempt(lambda: job.answer(answer)))

    def _postpone(self, job: Job) -> None:
        """Queue it again, unless it is not wanted any more."""
        with self._changed:
            wanted = not (job.cancelled or self._closed or job.slot in self._waiting)
            if wanted:
                self._waiting[job.slot] = job
        if not wanted:
            _report(attempt(lambda: job.answer(Cancelled(job.id))))

    def _rest(self) -> bool:
        more = False

        def work() -> None:
            nonlocal more
            more = self._idle()

        error = attempt(work)
        if error is not None:
            self._status = f"error: {failure_of('', error).message}"
            self._tell(self._status)
        return more

    def _tell(self, status: str) -> None:
        if not self._closed:
            _report(attempt(lambda: self._on_status(status)))


def attempt(work: Callable[[], object]) -> Exception | None:
    """Call it; what it raises is handed back, so that the thread lives on."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the job runner: every failure is answered or reported
        return error
    return None


def _report(error: Exception | None) -> None:
    """A failure that no request waits for, e.g. in somebody's observer of `status`."""
    if error is not None:
        traceback.print_exception(error)


_END = object()
