"""Panels of real models as the browser would get them."""

import numpy as np

from kerasviz.data.opening import open_samples
from kerasviz.probes.probe import Probe
from kerasviz.widget.session import Session

RANDOM = np.random.default_rng(7)


class Panels:
    """panels(model, sample, layer, aspect, **options): one panel; sessions stay open until `close`."""

    def __init__(self):
        self._sessions = []

    def __call__(self, model, sample, layer, aspect, **options):
        self._sessions.append(Session(Probe(model), open_samples(model, sample)))
        params = {"sample": 0, "layer": layer, "options": {"aspect": aspect} | options}
        return self._sessions[-1].panel("layer", params)

    def close(self):
        for session in self._sessions:
            session.close()


def facts(panel):
    """A sheet's facts by name."""
    return {fact.name: fact for fact in panel.payload.facts}


def scramble(model):
    """Weights that leave nothing near zero, biases too."""
    model.set_weights([RANDOM.normal(size=weight.shape, scale=0.6).astype("float32") for weight in model.get_weights()])
    return model
