"""The data are scanned from the screen, and the model examined: what is found is there, and a click goes to it."""

from playwright.sync_api import expect

from tests.browser.lab import Notebook, colours, eventually
from tests.browser.stage import Stage


def test_a_scan_shows_what_excites_a_unit_and_a_click_goes_there(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    stage.open_layer("conv")
    data = stage.root.get_by_role("region", name="Over the data")
    expect(data).to_contain_text("8 samples")
    assert shown.value("w.scan is None")

    data.get_by_role("button", name="Scan the data").click()

    expect(data).to_contain_text("8 samples scanned", timeout=20_000)
    top = data.get_by_role("group", name="Excite it most").get_by_role("button")
    expect(top).to_have_count(8)
    wanted = shown.value("w.scan.top('conv', 0).samples.tolist()")
    assert [int(each.get_attribute("data-sample") or -1) for each in top.all()] == wanted
    eventually(shown.page, lambda: colours(top.first.locator("canvas").first) > 2, "a picture of the strongest sample")
    expect(data.locator(".bqplot")).to_be_visible()
    title = shown.value("w.charts['response per class'].title")
    assert title == "conv[0]"

    other = next(i for i, sample in enumerate(wanted) if sample != shown.value("w.sample"))
    top.nth(other).focus()
    top.nth(other).press("Enter")

    eventually(shown.page, lambda: shown.value("w.sample") == wanted[other], "the sample that was chosen")
    expect(top.nth(other)).to_have_attribute("aria-current", "true")
    stage.layer.get_by_label("sorted by").select_option("selectivity over the data")
    eventually(shown.page, lambda: "selectivity" in stage.layer.inner_text(), "the order over the data")

    shown.kernel("w.refresh()")
    expect(data).to_contain_text("The weights have changed since this scan")


def test_the_doctor_finds_a_dead_layer_and_its_finding_opens_it(shown: Notebook) -> None:
    stage = Stage(shown).drawn()
    stage.card("scores").click()
    doctor = stage.root.get_by_role("region", name="What might be wrong")
    expect(doctor).to_contain_text("not examined yet")
    shown.kernel("v = model.get_layer('conv').get_weights(); v[1][:] = -99; model.get_layer('conv').set_weights(v)")
    shown.kernel("w.refresh()")

    doctor.get_by_role("button", name="Examine the model").click()

    expect(doctor.get_by_role("button", name="Examine again")).to_be_visible(timeout=60_000)
    assert shown.value("[each.rule for each in w.report].count('dead-relus')") == 1
    assert doctor.get_by_role("listitem").count() == shown.value("len(w.report)")
    dead = doctor.get_by_role("listitem").filter(has_text="All 4 channels of 'conv' are 0")
    expect(dead).to_contain_text("dead 4")
    dead.get_by_role("button").focus()
    dead.get_by_role("button").press("Enter")

    eventually(shown.page, lambda: shown.value("[w.layer, w.unit]") == ["conv", 0], "the layer that is dead")
    expect(stage.layer).to_be_focused()
    expect(stage.layer).to_be_in_viewport()

    shown.kernel("w.refresh()")
    expect(doctor).to_contain_text("The weights have changed since")
