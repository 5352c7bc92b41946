"""`StageWidget`: the browser's half of the widget — traits out, messages in and out, no maths.

It works alone in hosts that take only anywidgets. Requests go to the session's worker thread;
`set` is carried out at once, in the thread that brought it, so that a slider never waits.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Bool, Dict, Int, Unicode, observe, validate

from kerasviz.errors import KerasvizError, ProtocolError
from kerasviz.views.base import LayerLike, Panel
from kerasviz.views.prediction import Prediction
from kerasviz.widget.arrivals import Arrivals, past_the_cell
from kerasviz.widget.jobs import attempt, failure_of
from kerasviz.widget.outbox import Outbox
from kerasviz.widget.rules import SETTABLE, Checked, Rules, SharedState
from kerasviz.widget.session import Session
from kerasviz.wire.codec import encode_message, encode_payload, messages_in, read_message
from kerasviz.wire.messages import Cancel, Done, Request, Result

__all__ = ["StageWidget"]

_STATIC = Path(__file__).parent.parent / "static"


def _front_end(name: str) -> Path | str:
    """A file of the bundle: its text; its path where it is to be reloaded on every change.

    anywidget connects each widget to a path for good, so that it would never be freed.
    """
    path = _STATIC / name
    return path if os.environ.get("ANYWIDGET_HMR") == "1" else path.read_text(encoding="utf-8")


def _texts(language: str) -> dict[str, str]:
    """The sentences of a language as the front end was built with them: it has none itself."""
    path = _STATIC / f"{language}.json"
    if not path.exists():
        raise _missing(path)
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _missing(path: Path) -> KerasvizError:
    return KerasvizError(
        f"The front end is missing: there is no {path}. It belongs to the package. Run `make build` in a checkout, or "
        "reinstall kerasviz, and restart the kernel."
    )


class StageWidget(SharedState, anywidget.AnyWidget):  # type: ignore[misc]
    """What is on the screen: it follows the shared state and asks the session for panels.

    Args:
        session: What answers the requests. The stage tells it where to report.
        on_panel: Shown each panel before the browser gets it, and each prediction of the current sample.
    """

    if (_STATIC / "widget.js").exists():
        _esm, _css = _front_end("widget.js"), _front_end("widget.css")

    sample = Checked(0).tag(sync=True)
    num_samples = Int(1).tag(sync=True)
    layer = Checked("").tag(sync=True)
    unit = Checked(0).tag(sync=True)
    place = Checked(None, allow_none=True).tag(sync=True)
    target = Checked(None, allow_none=True).tag(sync=True)
    method = Checked("").tag(sync=True)
    options = Checked({}).tag(sync=True)
    status = Unicode("idle").tag(sync=True)
    theme = Unicode("auto").tag(sync=True)
    language = Unicode("en").tag(sync=True)
    texts = Dict().tag(sync=True)
    filter = Checked(None, allow_none=True).tag(
        sync=True
    )  # the samples that are walked through, and how they were chosen
    refused = Unicode("").tag(sync=True)  # why what was selected in a chart is no filter
    charts = Dict().tag(sync=True)  # the models of bqplot figures that stand in panels, by name
    title = Unicode("").tag(sync=True)
    revision = Int(0).tag(sync=True)
    scanned = Int(0).tag(sync=True)  # another number when the scan, or whether it still holds, is different
    examined = Int(0).tag(sync=True)  # the same of the doctor's report
    digest = Dict().tag(sync=True)
    closed = Bool(default_value=False).tag(sync=True)

    def __init__(self, session: Session, on_panel: Callable[[Panel], None] | None = None, **state: Any) -> None:
        if not hasattr(type(self), "_esm"):
            raise _missing(_STATIC / "widget.js")
        self._session = session
        self._on_panel = on_panel
        self.predicted = threading.Event()  # for the first time
        self._layers: tuple[LayerLike, ...] = ()
        first = next((layer.path for layer in session.layers if not layer.is_container), "")
        texts = _texts(state.get("language", "en"))
        super().__init__(title=session.model_name, num_samples=len(session.samples), layer=first, texts=texts, **state)
        past_the_cell(self.comm)
        self.rules = Rules(session)
        self.digest = self._facts()
        self.on_msg(self._receive)
        self._arrivals = Arrivals()
        self._outbox = Outbox(self._post)
        session.listen(
            on_status=self._show_status,
            on_facts=self._facts_changed,
            on_done=lambda more: self._outbox.flush(more=more),
            on_panel=self._answered,
        )
        session.on_scan = self._scan_changed
        session.on_report = self._report_changed

    def __repr__(self) -> str:
        return f"<StageWidget of {self.title!r}>"

    def predict(self) -> None:
        """Have the prediction of the current sample made, for the digest and the charts."""
        params = {"sample": self.sample, "target": self.target}
        self._session.compute("prediction", "prediction", params, self._predicted)

    def refresh(self) -> None:
        """Show the model as it is now: everything on the screen is asked for again."""
        self._session.refresh()
        self.revision += 1
        self.predict()

    def close(self) -> None:
        """Tell the screen, then let go of the comm and of the layout's; twice is once."""
        self.closed = True
        self.layout.close()
        super().close()

    # ------------------------------------------------------------------------------- messages

    def _receive(self, _: Any, content: Any, buffers: Any = None) -> None:
        """What the browser sent; whatever is wrong with it is answered."""
        for message, own in messages_in(content, buffers or []):
            error = attempt(lambda message=message, own=own: self._handle(message, own))  # type: ignore[misc]
            if error is not None:
                self._reply(encode_message(failure_of(_id_of(message), error)))

    def _handle(self, content: Any, buffers: Sequence[memoryview]) -> None:
        message = read_message(content)
        is_new = self._arrivals.is_new(message.id)
        if isinstance(message, Cancel):
            self._session.cancel(message.id)
        elif not is_new:
            return
        elif message.name == "set":
            self._set(message)
        elif message.name == "own_input":
            self._session.submit_own(message, buffers, self._reply, self._own_made)
        else:
            self._session.submit(message, self._answer)

    def _set(self, message: Request) -> None:
        if self.closed or self.rules is None:
            raise ProtocolError(
                "A change arrived for a closed widget. It does not take any. Make a new ExplainerWidget."
            )
        checked = self.rules.check(message.params, self)
        for name in SETTABLE:
            if name in checked:
                setattr(self, name, checked[name])
        self._reply(encode_message(Result(message.id, encode_payload(Done()))))

    def _answer(self, content: dict[str, Any], buffers: list[memoryview] | None = None) -> None:
        """What the worker found: it may wait a moment for what the worker finds next."""
        if not self.closed or content["kind"] == "cancelled":
            self._outbox.add(content, buffers)

    def _post(self, content: dict[str, Any], buffers: list[Any]) -> None:
        self.send(content, buffers)

    def _own_made(self, index: int) -> None:
        """The model has taken an input of the person's own: it is the sample on the screen now."""
        if not self.closed:
            self.sample = index

    def _reply(self, content: dict[str, Any], buffers: list[memoryview] | None = None) -> None:
        if not self.closed or content["kind"] == "cancelled":
            self.send(content, buffers or [])

    # --------------------------------------------------------------------------------- state

    @observe("layer")
    def _layer_changed(self, _: Any) -> None:
        """A unit that the new layer does not have becomes its first; its place is where it is strongest."""
        count = None if self.rules is None else self.rules.num_units(self.layer)
        if count is not None and self.unit >= count:
            self.unit = 0
        self.place = None

    @observe("unit")
    def _unit_changed(self, _: Any) -> None:
        """Another unit is looked at in the same place."""
        if self.rules is not None:
            self.place = self.rules.moved(self.place, self.unit, self.layer)

    @observe("language")
    def _language_changed(self, change: Any) -> None:
        self.texts = _texts(change["new"])

    @observe("method")
    def _method_changed(self, _: Any) -> None:
        """Options belong to a method: another one begins with its own."""
        self.options = {}

    @observe("filter")
    def _filter_changed(self, change: Any) -> None:
        """The sample on the screen is one of them."""
        if change["new"] is not None and self.sample not in change["new"]["samples"]:
            self.sample = change["new"]["samples"][0]

    @validate("filter")
    def _check_filter(self, proposal: Any) -> dict[str, Any] | None:
        return None if self.rules is None else self.rules.filter(proposal["value"])

    @validate("place")
    def _check_place(self, proposal: Any) -> list[int] | None:
        value = proposal["value"]
        return value if self.rules is None else self.rules.place(value, self.layer)

    @observe("sample", "target")
    def _sample_changed(self, _: Any) -> None:
        if self.rules is not None and not self.closed:
            self.predict()

    def _show_status(self, status: str) -> None:
        if not self.closed:
            self.status = status

    def _scan_changed(self) -> None:
        if not self.closed:
            self.scanned += 1

    def _report_changed(self) -> None:
        if not self.closed:
            self.examined += 1

    def _facts_changed(self) -> None:
        """The layers are known better, or a stream turned out longer."""
        if self.closed:
            return
        self.num_samples = len(self._session.samples)
        if self._layers != self._session.layers:
            if self.layer not in {layer.path for layer in self._session.layers}:
                self.layer = next((layer.path for layer in self._session.layers if not layer.is_container), "")
            self.digest = self._facts()
            self.revision += 1

    def _facts(self) -> dict[str, Any]:
        """What a saved notebook still shows without a kernel."""
        self._layers = self._session.layers
        layers = [
            {
                "path": layer.path,
                "kind": layer.kind,
                "shape": None if layer.output_shape is None else list(layer.output_shape),
            }
            for layer in self._layers
        ]
        return {"model_name": self._session.model_name, "layers": layers}

    def _predicted(self, panel: Panel) -> None:
        payload = panel.payload
        if self.closed or not isinstance(payload, Prediction):
            return
        scores = [{"name": score.name, "value": score.value} for score in payload.scores]
        self.digest = {**self.digest, "sample": payload.sample, "prediction": scores}
        self.predicted.set()
        self._made(panel)

    def _answered(self, panel: Panel) -> None:
        if not isinstance(panel.payload, Prediction):  # the current sample's are told anyhow
            self._made(panel)

    def _made(self, panel: Panel) -> None:
        if self._on_panel is not None and not self.closed:
            self._on_panel(panel)


def _id_of(content: Any) -> str:
    found = content.get("id") if isinstance(content, dict) else None
    return found if isinstance(found, str) else ""
