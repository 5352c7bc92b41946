"""What holds for every narrative: each number in it is a fact, and each fact's call gives the fact again."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np

import kerasviz as kv


def namespace(probe, x, **given):
    """What a fact's call stands on; the same call is made once, and with a probe that is there, for speed."""
    known = {}

    def once(function):
        def call(model, *args, **options):
            assert model is probe.model
            key = (function.__name__, repr(args[1:]), repr(options))
            if key not in known:
                known[key] = function(probe, *args, **options)
            return known[key]

        return call

    names = {name: once(getattr(kv, name)) for name in ("attribute", "without")}
    public = SimpleNamespace(
        Probe=lambda _: probe, smallest_box=kv.smallest_box, unit=kv.unit, evaluate=kv.evaluate, **names
    )
    return {"kv": public, "np": np, "model": probe.model, "x": x, **given}


def check_numbers(narrative):
    """Outside of the facts there is no digit, and the facts are all told."""
    rest = list(narrative)
    for start, stop, place in narrative.spans:
        assert narrative[start:stop] == narrative.facts[place].text
        rest[start:stop] = [" "] * (stop - start)
    assert not re.search(r"\d", "".join(rest)), "".join(rest)
    assert {place for _, _, place in narrative.spans} == set(range(len(narrative.facts)))


def check_calls(narrative, names):
    """Every call gives its fact."""
    for fact in narrative.facts:
        found = eval(fact.call, names)
        if isinstance(fact.value, str | tuple):
            assert found == fact.value, fact
        else:
            np.testing.assert_allclose(float(found), float(fact.value), rtol=2e-3, atol=2e-5, err_msg=str(fact))


def check(narrative, probe, x, **given):
    check_numbers(narrative)
    check_calls(narrative, namespace(probe, x, **given))


def fact(narrative, name):
    (found,) = [each for each in narrative.facts if each.name == name]
    return found
