"""See inside any Keras model, in the notebook where you train it.

    import kerasviz as kv
    kv.ExplainerWidget(model, inputs, labels)

Names are loaded when they are first used: `import kerasviz` alone brings in no framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasviz import plot
    from kerasviz.attribution import methods
    from kerasviz.attribution.attribute import attribute
    from kerasviz.attribution.base import Attribution
    from kerasviz.attribution.evaluate import Evaluation, evaluate
    from kerasviz.attribution.without import Without, without
    from kerasviz.cli.installation import check_install
    from kerasviz.code.to_code import to_code
    from kerasviz.doctor.examine import diagnose
    from kerasviz.doctor.finding import Finding
    from kerasviz.doctor.report import Report
    from kerasviz.errors import (
        BackendError,
        BrokenBatchError,
        InputError,
        KerasvizError,
        KerasvizWarning,
        MethodError,
        NoRuleError,
        OptionError,
        ProtocolError,
        TargetError,
        UnknownNameError,
        UnknownOptionError,
        UnsupportedModelError,
    )
    from kerasviz.probes.probe import Probe
    from kerasviz.probes.unit_targets import unit
    from kerasviz.rules.arithmetic import arithmetic, flow
    from kerasviz.rules.flow import Flows
    from kerasviz.rules.result import Arithmetic
    from kerasviz.scanning.files import load_scan
    from kerasviz.scanning.run import scan
    from kerasviz.scanning.scan import Scan
    from kerasviz.widget.explainer import ExplainerWidget
    from kerasviz.words.facts import Fact
    from kerasviz.words.narrate import narrate
    from kerasviz.words.narrative import Narrative
    from kerasviz.words.places import smallest_box

    __version__: str

__all__ = [
    "Arithmetic",
    "Attribution",
    "BackendError",
    "BrokenBatchError",
    "Evaluation",
    "ExplainerWidget",
    "Fact",
    "Finding",
    "Flows",
    "InputError",
    "KerasvizError",
    "KerasvizWarning",
    "MethodError",
    "Narrative",
    "NoRuleError",
    "OptionError",
    "Probe",
    "ProtocolError",
    "Report",
    "Scan",
    "TargetError",
    "UnknownNameError",
    "UnknownOptionError",
    "UnsupportedModelError",
    "Without",
    "__version__",
    "arithmetic",
    "attribute",
    "check_install",
    "diagnose",
    "evaluate",
    "flow",
    "load_scan",
    "methods",
    "narrate",
    "plot",
    "scan",
    "smallest_box",
    "to_code",
    "unit",
    "without",
]

_PUBLIC = {
    "Arithmetic": "kerasviz.rules.result",
    "Flows": "kerasviz.rules.flow",
    "Attribution": "kerasviz.attribution.base",
    "Evaluation": "kerasviz.attribution.evaluate",
    "ExplainerWidget": "kerasviz.widget.explainer",
    "Finding": "kerasviz.doctor.finding",
    "Fact": "kerasviz.words.facts",
    "Narrative": "kerasviz.words.narrative",
    "Probe": "kerasviz.probes.probe",
    "Report": "kerasviz.doctor.report",
    "Scan": "kerasviz.scanning.scan",
    "Without": "kerasviz.attribution.without",
    "arithmetic": "kerasviz.rules.arithmetic",
    "flow": "kerasviz.rules.arithmetic",
    "attribute": "kerasviz.attribution.attribute",
    "diagnose": "kerasviz.doctor.examine",
    "check_install": "kerasviz.cli.installation",
    "evaluate": "kerasviz.attribution.evaluate",
    "load_scan": "kerasviz.scanning.files",
    "methods": "kerasviz.attribution",
    "scan": "kerasviz.scanning.run",
    "narrate": "kerasviz.words.narrate",
    "smallest_box": "kerasviz.words.places",
    "to_code": "kerasviz.code.to_code",
    "unit": "kerasviz.probes.unit_targets",
    "without": "kerasviz.attribution.without",
} | {name: "kerasviz.errors" for name in __all__ if name.endswith(("Error", "Warning"))}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = _version()
    elif name == "plot":
        from importlib import import_module

        value = import_module("kerasviz.plot")
    elif name in _PUBLIC:
        from importlib import import_module

        value = getattr(import_module(_PUBLIC[name]), name)
    else:
        message = f"module 'kerasviz' has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = value
    return value


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("kerasviz")
    except PackageNotFoundError:  # a checkout on the path, not installed
        return "0+unknown"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
