"""What a user gets wrong is one line, and leaves nothing half-written."""

import pytest
import tensorflow as tf

from tests.binary import transfer, transfer_here


@pytest.fixture
def datasets(write_dataset):
    return write_dataset("one", seed=1), write_dataset("two")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--target={t}"], 2, "--run_dir is missing"),
        (["--run_dir={r}"], 2, "--target is missing"),
        (
            ["--target={t}", "--run_dir={r}", "--generations=0"],
            2,
            "generations must be",
        ),
        (["--target={t}", "--run_dir={r}", "--generations=x"], 2, "generations"),
        (
            ["--target={t}", "--run_dir={r}", "--generatoins=3"],
            2,
            "Unknown command line",
        ),
        (["--target={t}", "--run_dir={r}", "{t}"], 2, "Unexpected argument"),
        (["--target={t}", "--run_dir={r}", "--protocol=kfold"], 2, "loso"),
        (
            ["--target={t}", "--run_dir={r}", "--emotions=angre,sadness"],
            1,
            "angre (did you mean anger?)",
        ),
        (
            ["--target={t}", "--run_dir={r}", "--genotype_max=21"],
            2,
            "genotype_max must",
        ),
        (["--target={t}", "--run_dir={r}", "--emotions=anger,fear"], 1, "fear"),
        (
            ["--target={t}", "--run_dir={r}", "--ensemble=21"],
            2,
            "must not exceed --population_size=20. Received: --ensemble=21",
        ),
        (
            [
                "--target={t}",
                "--run_dir={r}",
                "--ensemble=2",
                "--best_pathway=last_winner",
            ],
            2,
            "Received: ensemble=2",
        ),
        *(
            (["--target={t}", "--source={s}", "--run_dir={r}", *words], 2, message)
            for words, message in (
                (["--module_units=a"], "--module_units must be a number, or one for"),
                (
                    ["--kernel_size=3,3"],
                    "for each of 3 layers. Received: kernel_s",
                ),
                (["--module=conv", "--pool_size=4"], "has nothing left after pooling"),
                (["--dropout=1"], "dropout must be at least 0 and below 1"),
                (["--mixup=-1"], "mixup must not be negative"),
                (["--band_shift=-1"], "band_shift must not be negative"),
                (["--silence_db=30"], "it needs --representation=functionals, egem"),
                (["--speeds=0.9"], "--representation=egemaps, compare, prosody or"),
                (["--speeds=fast"], "--speeds must be numbers, as 0.88,1.14"),
                (["--speeds=1"], "without 1, which is always there"),
                (["--speeds=0.9,3"], "--speeds must be 0.5 to 2.0"),
                (["--speeds=0.9,0.9"], "--speeds names one twice"),
                (["--representation=compare"], "compare needs --functionals=FILE.npz"),
                (
                    ["--representation=functionals", "--module=conv"],
                    "use --module=dense",
                ),
                (
                    ["--representation=functionals", "--normalization=utterance"],
                    "use train, speaker or speaker_mean",
                ),
                (
                    ["--representation=functionals", "--time_mask=3"],
                    "which has no frames or bands to mask",
                ),
                (
                    ["--representation=functionals", "--turn_degrees=3"],
                    "--views=8 describes faces that are",
                ),
                (
                    ["--representation=functionals", "--method=alexnet"],
                    "--method=alexnet learns from segments",
                ),
                (["--representation=functionals", "--views=2"], "--representation=hog"),
                (["--representation=hog", "--views=17"], "--views must be at most 16"),
                (["--mirror"], "--mirror can change faces alone, and"),
                (["--representation=hog"], "is one of faces, and two holds speech"),
                (
                    ["--method=pixel_svm"],
                    "--method=pixel_svm learns from faces alone, and",
                ),
                (
                    ["--pathways=per_emotion", "--num_modules=4"],
                    "raise --num_modules to 9, or --grow_modules to 4",
                ),
                (
                    ["--pathways=per_emotion", "--head=source"],
                    "--head=source needs --pathways=shared",
                ),
            )
        ),
        (["--target={t}", "--run_dir={r}", "--replay=1"], 2, "and there is none"),
        (
            ["--target={t}", "--run_dir={r}", "--train_speakers=9"],
            1,
            "--train_speakers=9 asks for more speakers than a fold trains on: 2; lower",
        ),
        *(
            (
                [
                    "--target={t}",
                    "--source={s}",
                    "--run_dir={r}",
                    "--method=progressive",
                    other,
                ],
                2,
                message,
            )
            for others, message in (
                (
                    ("--module=conv", "--module_units=8,8,4", "--pooling=attention"),
                    "there for --module=dense, one --module_units for all layers",
                ),
                (
                    ("--dropout=0.1", "--ensemble=2", "--readout=all", "--replay=1"),
                    "--method=progressive reads the last layer out and learns by plain",
                ),
            )
            for other in others
        ),
        (
            ["--target={t}", "--run_dir={r}", "--inner_folds=1"],
            2,
            "Received: --inner_folds=1",
        ),
        (
            ["--target={t}", "--run_dir={r}", "--inner_folds=-2"],
            2,
            "Received: --inner_folds=-2",
        ),
        (["--target={m}", "--run_dir={r}"], 1, "No dataset at"),
        (["--target={t}", "--source={t}", "--run_dir={r}"], 1, "holds out"),
        (["--flagfile=missing.flags"], 2, "missing.flags"),
        (["--target={t}", "--run_dir={t}"], 2, "would hold"),
        (["--target={t}", "--run_dir={r}", "--export_dir={t}"], 2, "would hold"),
        (["--target={t}", "--run_dir={r}", "--export_dir={r}/m"], 2, "would hold"),
        (["--target={t}", "--run_dir={r}", "--export_dir={f}"], 2, "holds precious"),
        (
            ["--target={t}", "--source={s}", "--run_dir={r}", "--num_modules=1"],
            2,
            "at least 2 modules",
        ),
        (
            ["--target={t}", "--run_dir={r}", "--grow_modules=1", "--genotype_max=3"],
            2,
            "--genotype_max",
        ),
        (
            [
                "--target={t}",
                "--run_dir={r}",
                "--export_dir={m}",
                "--normalization=speaker",
            ],
            2,
            "--export_dir needs --normalization",
        ),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    words, status, message, datasets, tmp_path
):
    require_one_line(transfer_here, words, status, message, datasets, tmp_path)


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--run_dir={r}"], 2, "--target is missing"),
        (["--target={m}", "--run_dir={r}"], 1, "No dataset at"),
        # After the workers have been started.
        (["--target={t}", "--run_dir={r}", "--emotions=anger,fear"], 1, "fear"),
    ],
)
@pytest.mark.skipif(
    not tf.__version__.startswith("2.16"),
    reason="later ones log before anybody can ask them not to",
)
def test_neither_imports_nor_workers_add_a_line(
    words, status, message, datasets, tmp_path
):
    words = [*words, "--num_workers=2"]
    require_one_line(transfer, words, status, message, datasets, tmp_path)


