"""`w.save_html()`: what is in the page, against NumPy and the model itself; how large it is; what is refused."""

import base64
import gzip
import json
import re
from itertools import pairwise

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.pages import html
from kerasviz.widget import stage
from kerasviz.widget.stage import StageWidget
from tests.unit.widget.conftest import X, Y


@pytest.fixture(scope="module", autouse=True)
def front_end(tmp_path_factory):
    """A stand-in for what Node builds."""
    static = tmp_path_factory.mktemp("static")
    for name in ("widget.js", "page.js"):
        (static / name).write_text(f'"{name} </script>"')
    for name in ("widget.css", "page.css"):
        (static / name).write_text(f"/* {name} */")
    (static / "en.json").write_text('{"layer": "Layer"}', encoding="utf-8")
    (static / "zh.json").write_text('{"layer": "层"}', encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for module in (html, stage):
            patch.setattr(module, "_STATIC", static)
        patch.setattr(StageWidget, "_esm", "export default {}", raising=False)
        patch.setattr(StageWidget, "_css", "", raising=False)
        yield


class Page:
    """What a saved page holds."""

    def __init__(self, path):
        self.text = path.read_text(encoding="utf-8")
        self.record = json.loads(self.part("record"))
        ends = np.cumsum([0, *self.record["sizes"]])
        data = self.part("buffers")
        self.buffers = [data[a:b] for a, b in pairwise(ends)]
        assert len(data) == ends[-1]

    def part(self, name):
        (packed,) = re.findall(rf'<script type="text/plain" id="{name}">([A-Za-z0-9+/=]*)</script>', self.text)
        return gzip.decompress(base64.b64decode(packed))

    def all(self, name):
        return [
            (params, self.record["answers"][number]) for each, params, number in self.record["asked"] if each == name
        ]

    def one(self, name, **wanted):
        found = [
            answer
            for params, answer in self.all(name)
            if all(params.get(key) == value for key, value in wanted.items())
        ]
        return found[0]

    def tensor(self, answer, name):
        number = [each["name"] for each in answer["tensors"]].index(name)
        header = answer["tensors"][number]
        values = np.frombuffer(self.buffers[answer["buffers"][number]], np.dtype(header["dtype"]).newbyteorder("<"))
        return values.reshape(header["shape"])


@pytest.fixture(scope="module")
def page(model, tmp_path_factory):
    w = kv.ExplainerWidget(model, X, Y, class_names=["a", "b", "c"])
    w.sample, w.layer, w.method = 1, "conv", "saliency"
    path = w.save_html(tmp_path_factory.mktemp("pages") / "page.html")
    w.close()
    return Page(path)


def test_every_number_in_the_page_is_what_the_model_computes(page, model):
    conv = keras.Model(model.inputs, model.get_layer("conv").output)
    maps, scores = (keras.ops.convert_to_numpy(each(X[..., None])) for each in (conv, model))
    kernel, bias = (keras.ops.convert_to_numpy(each) for each in model.get_layer("conv").weights)

    for sample in range(6):
        shown = page.one("prediction", sample=sample, target=None)["payload"]["scores"]
        np.testing.assert_allclose([each["value"] for each in shown], np.sort(scores[sample])[::-1], rtol=1e-5)
        for unit in range(4):
            found = page.tensor(page.one("unit", sample=sample, layer="conv", unit=unit), "values")
            np.testing.assert_allclose(found, maps[sample, ..., unit], atol=1e-6)
            total = page.one("calculation", sample=sample, layer="conv", unit=unit)["payload"]
            row, column, channel = total["unit"]
            window = X[sample, row : row + 3, column : column + 3, None]
            assert channel == unit
            assert total["total"] == pytest.approx(float((window * kernel[..., unit]).sum() + bias[unit]), abs=1e-5)


def test_the_attribution_on_the_screen_is_there_for_every_sample(page, model):
    for sample in range(6):
        answer = page.one("attribution", sample=sample, method="saliency")["payload"]
        assert answer["done"] == answer["total"]
        assert answer["value"] == pytest.approx(
            float(kv.attribute(model, X[sample : sample + 1, ..., None], "saliency").scores[0]), rel=1e-5
        )


def test_a_page_opens_as_the_widget_stands_and_says_what_it_holds(page):
    traits, facts = page.record["traits"], page.record["facts"]

    assert (traits["sample"], traits["layer"], traits["method"], traits["title"]) == (1, "conv", "saliency", "tiny")
    assert (traits["num_samples"], traits["filter"]) == (6, None)
    assert (facts["samples"], facts["total"], facts["version"]) == ([0, 1, 2, 3, 4, 5], 6, kv.__version__)
    assert page.record["texts"] == {"en": {"layer": "Layer"}, "zh": {"layer": "层"}}
    assert page.part("program").decode() == '"widget.js </script>"'


def test_no_script_ends_early_and_the_browser_is_told_to_connect_to_nothing(page):
    assert page.text.count("</script>") == 4  # three parts and the script itself: none ends early
    assert "default-src 'none'" in page.text
    assert "connect-src" not in page.text
    assert not re.search(r"(src|href)\s*=|url\(|@import|https?://", page.text)


def test_controls_offer_what_the_page_has(page):
    for params, answer in page.all("layer"):
        head = answer["payload"].get("head", {"controls": [], "aspects": []})
        for control in (each for each in head["controls"] if each["name"] != "unit"):
            asked = [
                each["options"]
                for each, _ in page.all("layer")
                if each["layer"] == params["layer"] and each["sample"] == params["sample"]
            ]
            aspect = {"aspect": params["options"]["aspect"]} if "aspect" in params["options"] else {}
            there = sum(
                options
                in ({**aspect, control["name"]: value} for value in control["values"] or range(control["count"]))
                for options in asked
            )
            assert there >= control["count"] - 1
    conv = page.one("layer", sample=0, layer="conv")["payload"]["head"]
    assert {"scale", "order", "show"} <= {control["name"] for control in conv["controls"]}
    assert page.one("choices")["payload"]["labels"] == []


def test_the_arithmetic_leads_from_the_answer_back_to_the_first_layer(page):
    for sample in range(6):
        walked = {
            params["layer"] for params, _ in page.all("calculation") if params["sample"] == sample and params["place"]
        }
        assert walked == {"conv", "flat", "scores"}


def test_a_small_page_keeps_what_it_cannot_do_without_and_offers_no_more(w, tmp_path):
    large, small = tmp_path / "large.html", tmp_path / "small.html"
    w.save_html(large, 2)
    w.save_html(small, 2, megabytes=0.03)

    page = Page(small)
    assert small.stat().st_size < large.stat().st_size < 200_000
    assert len(page.all("prediction")) == 2
    assert len(page.record["answers"]) < len(Page(large).record["answers"])
    for params, answer in page.all("layer"):
        for control in answer["payload"].get("head", {}).get("controls", []):
            assert any(control["name"] in each["options"] for each, _ in page.all("layer")), params


@pytest.mark.parametrize(
    ("samples", "now", "held"),
    [
        (3, 1, [0, 1, 2]),
        (2, 5, [0, 5]),
        ([4, 2], 0, [2, 4]),
    ],
)
def test_the_page_opens_with_the_sample_on_the_screen_where_it_is_in_it(w, tmp_path, samples, now, held):
    w.sample = now

    record = Page(w.save_html(tmp_path / "page.html", samples)).record

    assert record["facts"]["samples"] == held
    assert (record["traits"]["filter"] or {}).get("samples") == (None if held == [0, 1, 2] else held)
    assert record["traits"]["sample"] == (now if now in held else samples[0])


def test_an_input_of_ones_own_comes_along(w, tmp_path):
    w.show(X[0] * 0.5)

    page = Page(w.save_html(tmp_path / "page.html", samples=2))

    assert page.record["facts"]["samples"] == [-1, 0, 1]
    assert (page.record["traits"]["num_samples"], page.record["traits"]["sample"]) == (2, -1)
    assert page.one("prediction", sample=-1)["payload"]["sample"] == -1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"path": "page.txt"}, "A page is an HTML file"),
        ({"path": "no/such/page.html"}, "There is no folder"),
        ({"samples": 0}, "A page needs one at least"),
        ({"samples": [0, 6]}, "There are the samples 0 … 5"),
        ({"methods": ["salience"]}, "saliency"),
    ],
)
def test_what_cannot_be_saved_is_refused_before_anything_is_computed(w, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(kv.KerasvizError, match=said):
        w.save_html(**{"path": "page.html", **arguments})

    assert list(tmp_path.glob("*.html")) == []


def test_without_the_front_end_it_says_what_is_missing(w, tmp_path, monkeypatch):
    monkeypatch.setattr(html, "_STATIC", tmp_path)

    with pytest.raises(kv.KerasvizError, match=r"widget\.js, is missing. Run `make build`"):
        w.save_html(tmp_path / "page.html", 1)


def test_a_scan_and_what_took_long_are_in_the_page(w, tmp_path):
    w.scan = kv.scan(w.probe, X[..., None], Y, progress=False)
    w._session.looked_at.append(("projection", {"layer": "conv", "way": "pca", "colour": ""}))

    page = Page(w.save_html(tmp_path / "page.html", samples=2))

    assert page.one("data")["payload"]["scanned"] == 6
    assert {params["sample"] for params, _ in page.all("unit_data")} == {0, 1}
    assert page.one("projection", layer="conv")["payload"]["samples"] == 6
    assert {params["sample"] for params, _ in page.all("projected_sample")} == {0, 1}
