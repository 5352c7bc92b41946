"""The code that `to_code` writes is run, and what it builds is compared with the model it was written for."""

import random
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers, ops

import kerasviz as kv
from kerasviz.code.names import Imports
from tests.models import ZOO

REFUSED = {"subclassed", "subclassed_dicts", "unbuilt_subclassed", "random_layers"}


@pytest.fixture(autouse=True)
def _fresh_names():
    keras.utils.clear_session(free_memory=False)
    yield
    keras.utils.clear_session(free_memory=False)


def rebuilt(model, **options):
    """What the code builds in a session where Keras counts its names from the start."""
    code = kv.to_code(model, **options)
    keras.utils.clear_session(free_memory=False)
    space = {}
    exec(compile(code, "<to_code>", "exec"), space)
    return code, space["model"]


def differences(model, made, x):
    """What is not the same in two models."""
    found = [] if made.get_config() == model.get_config() else ["config"]
    if [weight.shape for weight in made.weights] != [weight.shape for weight in model.weights]:
        return [*found, "shapes of weights"]
    if not model.built:
        return found
    made.set_weights(model.get_weights())
    pairs = zip(keras.tree.flatten(model(x)), keras.tree.flatten(made(x)), strict=True)
    same = all(np.array_equal(ops.convert_to_numpy(one), ops.convert_to_numpy(other)) for one, other in pairs)
    return found if same else [*found, "outputs"]


def test_the_models_of_the_zoo_come_back_the_same():
    wrong = {}
    for name in sorted(set(ZOO) - REFUSED):
        keras.utils.clear_session(free_memory=False)
        model, x = ZOO[name].build(), ZOO[name].inputs()
        wrong[name] = differences(model, rebuilt(model)[1], x)

    assert {name: found for name, found in wrong.items() if found} == {}


def graph_with_everything():
    """Calls with arguments by name, constants, indices, operations with settings, states handed on."""
    tokens = keras.Input((7,), dtype="int32", name="tokens")
    weights = keras.Input((7, 1), name="weights")
    memory = keras.Input((4,), name="memory")
    x = layers.Embedding(9, 4, mask_zero=True, embeddings_initializer="zeros")(tokens)
    x = layers.LSTM(4, return_sequences=True)(x, initial_state=[memory, memory])
    x = layers.MultiHeadAttention(2, 3)(x, value=x, use_causal_mask=True)
    x = ops.clip(x * weights, -0.5, 0.5) @ np.eye(4, dtype="float32")
    x = 1.0 - x / (ops.max(ops.abs(x), axis=(1, 2), keepdims=True) + 1e-3)
    first, rest = x[:, 0], ops.split(x[:, 1:, ..., ::2], 2, axis=1)[1]
    pooled = ops.einsum("btc,bc->bt", rest, first[:, :2])
    image = ops.image.resize(ops.expand_dims(x, -1), (3, 3), interpolation="nearest")
    image = layers.BatchNormalization()(image, training=True)
    joined = ops.concatenate([pooled, ops.reshape(image, (-1, 9)), ops.where(first > 0, first, -first)], axis=1)
    dense = layers.Dense(
        3,
        activation=layers.LeakyReLU(negative_slope=0.1),
        kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02),
        bias_initializer=keras.initializers.Constant(0.25),
        kernel_initializer=keras.initializers.HeNormal(seed=3),
        kernel_constraint="non_neg",
    )
    return keras.Model([tokens, weights, memory], {"scores": ops.softmax(dense(joined), axis=-1), "raw": joined})


def test_operations_constants_and_calls_with_names_come_back():
    model = graph_with_everything()
    rng = np.random.default_rng(0)
    x = [rng.integers(0, 9, (2, 7)), rng.random((2, 7, 1), "float32"), rng.random((2, 4), "float32")]

    code, made = rebuilt(model)

    assert differences(model, made, x) == []
    assert "= subtract[:, 0]\n" in code
    assert "keepdims=True" in code
    assert "initial_state=[memory, memory]" in code
    assert "kernel_initializer=keras.initializers.HeNormal(seed=3)" in code
    assert 'kernel_constraint="non_neg"' in code


def test_defaults_are_left_out_and_the_line_reads_as_it_was_typed():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, (3, 3), activation="relu", strides=(2, 2), padding="same"),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", kernel_initializer="he_normal"),
        ],
    )

    code = kv.to_code(model, names=False)

    assert code == (
        "import keras\n"
        "from keras import layers\n\n"
        "model = keras.Sequential(\n"
        "    [\n"
        "        keras.Input((8, 8, 1)),\n"
        '        layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),\n'
        "        layers.MaxPooling2D(),\n"
        "        layers.Flatten(),\n"
        '        layers.Dense(3, activation="softmax", kernel_initializer="he_normal"),\n'
        "    ]\n"
        ")\n"
    )


