"""The rooms of both packages import one way only, as CONTRIBUTING.md draws them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A room imports from the rooms before it and from itself.
ROOMS = {
    "pathnet_tf": [
        "runtime",
        "data",
        "features",
        "network",
        "evaluation",
        "figures",
        "training",
        "search",
        "serving",
        "methods",
        "experiment",
        "fusion",
        "report",
    ],
    "data_tools": [
        "media_error",
        "workers",
        "media",
        "unpacking",
        "corpora",
        "cutters",
        "encoders",
        "datasets",
        "synthesis",
        "scored_files",
    ],
}
# What data_tools may use of pathnet_tf.
SHARED = ["runtime", "data", "features", "serving"]


def files_of(package):
    return sorted((ROOT / package).rglob("*.py"))


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path):
    """Modules that a file imports, inside functions too."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relative to itself"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                is_module = (ROOT / full.replace(".", "/")).with_suffix(".py").exists()
                modules.add(full if is_module else node.module)
    return modules


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_its_place_in_the_order_and_says_what_it_holds(package):
    rooms = [path for path in (ROOT / package).iterdir() if path.is_dir()]
    rooms = [path for path in rooms if path.name != "__pycache__"]
    assert {path.name for path in rooms} <= set(ROOMS[package])
    for room in rooms:
        for folder in (room, *(p for p in room.iterdir() if p.is_dir())):
            if folder.name != "__pycache__":
                tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
                assert ast.get_docstring(tree), f"{folder} does not say what it holds"


@pytest.mark.parametrize("package", ROOMS)
def test_rooms_import_from_the_ones_before_them_alone(package):
    order = ROOMS[package]
    wrong = []
    for path in files_of(package):
        own = path.relative_to(ROOT / package).with_suffix("").parts[0]
        if own not in order:
            continue  # A binary, or the package itself, may import from every room.
        above = order[: order.index(own) + 1]
        for module in imported_modules(path):
            top, *parts = module.split(".")
            if top == package and parts and parts[0] not in above:
                wrong.append(f"{module_of(path)} imports {module}")
    assert not wrong


@pytest.mark.parametrize("package", ROOMS)
def test_files_do_not_import_in_a_circle(package):
    imports = {
        module_of(path): {m for m in imported_modules(path) if m.startswith(package)}
        for path in files_of(package)
    }
    done = set()

    def visit(module, above):
        assert module not in above, " -> ".join([*above, module])
        if module not in done:
            for other in imports.get(module, ()):
                visit(other, [*above, module])
            done.add(module)

    for module in imports:
        visit(module, [])


def test_the_offline_half_uses_what_both_halves_share_alone():
    wrong = [
        f"{module_of(path)} imports {module}"
        for path in files_of("data_tools")
        for module in imported_modules(path)
        if module.startswith("pathnet_tf.") and module.split(".")[1] not in SHARED
    ]
    assert not wrong
