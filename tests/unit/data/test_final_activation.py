"""The name of the function that made the output, also while another thread looks inside the model."""

from types import SimpleNamespace

from kerasviz.data.model_facts import final_activation


def sigmoid(x):
    return x


def test_a_tap_on_the_last_activation_does_not_hide_its_name():
    def activation(x):
        return sigmoid(x)

    activation.__wrapped__ = sigmoid
    last = SimpleNamespace(activation=activation)

    assert final_activation(SimpleNamespace(layers=[last])) == "sigmoid"
