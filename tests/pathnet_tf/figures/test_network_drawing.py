import pytest
from matplotlib.figure import Figure

from pathnet_tf.figures.network_drawing import Kind, checked_layers, draw_modules


def test_layers_name_a_module_once_in_ascending_order():
    assert checked_layers([[3, 1, 3], []], 4, "frozen") == [[1, 3], []]


@pytest.mark.parametrize(("num_modules", "num_texts"), [(30, 30 + 2), (31, 2)])
def test_modules_are_numbered_while_there_is_room(num_modules, num_texts):
    axes = Figure().add_subplot()
    look = {0: Kind("active", "#000000")}
    draw_modules(axes, [look], num_modules=num_modules, with_names=True)
    assert len(axes.texts) == num_texts
    assert bool(axes.get_xticks().size) == (num_modules > 30)
