import io
import os

import numpy as np
import pytest

from pathnet_tf.runtime.storage import read_arrays

ARRAYS = {"values": np.arange(12.0).reshape(3, 4), "names": np.array(["a", "b"])}


class Opened:
    """Would leave a trace, were its pickle loaded."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


def saved(save=np.savez, **arrays):
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_back_by_name(save, tmp_path):
    path = tmp_path / "file.npz"
    path.write_bytes(saved(save, **ARRAYS))
    for source in (path, io.BytesIO(path.read_bytes())):
        got = read_arrays(source)
        assert got.keys() == ARRAYS.keys()
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(got[name], array)


def test_no_pickle_is_loaded(tmp_path):
    trace = tmp_path / "trace"
    content = saved(values=np.array([Opened(trace)], object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_arrays(io.BytesIO(content))
    assert not trace.exists()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_that_is_cut_off_is_refused(save):
    whole = saved(save, **ARRAYS)
    for length in range(0, len(whole), 7):
        with pytest.raises(ValueError, match=r"."):
            read_arrays(io.BytesIO(whole[:length]))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_flipped_bit_is_refused_or_changes_nothing(save):
    whole = saved(save, **ARRAYS)
    num_refused = 0
    for place in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1 << place % 8
        try:
            got = read_arrays(io.BytesIO(spoilt))
        except ValueError:
            num_refused += 1
            continue
        # Dates, attributes and names of the archive are under no checksum.
        assert len(got) <= len(ARRAYS)
        for name in got.keys() & ARRAYS.keys():
            np.testing.assert_array_equal(got[name], ARRAYS[name])
    assert num_refused > len(whole) // 2


def test_one_bare_array_is_refused(tmp_path):
    path = tmp_path / "file.npy"
    np.save(path, ARRAYS["values"])
    with pytest.raises(ValueError, match=r"."):
        read_arrays(path)


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        read_arrays(tmp_path / "file.npz")
