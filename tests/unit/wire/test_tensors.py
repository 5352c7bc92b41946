import numpy as np
import pytest

from kerasviz.errors import ProtocolError
from kerasviz.wire.messages import TensorHeader
from kerasviz.wire.tensors import decode_tensor, decode_tensors, encode_tensor, encode_tensors


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3), (2, 0, 3), (2, 3, 4)])
def test_array_comes_back_as_it_was_sent(dtype, shape):
    array = np.arange(np.prod(shape, dtype=int), dtype=dtype).reshape(shape)

    header, buffer = encode_tensor("a", array)

    assert (header.name, header.dtype, header.shape) == ("a", dtype, shape)
    assert buffer.nbytes == array.nbytes
    np.testing.assert_array_equal(decode_tensor(header, buffer), array, strict=True)


@pytest.mark.parametrize("array", [np.arange(12, dtype=np.float32).reshape(3, 4).T, np.arange(4, dtype=">i4")])
def test_bytes_are_contiguous_and_little_endian(array):
    _, buffer = encode_tensor("a", array)

    assert bytes(buffer) == np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()


def test_contiguous_array_is_not_copied():
    array = np.zeros(8, np.float32)

    _, buffer = encode_tensor("a", array)
    array[0] = 1

    assert np.frombuffer(buffer, np.float32)[0] == 1


@pytest.mark.parametrize("dtype", ["float64", "int64", "float16", "bool", "object"])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(ProtocolError, match=rf"'maps' has dtype {dtype}\. Only uint8, int32, float32"):
        encode_tensor("maps", np.zeros(2, dtype))


def test_buffer_of_the_wrong_length_is_refused():
    with pytest.raises(ProtocolError, match="came with 3 bytes"):
        decode_tensor(TensorHeader("a", "float32", (2,)), b"abc")


def test_named_arrays_keep_their_order():
    arrays = {"b": np.zeros(2, np.uint8), "a": np.ones((1, 2), np.float32)}

    headers, buffers = encode_tensors(arrays)
    decoded = decode_tensors([{"name": h.name, "dtype": h.dtype, "shape": list(h.shape)} for h in headers], buffers)

    assert list(decoded) == ["b", "a"]
    np.testing.assert_array_equal(decoded["a"], arrays["a"])
