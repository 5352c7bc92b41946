"""Two workers: what is quick goes on while what is long is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable

from kerasviz.widget.jobs import Job, JobQueue

__all__ = ["Workers"]


class Workers:
    """A queue for what somebody waits for, and one for what may take minutes.

    Args:
        on_status: Told "busy" while either works, then the last "error: …" or "idle".
        idle: As for `JobQueue`, for the quick one.
        on_done: As for `JobQueue`.
    """

    def __init__(
        self, on_status: Callable[[str], None], idle: Callable[[], bool], on_done: Callable[[bool], None]
    ) -> None:
        self._on_status = on_status
        self._lock = threading.Lock()
        self._states = ["idle", "idle"]
        self._quick = JobQueue(lambda status: self._tell(0, status), idle, on_done)
        self._long = JobQueue(lambda status: self._tell(1, status), lambda: False, on_done)

    def submit(self, job: Job, *, long: bool = False) -> None:
        """Queue a job; the one that waited in its slot is given up."""
        (self._long if long else self._quick).submit(job)

    def cancel(self, job_id: str) -> None:
        """Give one job up."""
        self._quick.cancel(job_id)
        self._long.cancel(job_id)

    def close(self) -> None:
        """Give everything up and end the threads; twice is once."""
        self._long.close()
        self._quick.close()

    def wants_more(self) -> bool:
        """Whether somebody waits for something quick."""
        return self._quick.wants_more()

    def _tell(self, worker: int, status: str) -> None:
        """One word for both."""
        with self._lock:
            self._states[worker] = status
            found = next((state for state in ("busy",) if state in self._states), None)
            error = next((state for state in self._states if state.startswith("error")), "idle")
            self._on_status(found or error)
