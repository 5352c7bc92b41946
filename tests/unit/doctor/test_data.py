"""Rules about the inputs, the labels and what training leaves behind: planted in models that were really trained."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from tests.unit.doctor.ward import found, noise, rules, settled


@pytest.fixture
def held(digits):
    """Pictures and labels that were not trained on."""
    return digits[0][1400:], digits[1][1400:]


def accuracy(model, x, y):
    return float((model.predict(x, verbose=0).argmax(axis=1) == y).mean())


def test_inputs_on_another_scale_are_told_by_the_labels(digits_mlp, held):
    x, y = held
    finding = found("input-range", digits_mlp, x * 2 - 1, y)
    assert (finding.severity, finding.layer) == ("error", "input")
    assert "from −1 … 1 to 0 … 1" in finding.advice
    assert finding.evidence["accuracy"] == pytest.approx(accuracy(digits_mlp, x * 2 - 1, y))
    assert finding.evidence["accuracy_changed"] == pytest.approx(accuracy(digits_mlp, x, y))
    wrong = digits_mlp.predict(x * 2 - 1, verbose=0).argmax(axis=1) != y
    assert wrong[finding.view["sample"]]


@pytest.mark.parametrize(("cured", "is_told"), [(40, False), (120, True)])
def test_a_scale_that_cures_few_of_the_wrong_answers_is_no_finding(cured, is_told):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, activation="softmax")])
    model.set_weights([np.array([[0, 1], [0, -1]], "float32"), np.array([0, 0.1], "float32")])  # bytes drown the bias
    difference, y = np.tile([100, -100], 200), np.tile([1, 0], 200)
    y[200:] = 1 - y[200:]
    difference[200 : 200 + cured], y[200 : 200 + cured] = -20, 1
    x = np.stack([127 + difference / 2, 127 - difference / 2], axis=1).astype("float32")
    assert (accuracy(model, x, y), accuracy(model, x / 255, y)) == (0.5, 0.5 + cured / 400)

    assert ("input-range" in rules(model, x, y)) is is_told


def test_inputs_on_another_scale_are_told_by_the_first_batch_normalisation(digits_cnn, held):
    x = held[0] * 255
    finding = found("input-range", digits_cnn, x)
    assert (finding.severity, finding.layer) == ("error", "norm")
    conv = keras.Model(digits_cnn.inputs, digits_cnn.get_layer("conv").output)
    spread = np.asarray(conv(x)).reshape(-1, 16).std(axis=0)
    norm = digits_cnn.get_layer("norm")
    kept = np.sqrt(np.array(norm.moving_variance) + norm.epsilon)
    assert finding.evidence["std_ratio"] == pytest.approx(np.median(spread / kept), rel=1e-3)
    assert finding.evidence["maximum"] == 255


def test_inputs_that_were_scaled_before_already(table, table_regression):
    pictures = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Rescaling(1 / 255, name="bytes"),
            layers.Conv2D(4, 3),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    x = np.random.default_rng(0).random((20, 8, 8, 3)).astype("float32")
    finding = found("input-range", settled(pictures), x)
    assert (finding.severity, finding.layer) == ("warning", "bytes")
    assert finding.evidence["maximum"] == pytest.approx(x.max() / 255)
    z = (table[0] - table[0].mean(axis=0)) / table[0].std(axis=0)
    finding = found("input-range", table_regression, z)
    assert finding.layer == "normalise"
    normalised = np.asarray(table_regression.get_layer("normalise")(z[:512]))
    assert finding.evidence["odd_channels"] == 2
    assert finding.evidence["std"] == pytest.approx(np.median(normalised.std(axis=0)), rel=1e-3)


def test_turned_pictures(digits_cnn, digits_mlp, held):
    x, y = held
    for model, turned, word in (
        (digits_cnn, x.swapaxes(1, 2), "height and width"),
        (digits_mlp, x[:, ::-1], "upside down"),
    ):
        finding = found("input-layout", model, turned, y)
        assert (finding.severity, finding.layer) == ("error", "input")
        assert word in finding.advice
        assert finding.evidence["accuracy"] == pytest.approx(accuracy(model, turned, y))
        assert finding.evidence["accuracy_changed"] == pytest.approx(accuracy(model, x, y))


def test_colours_in_the_opposite_order():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 300)
    x = (rng.random((300, 4, 4, 3)) * 0.3 + np.eye(3)[y][:, None, None, :] * 0.5).astype("float32")
    model = keras.Sequential(
        [keras.Input((4, 4, 3)), layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")]
    )
    model.layers[-1].set_weights([np.eye(3) * 8, np.full(3, 0.01)])
    finding = found("input-layout", model, x[..., ::-1], y)
    assert "RGB, BGR" in finding.advice
    assert finding.evidence["mended"] == (y != 1).sum()


def test_channels_where_the_convolution_takes_rows():
    ramp = np.linspace(0, 1, 16)
    rng = np.random.default_rng(0)
    x = (rng.random((20, 3, 1, 1)) + ramp[None, None, :, None] * ramp + rng.random((20, 3, 16, 16)) * 0.05).astype(
        "float32"
    )
    model = settled(
        keras.Sequential(
            [keras.Input((3, 16, 16)), layers.Conv2D(4, 2, name="conv"), layers.Flatten(), layers.Dense(2)]
        )
    )
    finding = found("input-layout", model, x)
    pairs = np.corrcoef(x[..., :-1].ravel(), x[..., 1:].ravel())[0, 1]
    assert finding.severity == "warning"
    assert finding.evidence["correlation"] == pytest.approx(pairs, rel=1e-4)


def test_large_inputs_and_unequal_columns(table):
    pictures = settled(
        keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(4, 3, activation="relu", name="conv"),
                layers.Flatten(),
                layers.Dense(2),
            ]
        )
    )
    x = (np.random.default_rng(0).random((30, 8, 8, 1)) * 255).astype("float32")
    finding = found("missing-normalisation", pictures, x)
    conv = np.asarray(keras.Model(pictures.inputs, pictures.get_layer("conv").output)(x), np.float64)
    assert (finding.severity, finding.layer, finding.view["layer"]) == ("warning", "input", "conv")
    assert finding.evidence["rms"] == pytest.approx(np.sqrt((x.astype(float) ** 2).mean()), rel=1e-4)
    assert finding.evidence["rms_after_first_layer"] == pytest.approx(np.sqrt((conv**2).mean()), rel=1e-4)
    rows = settled(keras.Sequential([keras.Input((5,)), layers.Dense(4, activation="relu"), layers.Dense(1)]))
    finding = found("missing-normalisation", rows, table[0])
    spread = table[0].astype(float).std(axis=0)
    assert finding.evidence["widest_over_narrowest"] == pytest.approx(spread.max() / spread.min(), rel=1e-3)
    normed = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(2)]
    )
    assert "missing-normalisation" not in rules(settled(normed), x)


def test_batch_normalisation_that_kept_nothing_and_that_kept_other_things(digits_cnn, held):
    fresh = settled(
        keras.Sequential(
            [
                keras.Input((6,)),
                layers.Dense(8, name="dense"),
                layers.BatchNormalization(name="norm"),
                layers.ReLU(),
                layers.Dense(2),
            ]
        )
    )
    x = noise(50, 6) * 4 + 9
    finding = found("batch-norm-statistics", fresh, x)
    dense = np.asarray(keras.Model(fresh.inputs, fresh.get_layer("dense").output)(x), np.float64)
    assert (finding.severity, finding.layer) == ("warning", "norm")
    kept = np.sqrt(1 + fresh.get_layer("norm").epsilon)
    assert finding.evidence["mean_shift"] == pytest.approx(np.median(np.abs(dense.mean(axis=0))) / kept, rel=1e-3)
    assert finding.evidence["std_ratio"] == pytest.approx(np.median(dense.std(axis=0)) / kept, rel=1e-3)

    inputs = keras.Input((8, 8, 1))
    h = layers.BatchNormalization(name="first")(inputs)
    h = layers.BatchNormalization(name="second")(layers.Conv2D(4, 3, name="conv")(h))
    model = settled(keras.Model(inputs, layers.Dense(2)(layers.Flatten()(h))))
    model.get_layer("first").set_weights([np.ones(1), np.zeros(1), np.full(1, 0.3), np.full(1, 0.1)])
    model.get_layer("second").set_weights([np.ones(4), np.zeros(4), np.full(4, 60.0), np.full(4, 4.0)])
    finding = found("batch-norm-statistics", model, held[0])
    conv = np.asarray(keras.Model(inputs, model.get_layer("conv").output)(held[0]), np.float64).reshape(-1, 4)
    shift = np.median(np.abs(conv.mean(axis=0) - 60) / np.sqrt(4 + 1e-3))
    assert (finding.severity, finding.layer) == ("warning", "second")
    assert finding.evidence["mean_shift"] == pytest.approx(shift, rel=1e-3)


def test_an_untrained_model_is_told_in_one_remark():
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8), layers.BatchNormalization(), layers.ReLU(), layers.Dense(2)]
    )
    report = kv.diagnose(model, noise(50, 6) * 4 + 9)
    assert [(each.severity, each.rule) for each in report] == [("info", "batch-norm-statistics")]
    assert "not trained yet" in report.note


def test_dropout_on_the_answer():
    x = keras.Input((6,))
    h = layers.Dropout(0.4, name="drop")(layers.Dense(3, name="last")(x))
    functional = settled(keras.Model(x, layers.Activation("softmax")(h)))
    plain = settled(keras.Sequential([keras.Input((6,)), layers.Dense(5), layers.Dropout(0.4, name="drop")]))
    for model in (functional, plain):
        finding = found("dropout-differences", model, noise(30, 6))
        assert (finding.severity, finding.layer, finding.evidence["rate"]) == ("warning", "drop", 0.4)
        assert finding.evidence["relative_change_in_training"] > 0.05


class Restless(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.drop, self.two = layers.Dense(8), layers.Dropout(0.5, name="drop"), layers.Dense(2)

    def call(self, x):
        return self.two(self.drop(self.one(x), training=True))


def test_dropout_at_work_at_inference():
    finding = found("dropout-differences", Restless(), noise(20, 6))
    assert (finding.severity, finding.layer) == ("warning", "drop")
    assert finding.evidence["relative_difference"] > 0.01


def test_dropout_that_leaves_nothing(digits_mlp, held):
    x = keras.Input((8, 8, 1))
    h = layers.Dense(48, activation="relu", name="hidden")(layers.Dropout(0.9, name="drop")(layers.Flatten()(x)))
    model = keras.Model(x, layers.Dense(10, name="logits", activation="softmax")(h))
    for name in ("hidden", "logits"):
        model.get_layer(name).set_weights(digits_mlp.get_layer(name).get_weights())
    finding = found("dropout-differences", model, *held)
    assert (finding.layer, finding.evidence["rate"]) == ("drop", 0.9)
    assert finding.evidence["accuracy"] == pytest.approx(accuracy(model, held[0][:128], held[1][:128]))
    assert finding.evidence["accuracy_in_training"] < finding.evidence["accuracy"] - 0.3
    again = kv.diagnose(model, *held)
    assert [each.evidence for each in again if each.rule == "dropout-differences"] == [finding.evidence]


def test_one_class_for_everything(digits_cnn, held):
    x, y = held
    binary = settled(
        keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.Dense(1, activation="sigmoid", name="last")])
    )
    binary.get_layer("last").bias.assign([9.0])
    finding = found("one-class-predicted", binary, noise(40, 6), np.arange(40) % 2)
    assert (finding.severity, finding.layer, finding.evidence["class"]) == ("error", "last", 1)
    assert finding.evidence["share_of_labels"] == 0.5
    flat = keras.models.clone_model(digits_cnn)
    flat.set_weights(digits_cnn.get_weights())
    bias = np.zeros(10)
    bias[4] = 99
    flat.get_layer("answer").bias.assign(bias)
    finding = found("one-class-predicted", flat, x, y)
    assert (finding.evidence["class"], finding.evidence["share_of_labels"]) == (4, (y == 4).mean())
    assert y[finding.view["sample"]] != 4


def test_classes_that_are_rare(digits_mlp, held):
    x, y = held
    rows = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:4]])
    finding = found("class-imbalance", digits_mlp, x[rows], y[rows])
    assert (finding.severity, finding.evidence["rare"], finding.evidence["rare_samples"]) == ("info", 1, 4)
    binary = settled(keras.Sequential([keras.Input((6,)), layers.Dense(1, activation="sigmoid", name="last")]))
    binary.get_layer("last").bias.assign([-9.0])
    labels = (np.arange(100) % 10 == 0).astype(int)
    finding = found("class-imbalance", binary, noise(100, 6), labels)
    assert (finding.severity, finding.layer) == ("warning", "last")
    assert (finding.evidence["rare_recall"], finding.evidence["common_recall"]) == (0, 1)
    assert (finding.evidence["rare_samples"], finding.evidence["common_samples"]) == (10, 90)


def test_labels_that_the_model_is_sure_are_wrong(digits_mlp, held, tokens, token_gru):
    x, y = held
    wrong = y.copy()
    wrong[10:50] = (wrong[10:50] + 1) % 10
    finding = found("label-noise", digits_mlp, x, wrong)
    logits = digits_mlp.predict(x, verbose=0).astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    suspects = (shares.max(axis=1) >= 0.9) & (shares[np.arange(len(x)), wrong] <= 0.05)
    assert finding.severity == "warning"
    assert finding.evidence["suspects"] == suspects.sum() > 20
    assert finding.view["filter"][0] == finding.view["sample"]
    assert sorted(finding.view["filter"]) == np.flatnonzero(suspects).tolist()
    x, y = tokens[0][:200], tokens[1][:200].copy()
    y[:20] = 1 - y[:20]
    finding = found("label-noise", token_gru, x, y)
    assert (finding.severity, finding.layer) == ("warning", "answer")
    assert finding.view["sample"] < 20
