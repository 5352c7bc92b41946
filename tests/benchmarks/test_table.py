"""The table tells what was reached and what was missed. (No test here looks at a clock: see the package.)"""

from tests.benchmarks.table import peer_table, seconds, table, times, verdict


def timing(ratio: float) -> dict[str, float]:
    return {"limit": 0.01, "ours": 0.01 * ratio, "ratio": ratio, "least_ratio": ratio, "repeats": 7}


def result(steady: float = 1.0, first: float | None = None, differs: str = "") -> dict:
    return {
        "work": "saliency", "model": "mnist", "backend": "jax", "peer": "captum 1", "differs": differs, "note": "a note",
        "wanted": 1.25, "steady": timing(steady), "first_wanted": 1.5, "first": first and timing(first),
        "first_call": 2.5, "memory": [100.0, 200.0],
    }  # fmt: skip


def test_verdict_names_each_missed_promise():
    assert verdict(result(1.25, 1.5)) == "ok"
    assert verdict(result(1.3)) == "1.30 > 1.25"
    assert verdict(result(1.0, 1.6)) == "first 1.60 > 1.5"
    assert verdict(result() | {"wanted": None}) == "—"


def test_verdict_tells_a_busy_machine_from_a_miss():
    busy = result(1.3)
    busy["steady"]["least_ratio"] = 1.1
    assert verdict(busy) == "1.30 > 1.25 (noise?)"


def test_verdict_does_not_praise_another_computation():
    assert verdict(result(differs="'input' is missing")) == "not the same computation: 'input' is missing"


def test_rows_line_up_under_their_heads_and_failures_keep_their_place():
    lines = table(
        [result(1.1, 1.2), {"work": "all", "model": "", "backend": "jax", "failed": "not installed"}]
    ).splitlines()
    assert len({line.index("jax") for line in lines[2:]}) == 1
    assert lines[3].endswith("not installed")


def test_peers_show_their_first_call_and_note():
    (row,) = peer_table([result(12.0)]).splitlines()[2:]
    assert "12 ×" in row
    assert "2.50" in row
    assert row.endswith("a note")


def test_numbers_keep_three_digits_that_mean_something():
    assert [seconds(value) for value in (12.345, 0.1234, 0.0123, 0.00123)] == ["12.35", ".123", ".0123", ".00123"]
    assert [times(value) for value in (1.234, 12.3)] == ["1.23 ×", "12 ×"]
