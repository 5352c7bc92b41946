"""Three healthy trained models of three kinds: no alarm. Untrained applications: a remark or two."""

import keras
import numpy as np
import pytest

import kerasviz as kv


def alarms(report):
    return [(each.severity, each.rule, each.layer, each.message) for each in report if each.severity != "info"]


def test_a_healthy_convolutional_net_with_batch_normalisation_and_dropout(digits_cnn, digits):
    x, y = digits
    assert (digits_cnn.predict(x[1400:], verbose=0).argmax(axis=1) == y[1400:]).mean() > 0.85
    assert alarms(kv.diagnose(digits_cnn, x[:500], y[:500])) == []
    assert alarms(kv.diagnose(digits_cnn, x[1400:])) == []
    assert alarms(kv.diagnose(digits_cnn)) == []


def test_a_healthy_dense_net_with_logits(digits_mlp, digits):
    x, y = digits
    assert alarms(kv.diagnose(digits_mlp, x[:500], y[:500])) == []
    assert alarms(kv.diagnose(digits_mlp, x[:500], np.eye(10)[y[:500]])) == []


def test_a_healthy_recurrent_net_on_tokens(token_gru, tokens):
    x, y = tokens
    assert ((token_gru.predict(x, verbose=0)[:, 0] > 0.5) == y).mean() > 0.9
    assert alarms(kv.diagnose(token_gru, x, y)) == []


def test_a_healthy_regression_on_a_table(table_regression, table):
    x, y = table
    assert np.mean((table_regression.predict(x, verbose=0)[:, 0] - y) ** 2) < 0.3 * y.var()
    assert alarms(kv.diagnose(table_regression, x, y)) == []


@pytest.mark.parametrize(("name", "size"), [("MobileNetV2", 64), ("ResNet50", 64)])
def test_an_untrained_application_does_not_drown_its_user(name, size):
    """At most three findings above a remark; sixteen others of keras.applications were run by hand with the same bound."""
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), classes=10)
    report = kv.diagnose(model)
    assert len(alarms(report)) <= 3
    assert len(report) <= 6
