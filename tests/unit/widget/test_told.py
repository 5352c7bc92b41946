"""The sample in words, through the queue: the text of `kv.narrate`, its numbers with what they open, and stopping it."""

import keras
import pytest

import kerasviz as kv
from kerasviz.data.opening import open_samples
from kerasviz.widget.session import Session
from tests.models import seeded
from tests.unit.widget.conftest import Inbox, X, Y, request

NAMES = ["a", "b", "c"]


@pytest.fixture(scope="module")
def model():
    flat = [keras.layers.Flatten(), keras.layers.Dense(5, "tanh", name="hidden")]
    return seeded(keras.Sequential([keras.Input((8, 8, 1)), *flat, keras.layers.Dense(3, "softmax")]))


@pytest.fixture
def session(model):
    found = Session(kv.Probe(model), open_samples(model, X, Y, class_names=NAMES))
    yield found
    found.close()


def test_the_panel_tells_what_narrate_tells_in_the_language_of_the_page(session, model):
    inbox = Inbox()
    session.submit(request("1", "told", sample=2, language="zh-CN"), inbox)
    session.submit(request("2", "told", sample=2, target="hidden[1]", language="fr", length="line", slot="b"), inbox)

    inbox.wait(2, timeout=60)

    first, second = (inbox.of(name)["payload"] for name in "12")
    whole = kv.narrate(model, X[2], language="zh", class_names=NAMES)
    unit = kv.narrate(model, X[2], length="line", target=kv.unit("hidden", 1))
    assert "".join(piece["text"] for piece in first["pieces"]) == whole
    assert "".join(piece["text"] for piece in second["pieces"]) == unit
    assert first["code"] == "kv.narrate(w.probe, x, language='zh', length='paragraph')"
    assert "target=kv.unit('hidden', 1)" in second["code"]
    assert not first["changed"]


def test_numbers_open_the_unit_or_the_attribution_they_are_from(session, model):
    sample = 0
    pieces = session.panel("told", {"sample": sample}).payload.pieces
    told = kv.narrate(model, X[sample], class_names=NAMES)

    worst = next(fact for fact in told.facts if fact.name == "unit_1")
    share = next(fact for fact in told.facts if fact.name == "share_of_the_evidence")
    assert ("hidden", worst.value) in {(piece.layer, piece.unit) for piece in pieces if piece.text == worst.text}
    assert {piece.method for piece in pieces if piece.call == share.call} == {"integrated-gradients"}
    assert all(piece.call for piece in pieces if any(character.isdigit() for character in piece.text))


def test_with_a_scan_that_holds_the_sample_is_compared_and_its_farthest_unit_opens(session, model):
    scan = kv.scan(model, X, Y, progress=False)
    session.take_scan(scan)

    told = session.panel("told", {"sample": 1}).payload
    whole = kv.narrate(model, X[1], class_names=NAMES, scan=scan)
    facts = {fact.name: fact for fact in whole.facts}
    session.forget()
    later = session.panel("told", {"sample": 1}).payload

    assert "".join(piece.text for piece in told.pieces) == whole
    assert told.code.endswith("scan=w.scan)")
    away = next(piece for piece in told.pieces if piece.call == facts["standard_deviations_away"].call)
    assert (away.layer, away.unit) == ("hidden", facts["farthest_unit"].value)
    assert "".join(piece.text for piece in later.pieces) == kv.narrate(model, X[1], class_names=NAMES)
    assert "scan" not in later.code


def test_a_text_that_nobody_waits_for_is_not_measured_to_its_end(session, monkeypatch):
    inbox, asked = Inbox(), []
    original = session.narrate

    def narrate(sample, target, language, length, progress):
        def leave(done, total):
            asked.append(total)
            session.cancel("1")
            progress(done, total)

        return original(sample, target, language, length, leave)

    monkeypatch.setattr(session, "narrate", narrate)

    session.submit(request("1", "told", sample=1), inbox)

    (answer,) = inbox.wait(1, timeout=60)
    assert answer["kind"] == "cancelled"
    assert len(asked) == 1
