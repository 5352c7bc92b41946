"""shap: `GradientExplainer` with a single step is a saliency map times the distance to its background."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from shap import GradientExplainer

from tests.benchmarks.works import SALIENCY

if TYPE_CHECKING:
    from tests.benchmarks.models import Case
    from tests.benchmarks.peers import Timed


def saliency(case: Case) -> Timed:
    explainer = GradientExplainer(case.model, np.zeros_like(case.x))
    return lambda x: explainer.shap_values(x, nsamples=1, ranked_outputs=1, rseed=0)


WORKS = {SALIENCY: (saliency, "GradientExplainer, one step")}
