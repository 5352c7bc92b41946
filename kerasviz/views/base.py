"""What a view is: a record of one layer and one sample in, a panel for the browser out.

There are two kinds. A *layer view* draws what one layer did with one sample; the one with the
highest priority for a record is taken, and `tensor` supports every array. A *panel* answers one
request of the browser (the network, the overview, one unit …) from a `Source`. Both are one file
with the payload's dataclass inside, plus one line in `kerasviz/views/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from kerasviz.data.forms import FormState
from kerasviz.data.pictures import PictureLayout
from kerasviz.rules.flow import Logit
from kerasviz.rules.scene import Scene
from kerasviz.views.verdict import Verdict
from kerasviz.wire.messages import Domain, Payload, TargetName

if TYPE_CHECKING:
    from kerasviz.attribution.evaluate import Evaluation
    from kerasviz.attribution.explained import Asked, Explained
    from kerasviz.data.projection import ProjectionFound
    from kerasviz.probes.question import Question
    from kerasviz.scanning.scan import Scan
    from kerasviz.views.findings import Diagnosed
    from kerasviz.views.scanned import ScanState
    from kerasviz.words.narrate import Length
    from kerasviz.words.narrative import Narrative

__all__ = ["Around", "Control", "LayerHead", "LayerLike", "LayerView", "Panel", "PanelView", "Record", "Source"]


class LayerLike(Protocol):
    """What views read of a layer; the engine's `LayerInfo` has it."""

    @property
    def path(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def output_shape(self) -> tuple[int | None, ...] | None: ...
    @property
    def num_parameters(self) -> int: ...
    @property
    def axes(self) -> tuple[str, ...]: ...
    @property
    def parent(self) -> str: ...
    @property
    def is_operation(self) -> bool: ...
    @property
    def is_container(self) -> bool: ...
    @property
    def note(self) -> str: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def dtype(self) -> str | None: ...
    @property
    def multiply_adds(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that can be chosen about a layer's picture: out of a few `values`, or 0 … `count` - 1.

    The choice comes back as an option of the next request: the value, or the number.
    """

    name: str
    form: Literal["choice", "slider"]
    chosen: int
    count: int
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerHead:
    """What every layer payload starts with.

    `shape` and `axes` are the model's own, without the batch axis; pictures are always
    channels-last. `num_units` counts along the channel (or unit) axis. `domain` spans the whole
    layer for this sample, so maps that are shown later keep the same colours.

    `aspects` are the ways to look at this layer ("output", "weights", "gates" …), `aspect` is this
    one. `code` is the line of Python that gives these numbers.
    """

    path: str
    layer_kind: str
    sample: int
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    dtype: str
    domain: Domain
    num_units: int
    aspects: tuple[str, ...] = ("output",)
    aspect: str = "output"
    controls: tuple[Control, ...] = ()
    code: str = ""


class Around(Protocol):
    """What there is to know of a layer beside its output, for one sample; computed when it is asked for."""

    @property
    def inputs(self) -> tuple[Record, ...]:
        """What fed it."""

    @property
    def weights(self) -> Mapping[str, np.ndarray]:
        """Its weights by name."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """How it is configured."""

    @property
    def parts(self) -> Mapping[str, np.ndarray]:
        """What the layers inside it gave, by their paths within it, with the batch axis; its own further outputs, as ".1"."""

    @property
    def activation(self) -> np.ndarray:
        """What it gave, channels last, also where the record's `values` are its gradient."""

    @property
    def gradient(self) -> np.ndarray:
        """The gradient of the target's score with respect to that, of the same shape."""

    @property
    def network(self) -> Domain:
        """The range of all layers' outputs together."""

    @property
    def scan(self) -> Scan | None:
        """What a scan found of this layer; None where there is none, or the weights have changed since."""

    def words(self, path: str, count: int) -> tuple[str, ...]:
        """What `count` places of the layer or input at `path` are called, if they are tokens; else ()."""


class Alone:
    """Nothing is known around it."""

    inputs: tuple[Record, ...] = ()
    activation: np.ndarray = np.zeros(0, np.float32)
    gradient: np.ndarray = np.zeros(0, np.float32)
    network: Domain = Domain(0.0, 0.0, signed=False)
    scan: Scan | None = None

    def __init__(self) -> None:
        self.weights: Mapping[str, np.ndarray] = {}
        self.settings: Mapping[str, Any] = {}
        self.parts: Mapping[str, np.ndarray] = {}

    def words(self, _path: str, _count: int) -> tuple[str, ...]:
        """No words."""
        return ()


@dataclass(frozen=True, slots=True)
class Record:
    """What one layer did with one sample, ready to draw.

    `values` has no batch axis and its channels last; `axes` names its axes. `shape` and
    `own_axes` are the model's own, also without the batch axis. `options` is what was chosen of
    the picture's controls (unchecked: read it with `choice_of` and `place_of`).
    """

    layer: LayerLike
    sample: int
    values: np.ndarray  # (…, units) any dtype
    axes: tuple[str, ...]
    shape: tuple[int, ...]
    own_axes: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    around: Around = field(default_factory=Alone)

    @property
    def num_units(self) -> int:
        """How many units (channels) the last axis has."""
        return self.values.shape[-1] if self.values.ndim else 1


@dataclass(frozen=True, slots=True)
class Panel:
    """A payload and the arrays that travel beside it, by name."""

    payload: Payload
    tensors: Mapping[str, np.ndarray] = field(default_factory=dict)


def _num_units(record: Record) -> int:
    return record.num_units


@dataclass(frozen=True, slots=True)
class LayerView:
    """One way to draw a layer.

    `supports(record)` is a priority, 0 for "not this one"; `build(record, start, count)` makes
    the panel, `start` and `count` being the units that are asked for, out of `size(record)`.
    Views of one `aspect` compete: the highest priority is taken. Aspects are chosen on the screen;
    the one with the highest priority comes first. `supports` must be cheap: it is asked at every look.
    """

    payload: type[Payload]
    supports: Callable[[Record], int]
    build: Callable[[Record, int, int], Panel]
    size: Callable[[Record], int] = _num_units
    aspect: str = "output"


class Source(Protocol):
    """Where a panel gets its facts: one model and its samples."""

    @property
    def model_name(self) -> str: ...
    @property
    def layers(self) -> tuple[LayerLike, ...]: ...
    @property
    def samples(self) -> SamplesLike: ...
    @property
    def final_activation(self) -> str: ...
    @property
    def output_names(self) -> tuple[str, ...]: ...

    @property
    def quick(self) -> bool: ...  # whether a forward is so fast that nobody notices a few more
    @property
    def generation(self) -> int: ...  # another number when the model's weights are different

    def activations(self, sample: int) -> Mapping[str, np.ndarray]: ...
    def outputs(self, sample: int) -> Any: ...
    def model_inputs(self, sample: int) -> Mapping[str, np.ndarray]: ...
    def gradients(self, sample: int, target: TargetName) -> Mapping[str, np.ndarray]: ...
    def weights(self, path: str) -> Mapping[str, np.ndarray]: ...
    def settings(self, path: str) -> Mapping[str, Any]: ...
    def scene(self, sample: int) -> Scene:
        """The sample's pass through the model as the rules of arithmetic look at it."""
        ...

    def logit(self, sample: int, target: TargetName) -> Logit | None:
        """Where the score that `gradients` are of is read, if that is before an activation."""
        ...

    def question(self, sample: int, target: TargetName) -> Question:
        """The score of this sample, as attribution methods ask for it."""
        ...

    def estimate(self, asked: Asked) -> float | None:
        """Seconds that an attribution will take; None when nothing is known yet."""
        ...

    def measure(self, sample: int, target: TargetName) -> None:
        """Find out how fast the model is, for the estimates."""
        ...

    def attribution(self, asked: Asked, so_far: Callable[[Explained, int, int], Panel] | None = None) -> Explained:
        """How much each part of the sample did for the target's score.

        Where it takes long, `so_far` draws it now and then from the first points, of how many.
        """
        ...

    def evaluate(self, asked: Asked) -> Evaluation:
        """How far that attribution can be trusted."""
        ...

    def narrate(self, sample: int, target: TargetName, language: str, length: Length) -> Narrative:
        """The sample in words."""
        ...

    def scan_state(self) -> ScanState:
        """What a pass over all samples gathered, and whether it still holds."""
        ...

    def run_scan(self, *, every_layer: bool = False) -> None:
        """Make that pass."""
        ...

    def diagnosed(self) -> Diagnosed:
        """What the doctor found, and whether it still holds."""
        ...

    def diagnose(self) -> None:
        """Have the doctor look."""
        ...

    def projection(self, layer: str, way: str) -> ProjectionFound:
        """What a layer makes of many samples, as points."""
        ...

    def point(self, sample: int, layer: str, way: str) -> tuple[float, ...] | None:
        """Where one sample lies among them, if that can be said."""
        ...

    def input_forms(self, sample: int) -> Sequence[FormState]: ...
    def num_targets(self, sample: int) -> int | None: ...
    def verdict(self, sample: int) -> Verdict | None:
        """The verdict on a sample, if it is known."""
        ...

    def judge(self, samples: Sequence[int], at: int) -> int:
        """Predict the next few of `samples`, from place `at`, in one batch: the place to go on at."""
        ...

    def step(self, done: int, total: int, text: str = "") -> None: ...
    def pause(self, done: int, total: int, text: str = "") -> None:
        """A step after which others may go first: `build` is then called anew, and must find what it has done.

        It comes after new work only, so that two that pause for each other both get on.
        """
        ...


class SamplesLike(Protocol):
    """What views read of the samples."""

    @property
    def class_names(self) -> tuple[str, ...]: ...
    @property
    def made(self) -> bool: ...
    def note(self, index: int) -> str: ...
    @property
    def labels_at_hand(self) -> int: ...
    def has(self, index: int) -> bool: ...
    def raw(self, index: int) -> Any: ...
    def picture(self, index: int, place: int = 0) -> np.ndarray | None: ...
    def layout(self, sample: np.ndarray, place: int = 0) -> PictureLayout | None: ...
    @property
    def feature_names(self) -> tuple[str, ...]: ...
    @property
    def words(self) -> tuple[str, ...]: ...
    def classes(self, index: int) -> tuple[str, ...]: ...
    def read_classes(self, indices: range) -> bool: ...
    def label(self, index: int) -> Any: ...
    def label_text(self, index: int) -> str | None: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class PanelView:
    """The answer to one request: the dataclass of its parameters, and how the panel is made."""

    params: type
    payload: type[Payload] | None  # None: it depends (a layer's view)
    build: Callable[[Source, Any], Panel]
    long: bool = False  # it may take so long that others have to be answered meanwhile
