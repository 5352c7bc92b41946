"""`ExplainerWidget`: what a notebook displays. It composes; it computes nothing itself."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
from traitlets import observe, validate

from kerasviz.attribution.base import Attribution
from kerasviz.attribution.explained import Asked
from kerasviz.charts import CHARTS
from kerasviz.charts.base import Filter
from kerasviz.data.opening import open_samples
from kerasviz.data.samples import Samples
from kerasviz.doctor.report import Report
from kerasviz.errors import InputError, KerasvizError, unknown_name
from kerasviz.models.inputs import ModelInputs
from kerasviz.probes.probe import Probe
from kerasviz.rules.explain import explain
from kerasviz.rules.flow import Flows, flows
from kerasviz.rules.result import Arithmetic
from kerasviz.rules.rule import Job
from kerasviz.views.base import Panel
from kerasviz.views.calculation import CalculationParams
from kerasviz.views.prediction import Prediction
from kerasviz.widget.cells import close_earlier
from kerasviz.widget.explaining import target_of
from kerasviz.widget.figures import Charts, Figures
from kerasviz.widget.filtering import samples_of
from kerasviz.widget.rules import LANGUAGES, SETTABLE, THEMES, Checked, Rules, SharedState, one_of
from kerasviz.widget.screen_prediction import ScreenPrediction
from kerasviz.widget.session import Session
from kerasviz.widget.stage import StageWidget
from kerasviz.widget.taking_home import TakingHome

__all__ = ["ExplainerWidget"]

_SHARED = ("sample", "layer", "unit", "target", "method", "status", "theme", "language")
_FOLLOWED = [*_SHARED, "place", "options", "filter", "scanned"]


class ExplainerWidget(TakingHome, SharedState, ipywidgets.VBox):  # type: ignore[misc]
    """The inside of a Keras model, layer by layer, for samples you choose.

    Move the sample slider and the whole network changes; `sample`, `layer`, `unit` and `target`
    can be set from Python, observed and linked to other widgets.

    Samples of the data have the numbers 0, 1, …; inputs of your own, drawn, typed or uploaded on the
    screen or passed to `show()`, have -1, -2, … in the order they were made. The last 64 are kept:
    `w.sample = -3` shows the third again, `w.sample = 0` goes back to the data.

    `unit` is a number, and shown where it is strongest; a full index of the layer's output (without the batch axis)
    chooses one place: `w.unit = (3, 4, 5)`.

    `target` is what is explained: a class's number, None for the predicted one, or a unit of any layer as
    `kerasviz.unit` gives it: `w.target = kerasviz.unit("conv2d", (3, 4, 5))`.

    `filter` are the samples that one walks through, in that order: `w.filter = [3, 7, 12]`; None for all. What is chosen
    on the screen (a cell of the confusion matrix, points that were drawn around) is there too.

    `method` names one of `kerasviz.methods()`: why the target got its score is then shown, and is `w.attribution`.
    `options` are the method's own, as for `kerasviz.attribute`, and "layer": a path, or "chosen" for the one on the screen.

    `scan` is what a pass over all samples gathered (None before one): the screen makes it on a click, and takes one that
    `kerasviz.scan(model, inputs, labels)` gave. One of another model or of other samples is refused.

    After training in another cell nothing needs to be called where `model.fit` did it: its steps
    are noticed at the next look. Weights that were changed otherwise (`set_weights`, a training
    loop of your own) cannot be noticed cheaply: call `refresh()`.

    Running a notebook cell again closes the widgets that it made before, as `close()` does.

    Args:
        model: A Keras 3 model. It is neither copied nor changed.
        inputs: What to look at: an array, a list or dict of arrays (several inputs), one sample,
            `tf.data`, a torch Dataset or DataLoader, a PyDataset. None: inputs are made, and said to be.
        labels: The true classes or values, one for each sample; pairs of a data set bring theirs.
        class_names: Names of the classes, in the order of the outputs.
        input_kind: "image", "series", "tabular" or "text"; None: seen from the shape.
        preprocess: Makes what the model takes from a raw batch; the screen shows the raw sample.
        language: "en" or "zh".
        theme: "auto" (the notebook's), "light" or "dark".

    Example:
        >>> import keras, kerasviz
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()])
        >>> w = kerasviz.ExplainerWidget(model)  # doctest: +SKIP
        >>> w.sample = 3  # doctest: +SKIP
    """

    scan = Checked(None, allow_none=True)
    filter = Checked(None, allow_none=True)

    def __init__(  # noqa: PLR0913 - the public signature
        self,
        model: Any,
        inputs: Any = None,
        labels: Any = None,
        *,
        class_names: Any = None,
        input_kind: str | None = None,
        preprocess: Callable[[Any], Any] | None = None,
        language: str = "en",
        theme: str = "auto",
        **unknown: Any,
    ) -> None:
        _refuse(unknown)
        probe = Probe(model)  # says at once when it is no model
        state = {"language": one_of("language", language, LANGUAGES), "theme": one_of("theme", theme, THEMES)}
        samples = open_samples(
            model, inputs, labels, class_names=class_names, input_kind=input_kind, preprocess=preprocess
        )
        _check_first(model, samples)
        self._session = Session(probe, samples)
        self._stage = StageWidget(self._session, self._show_charts, **state)
        self._figures = Figures(self._place_chart, self._choose_samples)
        self._charted: Any = None
        self._closed = False
        self._choosing = False
        shared = {name: getattr(self._stage, name) for name in _SHARED}
        super().__init__(children=[self._stage], **shared)
        self.rules = Rules(self._session)
        self._stage.observe(self._follow_stage, _FOLLOWED)
        self._stage.predict()
        close_earlier(self)

    def __setattr__(self, name: str, value: Any) -> None:
        """A name that is almost one of ours is a slip of the pen, and would do nothing."""
        if not name.startswith("_") and not hasattr(type(self), name):
            near = difflib.get_close_matches(name, [*SETTABLE, "scan", "theme", "language"], n=1, cutoff=0.75)
            if near:
                raise AttributeError(
                    f"{name}={value!r} was set. An ExplainerWidget has no {name!r}. Set {near[0]!r} instead."
                )
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        if self._closed:
            return "<ExplainerWidget, closed>"
        layers, samples = len(self._session.layers), len(self._session.samples)
        return f"<ExplainerWidget of {self._session.model_name!r}: {layers} layers, {samples} samples>"

    # ---------------------------------------------------------------- what is on the screen

    @property
    def activations(self) -> dict[str, np.ndarray]:
        """What every layer gave for the current sample, by path, in the model's own layout."""
        return dict(self._session.activations(self.sample))

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        """The gradient of the target's score with respect to every layer's output, for the current sample, by path."""
        return dict(self._session.gradients(self.sample, self._stage.target))

    @property
    def report(self) -> Report | None:
        """What the doctor found when it was last asked on the screen; None before. `kerasviz.diagnose` asks it from Python."""
        report: Report | None = self._session.report
        return report

    @property
    def probe(self) -> Probe:
        """What looks into the model: `w.probe.weights("dense")` and all the rest of it."""
        probe: Probe = self._session.probe
        return probe

    @property
    def prediction(self) -> ScreenPrediction:
        """What the model says of the current sample."""
        panel = self._prediction_panel()
        shown = panel.payload
        assert isinstance(shown, Prediction)  # noqa: S101 - for the type checker: the request is ours
        return ScreenPrediction(
            sample=shown.sample,
            outputs=self._session.outputs(shown.sample),
            quantity=shown.quantity,
            scores=shown.scores,
            target=shown.target,
            label=shown.label,
            correct=shown.correct,
        )

    @property
    def charts(self) -> dict[str, Any]:
        """The bqplot figures by name, up to date with the current sample; restyle them as you like.

        They are made when first asked for. "probabilities" stands below the stage from then on; "response per class" stands
        where the unit is shown over the data, once they were scanned; "deletion and insertion" and "randomised weights" where
        the checks of an attribution are, and show what was checked last.
        """
        if not self._closed:
            for name in CHARTS.names():
                self._figures.figure(name)
            if self._session.scan is not None:
                where = {"sample": self.sample, "layer": self.layer, "unit": self._stage.unit}
                self._show_charts(self._session.panel("unit_data", where))
            if self._charted != (self.sample, self._stage.revision):
                self._show_charts(self._prediction_panel())
        return Charts(self._figures.by_name)

    @property
    def arithmetic(self) -> Arithmetic:
        """Where the chosen unit's number comes from: its terms, their sum, and what the model computed."""
        return explain(self._job())

    @property
    def flows(self) -> Flows:
        """Where the chosen unit's number goes, and how much of the target's score flows through each output that takes it."""
        job = self._job()
        scene, gradients = self._session.scene(self.sample), self._session.gradients(self.sample, self._stage.target)
        logit = self._session.logit(self.sample, self._stage.target)
        return flows(scene, self.layer, (*job.prefix, *job.unit), gradients, logit)

    @property
    def attribution(self) -> Attribution:
        """How much each part of the current sample did for the target's score, by the chosen method and options.

        The same as `kerasviz.attribute` gives for it: arrays have a batch axis of one. It is computed if it has to be.
        """
        if not self.method:
            raise InputError("w.attribution was asked for. No method is chosen. Set one, e.g. w.method = 'saliency'.")
        asked = Asked(self.sample, self.method, self._stage.target, self.layer, self._stage.options)
        return self._session.attribution(asked).attribution

    def _job(self) -> Job:
        return self._session.job(CalculationParams(self.sample, self.layer, self._stage.unit, self._stage.place))

    def show(self, x: Any) -> None:
        """Put an input that is not among the samples on the screen: one sample, without a batch axis.

        With `preprocess=` it is a raw one; of several inputs, a list or dict as `inputs` was.
        """
        self.sample = self._session.show(x, "passed to show()")

    def refresh(self) -> None:
        """Compute everything again: the model's weights were changed by other means than `model.fit`."""
        self._stage.refresh()

    def close(self) -> None:
        """Free the worker thread, the caches, the compiled functions, the charts and all comms; twice is once."""
        if getattr(self, "_closed", True):
            return
        self._closed = True
        self._stage.unobserve(self._follow_stage, _FOLLOWED)
        self._stage.closed = True
        self._session.close()
        self._stage.close()
        self._figures.close()
        self.layout.close()
        super().close()

    # ------------------------------------------------------------------------------ in step

    @observe(*_SHARED)
    def _follow_me(self, change: Any) -> None:
        if change["name"] == "unit":
            self._choose_unit(change["new"])
        elif change["name"] == "target":
            self._stage.target = change["new"]
        elif getattr(self._stage, change["name"]) != change["new"]:
            setattr(self._stage, change["name"], change["new"])

    def _choose_unit(self, unit: int | tuple[int, ...]) -> None:
        """A number is a unit, where it is strongest; a full index is that very number of the layer's output."""
        if self._choosing or self.rules is None or unit == self._unit_shown():
            return
        place = list(unit) if isinstance(unit, tuple) else None
        self._choosing = True
        try:
            self._stage.unit = unit if place is None else self.rules.unit_of(place, self.layer)
            self._stage.place = place
        finally:
            self._choosing = False

    def _unit_shown(self) -> int | tuple[int, ...]:
        place = self._stage.place
        return self._stage.unit if place is None else tuple(place)

    @validate("target")
    def _check_target(self, proposal: Any) -> Any:
        """What Python reads is a number, a unit as `kerasviz.unit` gives it, or None."""
        return target_of(super()._check_target(proposal))

    @validate("unit")
    def _check_unit(self, proposal: Any) -> int | tuple[int, ...]:
        value = proposal["value"]
        if self.rules is None:
            return value  # type: ignore[no-any-return]
        if isinstance(value, tuple | list):
            return tuple(self.rules.place(value, self.layer) or ())
        return self.rules.unit(value, self.layer)

    @validate("scan")
    def _check_scan(self, proposal: Any) -> Any:
        if not self._closed:
            self._session.take_scan(proposal["value"])
        return proposal["value"]

    @observe("scan")
    def _forget_scan(self, change: Any) -> None:
        if change["new"] is None and not self._closed:  # traitlets checks no None
            self._session.take_scan(None)

    @observe("options")
    def _follow_options(self, change: Any) -> None:
        self._stage.options = self._session.handed.plain(change["new"])

    @validate("filter")
    def _check_filter(self, proposal: Any) -> tuple[int, ...] | None:
        found = None if self.rules is None else self.rules.filter(proposal["value"])
        return None if found is None else tuple(found["samples"])

    @observe("filter")
    def _follow_filter(self, change: Any) -> None:
        if samples_of(self._stage.filter) != change["new"]:
            self._stage.filter = change["new"]

    def _filtered(self) -> None:  # the charts show which samples are left
        self.filter = samples_of(self._stage.filter)
        self._figures.follow(self._stage.filter)

    def _choose_samples(self, wanted: Filter) -> None:  # in a chart
        if self._closed:
            return
        try:
            self._stage.filter = wanted
            self._stage.refused = ""
        except KerasvizError as error:
            self._stage.refused = str(error)
            self._filtered()

    def _follow_stage(self, change: Any) -> None:
        if change["name"] == "filter":
            self._filtered()
            return
        if change["name"] == "options":
            if self._session.handed.plain(self.options) != change["new"]:
                self.options = self._session.handed.real(change["new"])
            return
        if change["name"] == "scanned":
            self.scan = self._session.scan
        elif change["name"] in ("unit", "place"):
            if not self._choosing:
                self.unit = self._unit_shown()
        elif change["name"] == "target":
            self.target = change["new"]
        elif getattr(self, change["name"]) != change["new"]:
            setattr(self, change["name"], change["new"])

    def _prediction_panel(self) -> Panel:
        return self._session.panel("prediction", {"sample": self.sample, "target": self._stage.target})

    def _show_charts(self, panel: Panel) -> None:
        """Brings the charts of such a panel up to date; those that stand in it are made for its first."""
        if self._figures.show(panel, self.language):
            self._filtered()
        if self._figures.by_name and isinstance(panel.payload, Prediction):
            self._charted = (panel.payload.sample, self._stage.revision)

    def _place_chart(self, name: str, figure: Any) -> None:
        if CHARTS.get(name).inside:
            self._stage.charts = {**self._stage.charts, name: figure.model_id}
        else:
            self.children = [self._stage, *self._figures.below]


def _check_first(model: Any, samples: Samples) -> None:
    """Names, dtypes and values that do not fit are told at once, not by every panel."""
    takes = ModelInputs(model)
    if takes.known:
        takes.prepare(samples.model_input(0), finite=False)


def _refuse(unknown: dict[str, Any]) -> None:
    """An argument that does not exist is an error that names the nearest."""
    for name in unknown:
        known = [
            key for key in inspect.signature(ExplainerWidget.__init__).parameters if key not in ("self", "unknown")
        ]
        raise TypeError(f"ExplainerWidget: {unknown_name('Argument', name, known)}")
