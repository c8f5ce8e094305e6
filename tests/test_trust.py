"""Nothing that we read may run: no pickle, no `eval`, no model of a guessed path."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path
    for package in ("pathnet_tf", "data_tools", "tools")
    for path in (ROOT / package).rglob("*.py")
)
SCRIPTS = [
    path
    for path in (*(ROOT / "tools").iterdir(), ROOT / ".ci" / "run")
    if path.is_file() and path.read_bytes().startswith((b"#!", b"# Sourced"))
]
# Loading with any of them may run what a file says; joblib and Dask hand their own
# pickles between our own processes, which is no file of anybody else's.
MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "yaml"}
MODULES |= {"torch", "jsonpickle"}
# Of the modules, what makes nothing but numbers, texts, lists and dictionaries.
SAFE = {"yaml.safe_load", "yaml.YAMLError"}
SAFE |= {"torch.inference_mode", "torch.set_num_threads"}
CALLS = {"eval", "exec", "compile", "__import__"}
# Of Keras, of TensorFlow and of joblib: `DOTTED` or its end.
LOADERS = ("load_model", "model_from_json", "saved_model.load", "joblib.load")
LOADERS += ("joblib.Memory", "enable_unsafe_deserialization", "os.system")


def dotted(node):
    """The name as written, such as `np.load`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def faults(text):
    """What a file does that it must not, such as `3 eval`."""
    found = []
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name for name in names if name not in SAFE]
        found += [
            (node.lineno, name)
            for name in names
            if name.split(".")[0] in MODULES or name in ("numpy.load", *LOADERS)
        ]
        if isinstance(node, ast.Call):
            found += [(node.lineno, fault) for fault in _faults_of_call(node)]
    return [f"{line} {fault}" for line, fault in sorted(found)]


def _faults_of_call(call):
    name = dotted(call.func)
    keywords = {
        keyword.arg: getattr(keyword.value, "value", None) for keyword in call.keywords
    }
    # Keras' own files, without the code that they may hold.
    is_safe = name.endswith("load_model") and keywords.get("safe_mode") is True
    is_loader = any(f".{name}".endswith(f".{one}") for one in LOADERS)
    if name in CALLS or (is_loader and not is_safe):
        yield name
    if name in ("np.load", "numpy.load") and keywords.get("allow_pickle") is not False:
        yield f"{name} without allow_pickle=False"
    elif keywords.get("allow_pickle", False) is not False:
        yield f"{name} with allow_pickle"
    if keywords.get("safe_mode", True) is not True:
        yield f"{name} with safe_mode"
    if keywords.get("shell", False) is not False:
        yield f"{name} with shell"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_runs_nothing_that_it_reads(path):
    # A SavedModel is a model or an encoder, in the folder that its user names.
    is_place = path.name in ("loaded_model.py", "tensorflow_encoders.py")
    allowed = [" tf.saved_model.load"] * is_place
    found = [fault.lstrip("0123456789") for fault in faults(path.read_text())]
    assert found == allowed


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_runs_nothing_that_it_reads(path):
    assert not re.search(
        r"^\s*(eval|source)\s|\bcurl\b|\bwget\b", path.read_text(), re.M
    )


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("import pickle", "1 pickle"),
        ("from pickle import loads", "1 pickle.loads"),
        ("import yaml", "1 yaml"),
        ("from yaml import load", "1 yaml.load"),
        ("import torch.nn", "1 torch.nn"),
        ("from numpy import load", "1 numpy.load"),
        ("from joblib import load", "1 joblib.load"),
        ("eval(x)", "1 eval"),
        ("joblib.load(x)", "1 joblib.load"),
        ("keras.models.load_model(x)", "1 keras.models.load_model"),
        ("tf.saved_model.load(x)", "1 tf.saved_model.load"),
        ("np.load(x)", "1 np.load without allow_pickle=False"),
        ("np.load(x, allow_pickle=y)", "1 np.load without allow_pickle=False"),
        ("f(x, allow_pickle=True)", "1 f with allow_pickle"),
        ("f(x, safe_mode=False)", "1 f with safe_mode"),
        ("run(x, shell=True)", "1 run with shell"),
    ],
)
def test_faults_are_found(line, fault):
    assert faults(line) == [fault]


@pytest.mark.parametrize(
    "line",
    [
        "np.load(x, allow_pickle=False)",
        "model.load_weights(x)",
        "model.compile(x)",
        "from yaml import safe_load",
        "re.compile(x)",
        "dataset.load(x)",
        "model.evaluate(x)",
    ],
)
def test_what_runs_nothing_is_let_be(line):
    assert faults(line) == []
