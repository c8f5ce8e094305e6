"""Every flag reaches the settings, and a run's flags are read back from its folder."""

from pathlib import Path

import pytest
from absl import flags

from pathnet_tf.experiment.flags import changed_run, read_run_settings
from pathnet_tf.experiment.settings import ExperimentSettings
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.flag_fields import define, flag_names, settings_from_flags

# Flags whose change needs a value, or another flag, that is not made up below.
SPECIAL = {
    "allow_duplicate_genes": "--noallow_duplicate_genes",
    "address": "--executor=ray --address=auto",
    "cache_dir": "--cache=disk --cache_dir=c",
    "emotions": "--emotions=anger,fear",
    "export_onnx": "--export_dir=m --export_onnx",
    "executor": "--executor=ray",
    "inner_folds": "--inner_folds=3",
    "method": "--method=mel_svm",
    "representation": "--representation=compare+vectors",
    "replay": "--source=s --replay=1",
    "scheduler": "--executor=dask --scheduler=a --scheduler=b",
    "shard": "--shard=2/3",
    "silence_db": "--representation=functionals --silence_db=35",
    "source_emotions": "--source_emotions=anger,fear",
    "speeds": "--representation=compare --speeds=0.9",
    "views": "--representation=hog --views=2",
}


def parse(*words):
    values = flags.FlagValues()
    define(ExperimentSettings, values)
    values(["transfer", "--target=t", "--run_dir=r", *words])
    return values


def settings_of(*words):
    return settings_from_flags(ExperimentSettings, parse(*words))


def change_of(name):
    """Words that give a flag another value than its default."""
    if name in SPECIAL:
        return SPECIAL[name].split()
    found = parse()[name]
    if found.boolean:
        return [f"--{name}"]
    if choices := getattr(found.parser, "enum_values", None):
        return [f"--{name}={next(one for one in choices if one != found.default)}"]
    if found.flag_type() in ("int", "float"):
        change = {"int": 2, "float": 0.3}[found.flag_type()]
        return [f"--{name}={found.default + change}"]
    return [f"--{name}=7"]


@pytest.mark.parametrize("name", flag_names(ExperimentSettings))
def test_a_flag_changes_the_settings(name):
    *others, word = change_of(name)
    assert settings_of(*others, word) != settings_of(*others)


def test_the_defaults_are_the_papers():
    settings = settings_of()
    learning, network = settings.tasks.learning, settings.network
    assert network.pathway_parameters() == 986480
    assert (network.num_modules, network.num_active) == (20, 4)
    assert learning.search.generations == 200
    assert learning.search.population_size == 20
    assert learning.training.learning_rate == 0.02
    assert learning.training.batch_size == 64
    assert settings.normalization is None
    assert settings.tasks.validating_share == 0
    assert settings.tasks.learning.training.is_plain


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--validation_share=0"], "validation_share must lie between 0 and 1"),
        (["--validation_share=1"], "validation_share must lie between 0 and 1"),
        (["--seed=-1"], "seed must not be negative. Received: seed=-1"),
        (["--checkpoint_every=0"], "checkpoint_every must be at least 1"),
        (["--num_workers=-1"], "num_workers must not be negative"),
        (["--learning_rate=nan"], "learning_rate must be positive"),
        (["--shard=3"], "--shard must be two numbers.* Received: --shard=3"),
        (["--stride=a,2"], "--stride must be a number, or .* Received: --stride=a,2"),
        (["--emotions=fear"], "--emotions must name at least two different"),
        (["--target="], "--target is missing"),
    ],
)
def test_wrong_values_are_refused(words, message):
    with pytest.raises(UsageError, match=message):
        settings_of(*words)


@pytest.fixture
def read(tmp_path):
    """Reads the settings of a run with these flags in its folder."""

    def read_from(*words):
        (tmp_path / "resolved.flags").write_text("\n".join(words))
        return read_run_settings(str(tmp_path), remedy="look there")

    return read_from


def test_nothing_of_a_run_is_left_in_the_next(read, tmp_path):
    one = read("--source=a", "--source=b", "--target=t", "--repeats=3")
    assert (one.data.sources, one.data.target) == (("a", "b"), "t")
    assert (one.repeats, one.inner_folds) == (3, 0)
    two = read("--source=c", "--target=u", "--run_dir=moved", "--inner_folds=2")
    assert (two.data.sources, two.repeats, two.inner_folds) == (("c",), 1, 2)
    assert two.run_dir == Path(tmp_path)


def test_flags_of_another_release_are_named(read):
    with pytest.raises(DataError, match=r"does not know .*no_such_flag"):
        read("--target=t", "--no_such_flag=3")


def test_a_folder_without_a_run_says_what_to_do(tmp_path):
    with pytest.raises(DataError, match=r"has no resolved\.flags, look there"):
        read_run_settings(str(tmp_path), remedy="look there")


def test_a_changed_run_keeps_paths_with_characters_that_end_lines():
    odd = "sets/a\u2028b\x85c"
    settings, _ = changed_run(parse(f"--source={odd}"), {"seed": 7})
    assert (settings.data.sources, settings.seed) == ((odd,), 7)
