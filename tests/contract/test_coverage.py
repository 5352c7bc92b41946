"""The table of which view each layer gets is complete, up to date, and the general view is the exception in it."""

import pytest

from tests.contract.helpers import BACKEND
from tests.tools.layer_cases import CASES, NOT_ALONE, classes

pytestmark = pytest.mark.skipif(
    BACKEND != "tensorflow", reason="the table is made on TensorFlow, where every class exists"
)


@pytest.fixture(scope="module")
def written():
    from tests.tools.coverage import FILE

    return FILE.read_text(encoding="utf-8")


def rows_of(text, heading):
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| ")
    ]
    return {name: rest for name, *rest in rows[1:]}


def test_every_class_that_keras_exports_is_in_the_table_or_has_a_reason(written):
    known = set(CASES) | set(NOT_ALONE)

    assert set(classes()) <= known, "new in this Keras: add them to tests/tools/layer_cases.py"
    assert set(rows_of(written, "keras.layers")) == set(CASES)
    assert all(f"- {name}: {reason}." in written for name, reason in NOT_ALONE.items())


def test_the_table_of_layers_is_up_to_date(written):
    from tests.tools.coverage import layer_lines

    assert "\n".join(layer_lines()) in written, "run python -m tests.tools.coverage --layers"


def test_the_general_view_is_the_exception_among_layers(written):
    general = {name for name, (views,) in rows_of(written, "keras.layers").items() if "output: tensor" in views}

    assert general == {"Lambda", "Reshape"}
    assert not [name for name, (views,) in rows_of(written, "keras.layers").items() if "**output: tensor**" in views]


def test_every_architecture_is_counted_and_has_hardly_a_general_view(written):
    from tests.tools.coverage import architectures

    rows = rows_of(written, "keras.applications")

    assert set(rows) == set(architectures())
    for name, (count, _, both, general) in rows.items():
        assert int(count) > 10, name
        assert int(general) <= 0.01 * int(count), name
        assert int(both) >= 0.99 * int(count), name
