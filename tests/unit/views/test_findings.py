"""What the doctor found, as the screen asks for it."""

from kerasviz.views.findings import FACTS, RUN, NoParams
from tests.fakes import FakeSource, report_of


def test_before_it_looked_there_is_no_report():
    found = FACTS.build(FakeSource(), NoParams()).payload

    assert (found.there, found.findings) == (False, ())


def test_a_finding_brings_its_numbers_and_what_to_look_at():
    source = FakeSource(report=report_of("dead-relus"), report_is_stale=True)

    payload = FACTS.build(source, NoParams()).payload

    assert (payload.there, payload.stale, payload.rules, payload.samples) == (True, True, 2, 6)
    assert payload.skipped == ("a, b (why)",)
    (found,) = payload.findings
    assert (found.severity, found.rule, found.layers) == ("warning", "dead-relus", ("conv", "series"))
    assert [(fact.name, fact.value) for fact in found.evidence] == [("dead", "1"), ("share", "0.3333")]
    proof = found.proof
    assert (proof.layer, proof.unit, proof.sample, proof.target, proof.panel) == ("conv", 1, 2, None, "unit")


def test_what_this_screen_does_not_have_is_left_as_it_is():
    source = FakeSource(report=report_of("input-range"))

    (found,) = FACTS.build(source, NoParams()).payload.findings

    assert (found.proof.layer, found.proof.unit, found.proof.sample, found.proof.panel) == ("", None, None, "sample")
    assert (found.proof.target, found.proof.samples) == (1, (3, 1))


def test_looking_gives_the_new_report():
    payload = RUN.build(FakeSource(), NoParams()).payload

    assert RUN.long
    assert [each.rule for each in payload.findings] == ["dead-relus"]
