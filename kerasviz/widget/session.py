"""One model and its samples behind the screen: computes, remembers, answers. No traits, no comm.

Everything the screen shows of one sample comes from one forward: the activations of the last few
samples are kept (bounded in bytes), and the outputs are taken from them where an activation *is*
the model's output. The worker thread and the notebook's own thread meet at one lock around the
probe; panels are made outside of it, from arrays that nobody changes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasviz.data.arrays import is_array, leaves, map_leaves, to_numpy
from kerasviz.data.forms import Forms, FormState, OwnInputParams
from kerasviz.data.model_facts import input_arrays, listed_layers, output_layer, weights_stamp
from kerasviz.errors import InputError, KerasvizError
from kerasviz.rules.flow import Logit, logit_of
from kerasviz.rules.rule import Job as UnitJob
from kerasviz.rules.scene import Scene
from kerasviz.views import PANELS
from kerasviz.views.base import LayerLike, Panel, PanelView
from kerasviz.views.calculation import CalculationParams, job_for
from kerasviz.widget.examining import Examining
from kerasviz.widget.explaining import Explaining, target_of
from kerasviz.widget.job_source import JobSource
from kerasviz.widget.jobs import Job, Reply, attempt, encoded, failure_of
from kerasviz.widget.projecting import Projecting
from kerasviz.widget.scans import Scanning
from kerasviz.widget.survey import Judging
from kerasviz.widget.workers import Workers
from kerasviz.wire.codec import encode_payload, read_params
from kerasviz.wire.messages import Done, Request, Result, TargetName
from kerasviz.wire.tensors import decode_tensors, encode_tensors

if TYPE_CHECKING:
    from kerasviz.data.samples import Samples

__all__ = ["Session"]

_CACHE_BYTES = 256 * 2**20


def _nothing(*_: object) -> None:
    """The default listener."""


class Session(Scanning, Examining, Explaining, Judging, Projecting):
    """Answers requests about one model and its samples, from any thread.

    Args:
        probe: What looks into the model.
        samples: The inputs.
        cache_bytes: How much memory the activations of earlier samples may take; the last
            sample's are always kept.
    """

    def __init__(self, probe: Any, samples: Samples, *, cache_bytes: int = _CACHE_BYTES) -> None:
        super().__init__()
        self.probe = probe
        self.samples = samples
        self._forms = Forms(samples)
        self._on_status: Callable[[str], None] = _nothing
        self._on_facts: Callable[[], None] = _nothing
        self._on_done: Callable[[bool], None] = _nothing
        self._on_panel: Callable[[Panel], None] = _nothing
        self._cache_bytes = cache_bytes
        self.lock = self._compute = threading.RLock()
        self._activations: OrderedDict[int, Mapping[str, np.ndarray]] = OrderedDict()
        self._gradients: OrderedDict[tuple[int, TargetName], Mapping[str, np.ndarray]] = OrderedDict()
        self._outputs: OrderedDict[int, Any] = OrderedDict()
        self._scene: tuple[Any, Scene] | None = None
        self._output_path: str | None = None
        self._stamp: int | None = None
        self._fastest = float("inf")
        self._survey = self._make_survey()
        self._warm: set[tuple[Any, ...]] = set()
        self._to_warm: int | None = None
        self._closed = False
        self.looked_at: deque[tuple[str, Mapping[str, Any]]] = deque(maxlen=64)  # what took long, for a saved page
        self._queue = Workers(self._tell_status, self._idle, self._tell_done)
        self._listed: tuple[LayerLike, ...] = ()
        self._list_layers()
        self._facts = self._facts_now()

    def _list_layers(self) -> None:
        """Have the probe list the layers; a model that fails in the middle is shown all the same."""
        runs_first = not getattr(self.probe.model, "built", True) or not self.samples.declared
        error = attempt(lambda: self.activations(0) if runs_first else self.probe.layers)
        if isinstance(error, KerasvizError):
            raise error
        if error is not None:
            note = f"The model failed: {failure_of('', error).message}"
            self._listed = listed_layers(self.probe.model, self.probe.path_of, note)

    def listen(
        self,
        *,
        on_status: Callable[[str], None] = _nothing,
        on_facts: Callable[[], None] = _nothing,
        on_done: Callable[[bool], None] = _nothing,
        on_panel: Callable[[Panel], None] = _nothing,
    ) -> None:
        """Be told of the session's state, from the worker thread (or the one that asked).

        Args:
            on_status: Told "busy", "idle" or "error: …".
            on_facts: Told when the list of layers changed (a model that was not built yet) or the
                number of samples (a stream was read on).
            on_done: Told after each answer, with whether another one follows.
            on_panel: Shown each panel before the browser gets it.
        """
        self._on_status, self._on_facts, self._on_done, self._on_panel = on_status, on_facts, on_done, on_panel

    def _facts_now(self) -> tuple[Any, ...]:
        return self.layers, len(self.samples)

    def _tell_status(self, status: str) -> None:
        self._on_status(status)

    def _tell_done(self, more: bool) -> None:  # noqa: FBT001 - the queue's call
        self._on_done(more)

    # ------------------------------------------------------------------ facts (a Source for panels)

    @property
    def model_name(self) -> str:
        """What the model is called."""
        return str(getattr(self.probe.model, "name", "") or type(self.probe.model).__name__)

    @property
    def layers(self) -> tuple[LayerLike, ...]:
        """The layers, in the order they run; what they declare when the model cannot run."""
        return self._listed or tuple(self.probe.layers)

    def num_targets(self, sample: int) -> int | None:
        """How many targets there are to choose from; None when one index cannot name them."""
        outputs = self.outputs(sample)
        if not isinstance(outputs, np.ndarray) or outputs.ndim > 2:
            return None
        if outputs.size == 1:
            return 2 if self.final_activation == "sigmoid" or len(self.samples.class_names) == 2 else 1
        return int(outputs.shape[-1])

    def activations(self, sample: int) -> Mapping[str, np.ndarray]:
        """What every layer gave for this sample; computed once and kept for a while."""
        with self._compute:
            self._check_fresh()
            found = self._activations.get(sample)
            if found is None:
                found = self._forward(sample)
            self._activations.move_to_end(sample)
            return found

    def outputs(self, sample: int) -> Any:
        """What the model gives for this sample, as `probe.predict` does."""
        with self._compute:
            self._check_fresh()
            if sample not in self._outputs:
                path = self._path_of_output()
                computed = self.activations(sample).get(path) if path else None
                if computed is None:
                    computed = self.probe.predict(self.samples.model_input(sample))
                self._outputs[sample] = computed
                while len(self._outputs) > 64:
                    self._outputs.popitem(last=False)
            return self._outputs[sample]

    def model_inputs(self, sample: int) -> Mapping[str, np.ndarray]:
        """What goes into the model, by the paths that layers name it by."""
        return input_arrays(self.samples.model_input(sample), self.probe.model)

    def gradients(self, sample: int, target: TargetName) -> Mapping[str, np.ndarray]:
        """Gradients of the target's score with respect to every layer's output; the last few are kept."""
        with self._compute:
            self._check_fresh()
            key = (sample, target)
            if key not in self._gradients:
                with self._aimed(target):
                    self._gradients[key] = self.probe.gradients(self.samples.model_input(sample), target_of(target))
            self._gradients.move_to_end(key)
            self._bound(self._gradients)
            return self._gradients[key]

    def weights(self, path: str) -> Mapping[str, np.ndarray]:
        """A layer's weights as they are now, by name."""
        with self._compute:
            found: Mapping[str, np.ndarray] = self.probe.weights(path)
            return found

    def settings(self, path: str) -> Mapping[str, Any]:
        """How a layer is configured."""
        with self._compute:
            found: Mapping[str, Any] = self.probe.settings(path)
            return found

    def scene(self, sample: int) -> Scene:
        """The sample's pass through the model, for the rules of arithmetic."""
        with self._compute:
            activations = self.activations(sample)
            if self._scene is None or self._scene[0] is not activations:
                inputs, taken = getattr(activations, "inputs", {}), getattr(activations, "taken", {})
                backend = getattr(getattr(self.probe, "backend", None), "name", "")
                self._scene = (activations, Scene(self, activations, inputs, taken, backend))
            return self._scene[1]

    def logit(self, sample: int, target: TargetName) -> Logit | None:
        """Where the score that `gradients` are of is read, if that is before an activation."""
        found = self.gradients(sample, target)
        return logit_of(self.scene(sample), getattr(found, "squashed", ""), getattr(found, "target", None))

    def job(self, params: CalculationParams) -> UnitJob:
        """What the arithmetic of a unit is made from."""
        job = job_for(JobSource(self, None), params)
        if job is None:
            raise InputError(
                f"The arithmetic of layer {params.layer!r} was asked for. It gave no numbers for this sample. Choose another."
            )
        return job

    def input_forms(self, sample: int) -> tuple[FormState, ...]:
        """What a person can make for each input, beginning with this sample."""
        return self._forms.at(sample)

    # ---------------------------------------------------------------------------------- requests

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer a request of the browser: `reply(content, buffers)` from the worker thread."""
        send = encoded(reply)
        try:
            view = PANELS.get(request.name)
            params: Any = read_params(view.params, request.params, what=f"request {request.name!r}")
        except KerasvizError as error:
            send(failure_of(request.id, error))
            return
        if view.long:
            self.looked_at.append((request.name, request.params))
        self._queue.submit(
            Job(request.id, request.slot, lambda job: self._answer(job, view, params), send), long=view.long
        )

    def submit_own(
        self, request: Request, buffers: Sequence[memoryview], reply: Reply, made: Callable[[int], None]
    ) -> None:
        """Make a sample of what a person drew or typed, and tell `made` its number.

        It is answered when the model has taken it, so that somebody who draws is answered as fast as
        the model is; one that it does not take is forgotten, with a failure.
        """

        def run(job: Job) -> None:
            try:
                index = self.show(self._forms.make(params, tensors), params.note)
            except KerasvizError as refused:  # the person's mistake: nothing is wrong with the widget
                job.answer(failure_of(job.id, refused))
                return
            job.step(0, 0)
            made(index)
            job.answer(Result(job.id, encode_payload(Done())))

        params = read_params(OwnInputParams, request.params, what=f"request {request.name!r}")
        tensors = decode_tensors(request.tensors, buffers)
        self._queue.submit(Job(request.id, request.slot, run, encoded(reply)))

    def show(self, x: Any, note: str) -> int:
        """Keep `x` as an input of the person's own; gives its number. What the model does not take is an error."""
        nested = any(is_array(leaf) for leaf in leaves(x))
        raw = map_leaves(to_numpy, x) if nested else to_numpy(x)
        with self._compute:
            self._check_fresh()
            index = self.samples.own.add(raw, note)
            error = attempt(lambda: self.activations(index))
            if error is not None:
                self.samples.own.drop(index)
                raise error
        return index

    def compute(self, slot: str, name: str, params: Mapping[str, Any], done: Callable[[Panel], None]) -> None:
        """Make a panel for a Python listener, in the same queue; a newer one replaces a waiting one."""
        view = PANELS.get(name)
        wanted: Any = read_params(view.params, params, what=f"request {name!r}")
        self._queue.submit(Job(slot, slot, lambda job: done(self._panel(job, view, wanted)), _nothing))

    def others_wait(self) -> bool:
        """Whether a request waits for the one that is worked on."""
        return self._queue.wants_more()

    def cancel(self, request_id: str) -> None:
        """The answer is not needed any more."""
        self._queue.cancel(request_id)

    def forget(self) -> None:
        """Drop what was computed: the weights are different now."""
        with self._compute:
            for kept in (self._activations, self._gradients, self._outputs, self._explained):
                kept.clear()
            self._scene = None
            self._survey.forget()
            self._generation += 1
            self._tell_scan()
            self._tell_report()

    def refresh(self) -> None:
        """The model is different now, weights or not: learn it anew."""
        with self._compute:
            self.forget()
            self.probe.refresh()
            self._warm.clear()

    def close(self) -> None:
        """Give everything up: the thread, the caches, what the probe compiled; twice is once."""
        self._queue.close()
        with self._compute:
            if not self._closed:
                self._closed = True
                self.forget()
                self.probe.close()

    # ---------------------------------------------------------------------------------- the work

    def _answer(self, job: Job, view: PanelView, params: Any) -> None:
        panel = self._panel(job, view, params)
        self._on_panel(panel)
        headers, buffers = encode_tensors(panel.tensors)
        job.answer(Result(job.id, encode_payload(panel.payload), headers), buffers)

    def panel(self, name: str, params: Mapping[str, Any]) -> Panel:
        """A panel at once, in the caller's thread."""
        view = PANELS.get(name)
        return self._panel(None, view, read_params(view.params, params, what=f"request {name!r}"))

    def _panel(self, job: Job | None, view: PanelView, params: Any) -> Panel:
        panel = view.build(JobSource(self, job), params)
        facts = self._facts_now()
        if facts != self._facts:
            self._facts = facts
            self._on_facts()
        return panel

    def _forward(self, sample: int) -> Mapping[str, np.ndarray]:
        inputs = self.samples.model_input(sample)
        began = time.perf_counter()
        found: Mapping[str, np.ndarray] = self.probe.activations(inputs)
        self._fastest = min(self._fastest, time.perf_counter() - began)
        self._to_warm = sample
        self._listed = ()
        self._activations[sample] = found
        self._bound(self._activations)
        return found

    def _bound(self, kept: OrderedDict[Any, Mapping[str, np.ndarray]]) -> None:
        """Forget the oldest of these while they take too much memory; the last one stays."""
        sizes = [sum(array.nbytes for array in each.values()) for each in kept.values()]
        while len(sizes) > 1 and sum(sizes) > self._cache_bytes:
            kept.popitem(last=False)
            sizes.pop(0)

    def _path_of_output(self) -> str:
        """The path whose activation is the model's only output, "" when that is not certain."""
        if self._output_path is None:
            layer = output_layer(self.probe.model)
            self._output_path = "" if layer is None else self.probe.path_of(layer)
        return self._output_path

    def _idle(self) -> bool:
        """Nobody waits: compile what the next sample of this kind will need."""
        sample, self._to_warm = self._to_warm, None
        if sample is None or self._queue.wants_more():
            return False
        with self._compute:
            if self._closed:
                return False
            inputs = self.samples.model_input(sample)
            signature = self.samples.signature(inputs)
            if signature not in self._warm:
                self._warm.add(signature)
                self.probe.warm(inputs)
                began = time.perf_counter()
                self.probe.warm(inputs)  # two forwards, compiled by now
                self._fastest = min(self._fastest, (time.perf_counter() - began) / 2)
        return False

    def _check_fresh(self) -> None:
        """Refuse when closed; forget what was computed before the model's optimizer made further steps."""
        if self._closed:
            message = "This widget was closed. Its model is not held any more. Make a new ExplainerWidget."
            raise InputError(message)
        stamp = weights_stamp(self.probe.model)
        if stamp is not None and stamp != self._stamp:
            self.forget()
            self._stamp = stamp
