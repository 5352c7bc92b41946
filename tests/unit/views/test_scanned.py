"""What is known of the scan, as the screen asks for it."""

from kerasviz.views.scanned import FACTS, RUN, NoParams, ScanParams
from tests.fakes import FakeSource


def test_without_a_scan_the_samples_and_an_estimate_are_told():
    found = FACTS.build(FakeSource(), NoParams()).payload

    assert (found.samples, found.scanned, found.seconds) == (6, 0, 1.5)


def test_a_scan_tells_how_much_it_covers_and_whether_it_still_holds():
    source = FakeSource.golden()
    source.scan_is_stale = True

    found = FACTS.build(source, NoParams()).payload

    assert (found.samples, found.scanned, found.stale, found.complete) == (6, 6, True, True)
    assert (found.layers, found.every_layer, found.labelled) == (3, False, True)


def test_running_it_gives_the_facts_of_the_new_one():
    source = FakeSource.golden()
    source.scan, made = None, source.scan
    source.made_by_running = made

    assert RUN.long
    assert RUN.build(source, ScanParams()).payload.scanned == 6
