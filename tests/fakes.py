"""Stand-ins without Keras for what views are made from: samples in memory and a source of activations."""

# ruff: noqa: ARG002 - stand-ins keep the signatures of what they stand for
from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from kerasviz.attribution.explained import Asked, Explained
from kerasviz.data.forms import FormState, InputForm
from kerasviz.data.pictures import layout_of
from kerasviz.data.projection import Projected, ProjectionFound
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.report import Report
from kerasviz.models.layer_info import Argument
from kerasviz.rules.scene import Scene
from kerasviz.scanning.outcomes import Outcomes
from kerasviz.views.findings import Diagnosed
from kerasviz.views.scanned import ScanState
from kerasviz.views.verdict import Verdict, verdict_of
from tests.fake_probe import LAYERS, FakeLayer, FakeProbe, gradient_of, scores_of

FORMS = (
    FormState(
        InputForm("pad", ("draw", "upload", "noise", "constant", "gradient"), (2, 3), 0, 255, "samples", whole=True,
                  height=2, width=3, channels=1),
        np.arange(6, dtype=np.float32).reshape(2, 3, 1) * 50,
    ),
    FormState(
        InputForm("facts", ("numbers", "noise"), (2,), -1, 1, "samples", whole=False,
                  names=("width", "height")),
        np.array([0.25, -1], np.float32),
        np.array([0, -1], np.float32),
        np.array([1, 1], np.float32),
    ),
    FormState(InputForm("words", ("text",), (1,), 0, 0, "usual", whole=False, text="a word")),
)  # fmt: skip


def inputs(count: int = 6) -> np.ndarray:
    """Sample i holds the number i."""
    return np.arange(count, dtype=np.float32)[:, None] * np.ones((1, 2), np.float32)


@dataclass
class FakeSamples:
    class_names: tuple[str, ...] = ()
    how: str = ""
    labels: dict[int, Any] = field(default_factory=dict)
    pictures: dict[int, np.ndarray] = field(default_factory=dict)
    made: bool = False
    raws: dict[int, Any] = field(default_factory=dict)
    labels_at_hand: int = 0
    count: int = 6

    def note(self, index: int) -> str:
        return self.how

    def __len__(self) -> int:
        return self.count

    def has(self, index: int) -> bool:
        return 0 <= index < self.count

    def raw(self, index: int) -> Any:
        return self.raws.get(index, inputs()[index % 6])

    def classes(self, index: int) -> tuple[str, ...]:
        label = self.label_text(index)
        return () if label is None else (label,)

    def read_classes(self, indices: range) -> bool:
        return False

    feature_names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def picture(self, index: int, place: int = 0) -> np.ndarray | None:
        return self.pictures.get(index)

    def layout(self, sample: np.ndarray, place: int = 0) -> Any:
        return layout_of(sample.shape)

    def label(self, index: int) -> Any:
        return self.labels.get(index)

    def label_text(self, index: int) -> str | None:
        label = self.labels.get(index)
        return None if label is None else str(label)


def outcomes() -> Outcomes:
    """Of six samples: class 1 is taken for 2 twice, and for 0 once."""
    predicted, labels = np.array([0, 2, 2, 0, 1, 2]), np.array([0.0, 1, 1, 1, 1, 2])
    sure = np.array([0.75, 0.5, 0.875, 0.5, 0.625, 0.75])
    return Outcomes(
        np.arange(6), predicted, sure, (predicted + 1) % 3, 1 - sure, labels, np.where(predicted == labels, sure, 1 - sure),
        np.array([0.25, 1.5, 2.0, 1.0, 0.5, 0.25]), np.array([[0.75, 0.25, 0]] * 6, np.float32),
    )  # fmt: skip


def report_of(*rules: str) -> Report:
    """A warning about a unit of "conv" and an error about the input, as these rules say it."""
    dead = Finding(
        "warning", "conv", "Channel 1 of 'conv' is 0.", "It has no gradient.", "Use leaky_relu.",
        {"dead": 1, "share": 1 / 3}, {"layer": "conv", "unit": 1, "sample": 2, "panel": "unit"}, ("conv", "series"), "dead-relus",
    )  # fmt: skip
    scaled = Finding(
        "error", "input", "The inputs are 255 times too large.", "The weights expect others.", "Divide them.", {"mean_shift": 3.5},
        {"layer": "input", "sample": 9, "target": 1, "filter": [9, 3, 1], "panel": "sample"}, rule="input-range",
    )  # fmt: skip
    found = tuple(each for each in (scaled, dead) if each.rule in rules)
    return Report(
        "fake",
        found,
        6,
        "only the first 6 samples were run",
        ("input-range", "dead-relus", "a", "b"),
        dict.fromkeys("ab", "why"),
    )


