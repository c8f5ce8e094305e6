"""Every flag reaches the setting that it names."""

import subprocess
import sys

import pytest

CHANGES = [
    "--source=s",
    "--target=other",
    "--run_dir=other",
    "--export_dir=m",
    "--overwrite",
    "--seed=5",
    "--repeats=3",
    "--num_workers=7",
    "--checkpoint_every=7",
    "--executor=ray",
    "--executor=dask --scheduler=tcp://127.0.0.1:1",
    "--executor=ray --address=auto",
    "--shard=2/3",
    "--cache=none",
    "--cache=disk --cache_dir=c",
    "--arithmetic=weights",
    "--scratch_control",
    "--init_from=model",
    "--export_dir=m --export_onnx",
    "--method=mel_svm",
    "--alexnet_weights=w.npz",
    "--functionals=f.npz",
    "--source_mode=sequential",
    "--emotions=anger,fear",
    "--source_emotions=anger,fear",
    "--protocol=split",
    "--num_folds=7",
    "--inner_folds=3",
    "--generations=9",
    "--population_size=9",
    "--num_layers=2",
    "--num_modules=9",
    "--module_units=9",
    "--num_active=2",
    "--grow_modules=2",
    "--aggregation=sum",
    "--genotype_max=13",
    "--noallow_duplicate_genes",
    "--mutation_boundary=clamp",
    "--mutate=winner",
    "--fitness=train",
    "--validation_share=0.4",
    "--best_pathway=last_winner",
    "--learning_rate=0.5",
    "--batch_size=9",
    "--passes_per_evaluation=2",
    "--normalization=none",
    "--train_speakers=2",
    "--pathways=per_emotion",
    "--head=source",
    "--score_sources",
    "--module=conv",
    "--kernel_size=5",
    "--stride=2",
    "--pool_size=2",
    "--pooling=statistics",
    "--readout=all",
    "--representation=functionals",
    "--representation=functionals --silence_db=35",
    "--classify=clip",
    "--segments_per_clip=3",
    "--optimizer=adam",
    "--class_weights=balanced",
    "--label_smoothing=0.1",
    "--mixup=0.2",
    "--dropout=0.3",
    "--weight_decay=0.01",
    "--time_mask=8",
    "--frequency_mask=6",
    "--band_shift=2",
    "--gain=0.1",
    "--source=s --replay=1",
    "--final_passes=5",
    "--final_steps=9",
    "--schedule=cosine",
    "--ensemble=3",
]


PROGRAM = """
import sys
from absl import flags
from pathnet_tf.experiment import flags as transfer_flags
from pathnet_tf.runtime.errors import UsageError

def settings_of(*words):
    flags.FLAGS.unparse_flags()
    for flag in defined:
        flag.unparse()
    flags.FLAGS(["transfer", "--target=t", "--run_dir=r", *words])
    return transfer_flags.settings()

modules = flags.FLAGS.flags_by_module_dict()
defined = [
    flag
    for name in ("experiment.flags", "experiment.execution_flags",
                 "network.flags", "training.flags")
    for flag in modules[f"pathnet_tf.{name}"]
]
base = settings_of("--fitness=validation")
for word in sys.argv[1:]:
    changed = settings_of("--fitness=validation", *word.split()) != base
    print(word, "changed" if changed else "same")
print("defined", *(flag.name for flag in defined))
unit = settings_of().unit
print("paper", unit.network.pathway_parameters(), unit.network.num_modules,
      unit.network.num_active, unit.learning.search.generations,
      unit.learning.search.population_size, unit.learning.training.learning_rate,
      unit.learning.training.batch_size, unit.normalization, unit.validation_share)
for value in ("0", "1", "-1"):
    try:
        settings_of(f"--validation_share={value}")
    except UsageError as error:
        print("refused", error)
"""


@pytest.fixture(scope="module")
def lines():
    """What the flags do, asked in a process of its own: flags are global."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *CHANGES],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("word", CHANGES)
def test_a_flag_changes_the_settings(word, lines):
    assert f"{word} changed" in lines


def test_no_flag_is_forgotten_here(lines):
    names = {
        word.lstrip("-").split("=")[0] for words in CHANGES for word in words.split()
    }
    names.add("allow_duplicate_genes")  # Given as --noallow_duplicate_genes.
    (defined,) = [line.split()[1:] for line in lines if line.startswith("defined")]
    assert set(defined) - names == set()


def test_the_defaults_are_the_papers(lines):
    assert "paper 986480 20 4 200 20 0.02 64  0.0" in lines


def test_validation_share_lies_between_zero_and_one(lines):
    refused = [line for line in lines if line.startswith("refused")]
    assert len(refused) == 3
    assert all("--validation_share" in line for line in refused)
