"""Every layer of every model of the zoo: its arithmetic equals what the model computed, or it says why there is none."""

import numpy as np

import kerasviz as kv
from tests.contract.arithmetic_oracle import EPS, check_terms, some_units
from tests.contract.helpers import wide_if, zoo


@zoo()
def test_every_number_is_its_terms_or_says_why_not(case):
    with wide_if(case):
        probe = kv.Probe(case.build())
        x = case.inputs(1)
        probe.activations(x)
        given = probe.activations(x)
        for layer in probe.layers:
            if layer.path in given and given[layer.path].dtype.kind in "fV":
                for unit in some_units(given[layer.path].shape[1:], 2):
                    check_unit(probe, x, given, layer, unit)


def check_unit(probe, x, given, layer, unit):
    try:
        found = kv.arithmetic(probe, x, layer.path, unit)
    except kv.NoRuleError as error:
        print(layer.path, layer.kind, error.reason)
        return
    check_terms(probe, given, layer.path, found.terms)
    total = sum(term.product for term in found.terms) + found.bias
    np.testing.assert_allclose(found.total, total, rtol=1e-12, atol=1e-300)
    assert found.value == float(given[layer.path][0][unit])
    size = sum(abs(term.product) for term in found.terms) + abs(found.bias)
    dtype = layer.compute_dtype or layer.dtype
    if found.function is None and dtype in EPS:
        assert abs(found.error) <= max(4 * EPS[dtype] * size, found.bound), str(found)
    assert found.agrees, str(found)
