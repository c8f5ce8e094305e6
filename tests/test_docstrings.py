"""Whoever calls a function of arrays learns their shapes from its docstring."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ARRAYS = re.compile(r"np\.ndarray|npt\.|tf\.Tensor|tf\.Variable")
# `[num_segments, 3]`, or what stands for it.
SHAPE = re.compile(r"\[[^\]]*\]|scalar|[Ss]ee `|[Ss]ame shape")


def functions_of_arrays(tree):
    """Functions and methods, but those inside functions, with arrays in a hint."""
    for parent in ast.walk(tree):
        if not isinstance(parent, ast.Module | ast.ClassDef):
            continue
        for node in parent.body:
            if isinstance(node, ast.FunctionDef):
                given = [*node.args.args, *node.args.kwonlyargs, node.args.vararg]
                hints = [one.annotation for one in given if one] + [node.returns]
                if any(hint and ARRAYS.search(ast.unparse(hint)) for hint in hints):
                    yield node


@pytest.mark.parametrize("package", ["pathnet_tf", "data_tools"])
def test_functions_of_arrays_name_shapes(package):
    nameless = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in functions_of_arrays(ast.parse(path.read_text(encoding="utf-8")))
        if not SHAPE.search(ast.get_docstring(node) or "")
    ]
    assert not nameless
