"""`python -m tests.tools.rule_coverage` writes kerasviz/rules/COVERAGE.md: which layers have an arithmetic.

The first table is made from a small real instance of every class in keras.layers: one number of each is taken apart and
compared with what the layer gave. The second does that for every layer of one architecture of each family in
keras.applications, which takes minutes: each is built in a process of its own. `--layers` leaves the second as it
stands. Both are made on TensorFlow, where every class exists.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import kerasviz
from kerasviz import NoRuleError, Probe
from kerasviz.rules.explain import explain, rule_for
from kerasviz.rules.scene import Scene
from tests.tools.coverage_file import DIVIDER, not_alone, rows_apart, write
from tests.tools.layer_cases import CASES, classes, model_of

__all__ = ["FAMILIES", "FILE", "family_lines", "layer_lines", "main", "verdicts"]

FILE = Path(kerasviz.__file__).parent / "rules" / "COVERAGE.md"
FAMILIES = {  # the smallest of each, and the side of the smallest picture that it takes
    "ConvNeXtTiny": 32, "DenseNet121": 32, "EfficientNetB0": 32, "EfficientNetV2B0": 32, "InceptionResNetV2": 75,
    "InceptionV3": 75, "MobileNet": 32, "MobileNetV2": 32, "MobileNetV3Small": 32, "NASNetMobile": 32, "ResNet50": 32,
    "ResNet50V2": 32, "VGG16": 32, "Xception": 71,
}  # fmt: skip

TITLE = """# Which layers have an arithmetic

Made by `python -m tests.tools.rule_coverage` (`--layers`: the first table only). For each layer the strongest number of
its output was taken apart by the rule named here, and compared with what the layer itself gave: ✓ where they are the
same up to rounding. *Receptive field*: whether the rule also tells exactly which inputs a number can depend on.
"""


def verdicts(probe: Probe, x: object) -> Iterator[tuple[str, str, str, str]]:
    """For each output of a layer its path, its rule or "", what came of it, and whether its reach is known."""
    given = probe.activations(x)
    scene = Scene(probe, given, given.inputs, given.taken, probe.backend.name)
    for layer in probe.layers:
        if layer.path not in given:
            yield layer.path, "", layer.note or "It gives no tensor", ""
            continue
        values = given[layer.path]
        if values.dtype.kind in "OSU" or not values[0].size:
            yield layer.path, "", "It gives text", ""
            continue
        yield layer.path, *_verdict(scene, layer.path)


def _verdict(scene: Scene, path: str) -> tuple[str, str, str]:
    job = scene.job(path)
    try:
        found = explain(job)
    except NoRuleError as reason:
        return "", str(reason.reason).rstrip("."), ""
    rule = rule_for(job)
    reach = "exact" if rule.reach else "of what is inside" if rule.name == "border" else "not known"
    return found.rule, "✓" if found.agrees else f"✗ {found.error:.2g} > {found.bound:.2g}", reach


def layer_lines() -> list[str]:
    """A row for each class of keras.layers."""
    lines = ["## keras.layers", "", "| layer | rule | equals the model | receptive field |", "|---|---|---|---|"]
    for name in classes():
        if name in CASES:
            probe = Probe(model_of(CASES[name]))
            samples = CASES[name].samples(1)
            found = next(
                row for row in verdicts(probe, samples if len(samples) > 1 else samples[0]) if row[0] == "layer"
            )
            lines.append(f"| {name} | {found[1] or 'none'} | {found[2]} | {found[3]} |")
            probe.close()
    return lines + not_alone()


def family_lines() -> list[str]:
    """A row for each family, each made in its own process."""
    lines = [
        DIVIDER, "",
        "One architecture of each family, without weights: how many outputs of layers (and of operations between them)",
        "there are, how many have a rule, how many of these equal what the model gave, and which rules they have.", "",
        "| architecture | outputs | with a rule | equal | rules |", "|---|---|---|---|---|",
    ]  # fmt: skip
    return lines + rows_apart("tests.tools.rule_coverage", FAMILIES)


def family_row(name: str) -> str:
    """Counts over one architecture's layers."""
    from keras import applications

    side = FAMILIES[name]
    model = getattr(applications, name)(weights=None, input_shape=(side, side, 3))
    random = np.random.default_rng(0)
    for variable in model.weights:  # without training, moving statistics and offsets would hide mistakes
        if variable.path.rpartition("/")[2] in ("moving_mean", "beta", "bias"):
            variable.assign(random.normal(0, 0.1, variable.shape))
    x = random.uniform(0, 255, (1, side, side, 3)).astype("float32")
    rows = list(verdicts(Probe(model), x))
    for path, rule, verdict, _ in rows:
        if verdict != "✓":
            print(path, rule, verdict, file=sys.stderr)
    rules = Counter(rule for _, rule, _, _ in rows if rule)
    equal = sum(verdict == "✓" for _, _, verdict, _ in rows)
    shown = ", ".join(f"{rule} {count}" for rule, count in rules.most_common())
    return f"| {name} | {len(rows)} | {sum(rules.values())} | {equal} | {shown} |"


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        print(family_row(arguments[1]))
        return
    write(FILE, [TITLE, *layer_lines()], family_lines, keep="--layers" in arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