def require_one_line(run, words, status, message, datasets, tmp_path):
    source, target = datasets
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").touch()
    places = {
        "s": source,
        "t": target,
        "r": tmp_path / "run",
        "m": tmp_path / "model",
        "f": tmp_path / "full",
    }
    done = run(*(word.format(**places) for word in words))
    assert done.returncode == status
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "model").exists()


def test_a_corrupt_shard_stops_before_anything_is_written(datasets, tmp_path):
    _, target = datasets
    shard = target / "segments-00000-of-00001.tfrecord"
    shard.write_bytes(shard.read_bytes()[:-100])
    done = transfer_here(f"--target={target}", f"--run_dir={tmp_path / 'run'}")
    assert done.returncode == 1
    assert "segments-00000-of-00001.tfrecord is corrupt, truncated" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_fold_that_cannot_be_learned_stops_before_anything_is_written(
    write_dataset, tmp_path
):
    target = write_dataset(speakers=("s1", "s2"))
    done = transfer_here(
        f"--target={target}", f"--run_dir={tmp_path / 'run'}", "--fitness=validation"
    )
    assert done.returncode == 1
    assert "needs at least 2 training speakers" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_failing_export_costs_no_results(datasets, tmp_path):
    (tmp_path / "file").touch()
    done = transfer_here(
        f"--target={datasets[1]}",
        f"--run_dir={tmp_path / 'run'}",
        f"--export_dir={tmp_path / 'file' / 'model'}",
        "--generations=1",
        "--population_size=2",
        "--num_modules=4",
    )
    assert done.returncode == 1
    assert "another --export_dir" in done.stderr
    assert (tmp_path / "run" / "results.csv").is_file()
    assert (tmp_path / "run" / "predictions.csv").is_file()