@dataclass
class FakeSource:
    """A source in memory; `values` replaces what a layer gave."""

    layers: tuple[FakeLayer, ...] = LAYERS
    samples: FakeSamples = field(default_factory=FakeSamples)
    values: dict[str, np.ndarray] = field(default_factory=dict)
    out: Any = None
    final_activation: str = ""
    output_names: tuple[str, ...] = ()
    model_name: str = "fake"
    steps: int = 0
    layer_weights: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    layer_settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    quick: bool = True
    generation: int = 0
    judged: set[int] = field(default_factory=set)
    scan: Any = None
    scan_is_stale: bool = False
    made_by_running: Any = None
    report: Any = None
    report_is_stale: bool = False

    def num_targets(self, sample: int) -> int | None:
        return 3

    def verdict(self, sample: int) -> Verdict | None:
        """Class `sample` modulo 3, by a margin that shrinks with the number."""
        if sample not in self.judged:
            return None
        values = np.array([[0.125, 0.125, 0.125]], np.float32)
        values[0, sample % 3] = 0.75 - sample / 32
        return verdict_of(values, self.final_activation, self.samples.class_names, self.samples.label(sample))

    def judge(self, samples: Any, at: int) -> int:
        self.judged.update(samples[at : at + 2])
        return min(at + 2, len(samples))

    def activations(self, sample: int) -> dict[str, np.ndarray]:
        return FakeProbe(self.layers).activations(inputs()[sample : sample + 1]) | self.values

    def outputs(self, sample: int) -> Any:
        return self.out

    def model_inputs(self, sample: int) -> dict[str, np.ndarray]:
        return {"input": inputs()[sample : sample + 1]}

    def gradients(self, sample: int, target: int | None) -> dict[str, np.ndarray]:
        return {path: gradient_of(values) for path, values in self.activations(sample).items()}

    def weights(self, path: str) -> dict[str, np.ndarray]:
        return self.layer_weights.get(path, {})

    def settings(self, path: str) -> dict[str, Any]:
        return self.layer_settings.get(path, {})

    def scene(self, sample: int) -> Scene:
        return Scene(self, self.activations(sample), self.model_inputs(sample), {}, "tensorflow")

    def logit(self, sample: int, target: int | None) -> None:
        return None

    def question(self, sample: int, target: int | None) -> Any:
        layers = {layer.path: layer for layer in self.layers}
        return SimpleNamespace(
            layers=layers, inputs=self.model_inputs(sample), size=1, attention=(), has_relus=True, squashed=False,
            only_batch=None, without_a_rule=lambda **_: [], axes=lambda _: ("batch", *"ab"),
        )  # fmt: skip

    def estimate(self, asked: Asked) -> float | None:
        return 12.5 if asked.method == "rise" else 0.03125

    def measure(self, sample: int, target: int | None) -> None:
        self.steps += 1

    def attribution(self, asked: Asked, so_far: object = None) -> Explained:
        """Values that name their method: as many as its name has letters."""
        from kerasviz.attribution.base import Attribution

        size, options = len(asked.method), dict(asked.options)
        shape = np.shape(self.samples.picture(asked.sample)) or (2,)
        values = ((np.arange(np.prod(shape)) - size) / 8).reshape(1, *shape).astype(np.float32)
        found = Attribution(
            values, "the input of the softmax of 'scores'", np.array([[1]]), asked.method, baseline=values * 0,
            delta=np.array([0.25]), scores=np.array([3.5]), baseline_scores=np.array([-1.0]),
            options={"baseline": "zero"} | options, names=("input",),
        )  # fmt: skip
        return Explained(found, (("height", "width", "channel")[: len(shape)],), 0.5, rows=size)

    def evaluate(self, asked: Asked) -> Any:
        shares = np.linspace(0, 1, 5)
        down = 1 - shares[None]
        curves = SimpleNamespace(
            shares=shares, deletion=down**3, insertion=shares[None] ** 0.5, random=down, deletion_area=np.array([0.25]),
            insertion_area=np.array([0.75]), random_area=np.array([0.5]),
        )  # fmt: skip
        weights = SimpleNamespace(
            layers=(("scores",), ("conv",)), rank_correlation=np.array([[0.5, 0.125]]), structure=None
        )
        noise, foretold = SimpleNamespace(largest=np.array([0.25])), SimpleNamespace(correlation=np.array([0.5]))
        return SimpleNamespace(
            curves=curves, weights=weights, noise=noise, infidelity=foretold, delta_share=np.array([0.0625]), notes=("A note.",)
        )  # fmt: skip

    def narrate(self, sample: int, target: int | None, language: str, length: str) -> Any:
        """A text with a number of each kind."""
        from kerasviz.words.facts import Fact
        from kerasviz.words.narrative import Narrative

        told = (("It says ", "7", "predicted_class", 7, "class"), (" (", "98.1 %", "probability", 0.981, "%"))
        told += (("). By ", "saliency", "method", "saliency", "method"), (" in ", "conv", "layer", "conv", "layer"))
        told += ((" unit ", "3", "unit_1", 3, "unit"), (" leaves ", "12.5 %", "left_without_unit_1", 0.125, "%"))
        text, facts, spans = "", [], []
        for place, (before, shown, name, value, unit) in enumerate(told):
            text += before + shown
            spans.append((len(text) - len(shown), len(text), place))
            facts.append(Fact(name, value, unit, f"kv.{name}", shown))
        return Narrative(f"{text} ({language}).", facts, spans, language=language)

    def scan_state(self) -> ScanState:
        return ScanState(self.scan, self.scan_is_stale, 1.5)

    def diagnosed(self) -> Diagnosed:
        return Diagnosed(self.report, self.report_is_stale)

    def diagnose(self) -> None:
        self.report = report_of("dead-relus")

    def projection(self, layer: str, way: str) -> ProjectionFound:
        """Points on a line; the last sample has no place."""
        points = np.arange(10.0).reshape(5, 2)
        return ProjectionFound(Projected(points, (0.75, 0.25)), np.arange(5), 1, 4, ("time",), self.generation)

    def point(self, sample: int, layer: str, way: str) -> tuple[float, ...] | None:
        return (2.0 * sample, 2.0 * sample + 1) if sample < 5 else None

    def run_scan(self, *, every_layer: bool = False) -> None:
        self.scan = self.made_by_running

    def input_forms(self, sample: int) -> tuple[FormState, ...]:
        return FORMS

    @classmethod
    def golden(cls) -> FakeSource:
        """What the golden messages show: ordinary layers, one with odd values, a picture."""
        odd = np.array([[[[1, 0, np.nan]], [[np.inf, 0, np.nan]], [[-4, 0, np.nan]]]], np.float32)
        layer = FakeLayer("odd", "Conv2D", (None, 3, 1, 3), ("batch", "height", "width", "channel"))
        picture = (np.arange(24) * 10).astype(np.uint8).reshape(4, 6, 1)
        series, text = np.array([[0.0], [-1.0], [2.0]], np.float32), np.array("two words", dtype=object)
        samples = FakeSamples(
            ("cat", "dog", "owl"), "", {0: 1, 1: 1, 4: 1}, {0: picture}, raws={1: series, 2: text}, labels_at_hand=6
        )
        kernel = (np.arange(54, dtype=np.float32).reshape(3, 3, 2, 3) - 20) / 16
        weights = {
            "conv": {"kernel": kernel, "bias": np.array([0, 0.5, -1], np.float32)},
            "mix": {"kernel": kernel[0, 0, :, :].T.copy(), "bias": np.array([0.25, -1], np.float32)},
        }
        fed = (Argument("inputs", "conv", is_tensor=True),)
        axes = ("batch", "height", "width", "channel")
        mix = FakeLayer("mix", "Dense", (None, 4, 6, 2), axes, 8, inputs=("conv",), arguments=fed)
        own = FakeLayer("own", "Mystery", (None, 4, 6, 2), axes, inputs=("conv",), arguments=fed, package="mine")
        values = {"odd": odd, "mix": np.ones((1, 4, 6, 2), np.float32)}
        settings = {"mix": {"activation": "relu"}}
        layers = (*LAYERS, layer, mix, own)
        found = cls(layers, samples, values, scores_of(0), "softmax", layer_weights=weights, layer_settings=settings)
        found.scan = found.scan_of_all("conv", "series", "scores")
        found.report = report_of("input-range", "dead-relus")
        found.scan.outcomes, found.scan.labels_are, found.scan.num_classes = outcomes(), "classes", 3
        return found

    def scan_of_all(self, *paths: str) -> Any:
        """What a scan of all samples finds in these layers; they are of the classes 0, 1, 0, 1 …"""
        from tests.fake_scans import scan_of

        rows = [self.activations(sample) for sample in range(len(self.samples))]
        layers = {layer.path: layer for layer in self.layers}
        given = {path: (layers[path], np.concatenate([row[path] for row in rows])) for path in paths}
        return scan_of(given, [sample % 2 for sample in range(len(rows))])

    def step(self, done: int, total: int, text: str = "") -> None:
        self.steps += 1

    pause = step
