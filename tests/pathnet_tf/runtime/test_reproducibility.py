import numpy as np

from pathnet_tf.runtime.reproducibility import stream


def draws(*names, seed=0):
    return stream(seed, *names).integers(2**40, size=4).tolist()


def test_same_names_give_the_same_stream():
    assert draws("target", "03", 1) == draws("target", "03", 1)


def test_every_name_and_the_seed_matter():
    drawn = [
        draws("target", "03", 1),
        draws("source_1", "03", 1),
        draws("target", "08", 1),
        draws("target", "03", 2),
        draws("target", "03", 1, seed=1),
    ]
    assert len({tuple(numbers) for numbers in drawn}) == 5


def test_a_stream_disturbs_no_other_generator():
    np.random.seed(4)
    expected = np.random.random()
    np.random.seed(4)
    draws("target")
    assert np.random.random() == expected
