"""`kv.narrate` on every backend: one model of each kind, every number told can be had again."""

import numpy as np

import kerasviz as kv
from tests.contract.helpers import oracle
from tests.models import ZOO
from tests.narratives import check, fact

KINDS = ("dicts",)


def test_every_kind_of_model_is_told_in_numbers_that_can_be_had_again():
    for name in KINDS:
        case = ZOO[name]
        probe, x = kv.Probe(case.build()), case.inputs(1)

        told = kv.narrate(probe, x, target=case.target, language="zh")

        check(told, probe, x)
        probe.close()


def test_what_is_told_is_what_keras_computes():
    case = ZOO["sequential_cnn"]
    model, x = case.build(), case.inputs(1)
    whole = oracle(model, x)[0]

    told = kv.narrate(model, x, length="page")

    rows = slice(fact(told, "first_0").value, fact(told, "last_0").value + 1)
    columns = slice(fact(told, "first_1").value, fact(told, "last_1").value + 1)
    covered = x.copy()
    covered[:, rows, columns] = 0
    kernel, bias = model.get_layer("conv").get_weights()
    worst = fact(told, "unit_1").value
    kernel[..., worst], bias[worst] = 0, 0
    best = int(whole.argmax())
    np.testing.assert_allclose(fact(told, "probability").value, whole[best], rtol=1e-4)
    np.testing.assert_allclose(fact(told, "left_without_it").value, oracle(model, covered)[0, best], rtol=1e-4)
    model.get_layer("conv").set_weights([kernel, bias])
    np.testing.assert_allclose(fact(told, "left_without_unit_1").value, oracle(model, x)[0, best], rtol=1e-4)