def test_compile_is_written_as_it_was_called():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 100, 0.9)
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.5),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=2, name="top_2")],
    )
    code, made = rebuilt(model)
    given, back = model.get_compile_config(), made.get_compile_config()
    for config in (given, back):
        config["optimizer"]["config"].pop("name")

    assert given == back
    assert "SparseCategoricalCrossentropy(from_logits=True)" in code
    model.compile("adam", "mse")
    assert 'model.compile(optimizer="adam", loss="mse")' in kv.to_code(model)
    model.compile(keras.optimizers.Adam(0.002), "mse")
    assert "keras.optimizers.Adam(learning_rate=0.002)" in kv.to_code(model)


def test_an_optimizer_of_the_backend_has_its_public_name():
    from keras.src.backend.torch.optimizers.torch_adam import Adam

    assert Imports().of(Adam, "the model") == "keras.optimizers.Adam"


def test_a_loss_nobody_can_import_is_said_and_does_not_spoil_the_code():
    def my_loss(true, guess):
        return ops.mean(true - guess)

    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.compile("sgd", loss=my_loss)

    code, made = rebuilt(model)

    assert "# model.compile(...) is left out" in code
    assert made.get_config() == model.get_config()


def test_a_frozen_backbone_is_frozen_once():
    x = keras.Input((8, 8, 3), name="x")
    y = layers.Conv2D(4, 3, name="conv")(x)
    backbone = keras.Model(x, layers.BatchNormalization(name="norm")(y), name="backbone")
    backbone.trainable = False
    z = keras.Input((8, 8, 3), name="z")
    model = keras.Model(z, layers.Dense(2, name="head")(layers.GlobalAveragePooling2D(name="mean")(backbone(z))))

    code, made = rebuilt(model)

    assert differences(model, made, np.ones((1, 8, 8, 3), "float32")) == []
    assert code.count("trainable") == code.count("    model.trainable = False\n    return model") == 1
    assert "def make_backbone():" in code
    assert len(made.trainable_variables) == len(model.trainable_variables) == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (ZOO["subclassed"].build, "joins its layers in the Python of its own `call`"),
        (ZOO["random_layers"].build, "Layer 'square' is a Lambda around a nameless function"),
    ],
)
def test_what_has_no_code_is_refused_and_says_what_to_do(make, words):
    with pytest.raises(kv.UnsupportedModelError, match=words):
        kv.to_code(make())


def test_classes_of_ones_own_are_imported_looked_up_or_refused():
    assert "from tests.model_layers import Parts, Split" in kv.to_code(ZOO["several_outputs"].build())

    @keras.saving.register_keras_serializable("here")
    class Registered(layers.Layer):
        def call(self, x):
            return x

    class Unknown(layers.Layer):
        def call(self, x):
            return x

    code, made = rebuilt(keras.Sequential([keras.Input((3,)), Registered()]))
    assert 'Registered = keras.saving.get_registered_object("here>Registered")' in code
    assert isinstance(made.layers[0], Registered)
    with pytest.raises(kv.UnsupportedModelError, match="'Unknown', which is defined in this session only"):
        kv.to_code(keras.Sequential([keras.Input((3,)), Unknown()]))


def test_writing_leaves_the_model_and_the_random_numbers_alone():
    model = ZOO["recurrent"].build()
    before, weights = model.to_json(), model.get_weights()
    random.seed(5)
    state = random.getstate()

    kv.to_code(model)

    assert random.getstate() == state
    assert model.to_json() == before
    assert all(np.array_equal(one, other) for one, other in zip(weights, model.get_weights(), strict=True))


@pytest.mark.parametrize("name", ["MobileNetV2", "MobileNetV3Small", "ResNet50V2"])
def test_the_architectures_of_keras_come_back(name):
    model = getattr(keras.applications, name)(weights=None, classes=10, input_shape=(32, 32, 3))

    code, made = rebuilt(model)

    assert differences(model, made, np.random.default_rng(0).random((1, 32, 32, 3), "float32")) == []
    assert formatted(code) == code


def test_a_formatter_has_nothing_to_do():
    for name in ("nested", "recurrent", "dicts", "sequential_cnn"):
        code = kv.to_code(ZOO[name].build())

        assert formatted(code) == code


def formatted(code):
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "-"]
    return subprocess.run(command, input=code, capture_output=True, text=True, check=True).stdout
