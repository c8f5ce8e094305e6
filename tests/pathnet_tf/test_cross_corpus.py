"""The matrix of corpora, most of it with drawn scores in the place of learned ones."""

import csv
import dataclasses
import itertools
from unittest import mock

import pytest

from pathnet_tf.experiment import cross_corpus
from pathnet_tf.experiment.experiment import Experiment
from pathnet_tf.experiment.run import finish
from pathnet_tf.runtime.interruption import StoppedError
from tests.binary import one_pixel_pictures, run_here, transfer_here
from tests.finished import draw_scores
from tests.tiny import write_tiny

QUICK = (
    "--generations=1",
    "--population_size=2",
    "--num_layers=1",
    "--num_modules=3",
    "--module_units=4",
    "--num_active=1",
)
NINE = tuple(f"s{number}" for number in range(9))
CORPORA = {
    "one": {"speakers": NINE, "emotions": ("anger", "fear", "sadness", "surprise")},
    "two": {"emotions": ("anger", "neutral", "sadness")},
    "lone": {"speakers": ("s1",), "emotions": ("anger", "fear", "sadness")},
}
# From scratch, from each of the two others, and from both.
NAMES = ["scratch", "from_lone", "from_{other}", "from_lone+{other}"]


def run_matrix(*words):
    with one_pixel_pictures():
        return run_here("pathnet_tf.cross_corpus", "--num_workers=1", *words)


def drawn(settings, *, flags, report, warn):
    """What `run` does, but that nothing is learned."""
    experiment = Experiment.read(settings)
    seed = 1 if settings.data.sources else 2
    with experiment.folder.started(flags, is_synthesized=False):
        draw_scores(experiment, seed)
        return finish(experiment, report)


def run_drawn(*words, run=drawn):
    with mock.patch.object(cross_corpus, "run", run):
        return run_matrix(*words)


def learned_again(*args, **named):
    pytest.fail("a run that is done was run again")


def write_corpora(folder, **corpora):
    for name, options in (corpora or CORPORA).items():
        write_tiny(folder, name, seed=len(name), **options)
    return folder


def flags_of(run_dir):
    lines = (run_dir / "resolved.flags").read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def read_csv(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def pooled_uar(run_dir):
    wanted = {"stage": "target", "fold": "pooled", "level": "clip", "metric": "uar"}
    rows = [r for r in read_csv(run_dir / "results.csv") if wanted.items() <= r.items()]
    return float(rows[0]["value"])


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A drawn matrix that several tests look at: run_dir, words and outcome."""
    folder = tmp_path_factory.mktemp("matrix")
    datasets = write_corpora(folder / "datasets")
    run_dir = folder / "run"
    words = (f"--datasets={datasets}", "--source_only=lone", f"--run_dir={run_dir}")
    done = run_drawn(*words)
    assert done.returncode == 0, done.stderr
    return run_dir, words, done


# While a job runs, and between jobs.
@pytest.fixture(params=[StoppedError, KeyboardInterrupt])
def stopped(request, tmp_path):
    """The outcome of a matrix that was stopped in its second run."""
    write_corpora(tmp_path / "datasets", one=CORPORA["two"], two=CORPORA["two"])
    words = (f"--datasets={tmp_path / 'datasets'}", f"--run_dir={tmp_path / 'run'}")
    number = itertools.count()

    def stop(*args, **named):
        if next(number):
            raise request.param
        return drawn(*args, **named)

    return run_drawn(*words, run=stop)


def test_a_matrix_learns_and_transfer_goes_on_with_its_runs(tmp_path):
    write_corpora(tmp_path / "datasets", two=CORPORA["two"], lone=CORPORA["lone"])
    run_dir = tmp_path / "run"
    done = run_matrix(
        f"--datasets={tmp_path / 'datasets'}",
        f"--source_only={tmp_path / 'datasets/lone'}",
        f"--run_dir={run_dir}",
        # What a flagfile of transfer may name.
        f"--source={tmp_path / 'nowhere'}",
        f"--target={tmp_path / 'nowhere'}",
        "--scratch_control",
        "--replay=0.5",
        *QUICK,
    )
    assert done.returncode == 0, done.stderr
    assert "[2/2] two from lone: clip UAR" in done.stdout
    cell = run_dir / "runs/to_two/from_lone"
    again = transfer_here(f"--flagfile={cell / 'resolved.flags'}")
    assert again.returncode == 0, again.stderr
    assert pooled_uar(cell) == pytest.approx(
        float(read_csv(run_dir / "cross_corpus/runs.csv")[1]["clip UAR"])
    )


def test_every_target_is_learned_from_scratch_from_each_source_and_from_all(ran):
    run_dir, _, done = ran
    for target, other in (("one", "two"), ("two", "one")):
        names = {name.format(other=other) for name in NAMES}
        folders = {path.name for path in (run_dir / "runs" / f"to_{target}").iterdir()}
        assert folders == names
    assert not (run_dir / "runs/to_lone").exists()
    assert "[8/8] two from lone+one: clip UAR" in done.stdout
    assert "0 left" not in done.stdout
    assert "7 left, about" in done.stdout
    folders = [f"{run_dir.parent}/datasets/{name}" for name in ("lone", "one", "two")]
    flags = (run_dir / "cross_corpus.flags").read_text()
    assert f"--datasets={','.join(folders)}\n" in flags


def test_runs_of_one_target_have_the_same_classes_and_folds(ran):
    run_dir, _, done = ran
    # No source has surprise.
    for target, emotions in (("one", "anger,fear,sadness"), ("two", "anger,sadness")):
        found = [
            flags_of(path) for path in (run_dir / "runs" / f"to_{target}").iterdir()
        ]
        assert {flags["--emotions"] for flags in found} == {emotions}
        assert {flags["--protocol"] for flags in found} == {"loso"}
    assert "Target one: 3 emotions (anger, fear, sadness), 9 speakers" in done.stdout


def test_tables_give_the_scores_of_the_runs_and_their_gains(ran):
    run_dir, _, done = ran
    rows = read_csv(run_dir / "cross_corpus/runs.csv")
    assert len(rows) == 8
    for place, row in enumerate(rows):
        target, other = ("one", "two") if place < 4 else ("two", "one")
        names = [name.format(other=other) for name in NAMES]
        folder = run_dir / "runs" / f"to_{target}"
        source = {"scratch": "scratch", "all others": names[3]}
        name = source.get(row["learned from"], f"from_{row['learned from']}")
        uar, scratch = pooled_uar(folder / name), pooled_uar(folder / "scratch")
        assert float(row["clip UAR"]) == pytest.approx(uar)
        assert float(row["low"]) <= uar <= float(row["high"])
        if name != "scratch":
            assert float(row["gain over scratch"]) == pytest.approx(uar - scratch)
            gain = f"{uar:.3f} ({uar - scratch:+.3f})"
            assert gain in done.stdout
    verdicts = [row["by speaker"] for row in rows[5:]]
    assert verdicts == ["too few speakers to tell"] * 3


def test_the_page_links_to_the_page_of_every_run(ran):
    run_dir, _, _ = ran
    page = (run_dir / "cross_corpus.html").read_text()
    assert "Stopped" not in page
    assert "3 corpora, each from the others" in page
    for path in (run_dir / "runs").glob("*/*"):
        link = path.relative_to(run_dir).as_posix().replace("+", "%2B")
        assert f'href="./{link}/report.html"' in page
        assert (path / "report.html").exists()


def test_a_matrix_that_is_done_is_not_run_again(ran):
    _, words, first = ran
    done = run_drawn(*words, run=learned_again)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("was done before") == 8
    table = first.stdout[first.stdout.index("clip UAR  scratch") :]
    assert done.stdout.endswith(table)


def test_an_interrupted_matrix_says_how_it_goes_on_and_does(stopped, tmp_path):
    flagfile = tmp_path / "run/cross_corpus.flags"
    command = f"go on with: python -m pathnet_tf.cross_corpus --flagfile={flagfile}"
    assert stopped.returncode == 130
    assert command in stopped.stderr
    page = (tmp_path / "run/cross_corpus.html").read_text()
    assert "Stopped at 1 of 4 runs." in page
    again = run_drawn(f"--flagfile={flagfile}")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("was done before") == 1
    assert "Stopped" not in (tmp_path / "run/cross_corpus.html").read_text()


def test_shards_do_a_part_each_and_the_rest_is_to_gather(tmp_path):
    write_corpora(tmp_path / "datasets", one=CORPORA["two"], two=CORPORA["two"])
    words = (f"--datasets={tmp_path / 'datasets'}", f"--run_dir={tmp_path / 'run'}")
    for number in (1, 2):
        shard = run_drawn(*words, f"--shard={number}/2")
        assert shard.returncode == 0, shard.stderr
        assert f"Shard {number}/2: 2 run(s) done." in shard.stdout
        assert not (tmp_path / "run/cross_corpus.html").exists()
    done = run_drawn(*words, run=learned_again)
    assert done.returncode == 0, done.stderr
    assert "one" in done.stdout.splitlines()[-4]


def test_other_flags_are_refused_before_anything_is_run(ran):
    _, words, _ = ran
    done = run_drawn(*words, "--generations=3", run=learned_again)
    assert done.returncode == 2
    assert "holds a run with other flags" in done.stderr


def test_speakers_of_one_emotion_are_held_out_in_groups(tmp_path):
    few = {"speakers": ("s1", "s2", "s3"), "emotions_of": {"s1": ("anger",)}}
    write_corpora(tmp_path / "datasets", two=CORPORA["two"], few=few)
    run_dir = tmp_path / "run"
    done = run_drawn(
        f"--datasets={tmp_path / 'datasets'}", "--protocol=loso", f"--run_dir={run_dir}"
    )
    assert done.returncode == 0, done.stderr
    assert "groups of speakers left out, as 1 of 3 speakers of few show" in done.stdout
    for target, protocol in (("few", "speaker_kfold"), ("two", "loso")):
        flags = flags_of(run_dir / "runs" / f"to_{target}" / "scratch")
        assert (flags["--protocol"], flags["--num_folds"]) == (
            protocol,
            "3" if target == "few" else "5",
        )


def test_a_leaky_matrix_says_so(tmp_path):
    write_corpora(tmp_path / "datasets", two=CORPORA["two"], one=CORPORA["lone"])
    run_dir = tmp_path / "run"
    done = run_drawn(
        f"--datasets={tmp_path / 'datasets'}",
        "--source_only=one",
        "--protocol=random_utterance",
        f"--run_dir={run_dir}",
    )
    assert "LEAKY: clip UAR" in done.stdout
    assert "<h1>LEAKY: 2 corpora" in (run_dir / "cross_corpus.html").read_text()
    assert (run_dir / "cross_corpus/LEAKY_runs.csv").exists()


def test_sources_are_learned_by_those_of_their_emotions_that_are_named(tmp_path):
    write_corpora(tmp_path / "datasets")
    run_dir = tmp_path / "run"
    done = run_drawn(
        f"--datasets={tmp_path / 'datasets'}",
        "--source_only=lone,one",
        "--source_emotions=anger,fear,sadness,surprise",
        f"--run_dir={run_dir}",
    )
    assert done.returncode == 0, done.stderr
    for source, emotions in (
        ("lone", "anger,fear,sadness"),
        ("lone+one", "anger,fear,sadness,surprise"),
    ):
        flags = flags_of(run_dir / f"runs/to_two/from_{source}")
        assert flags["--source_emotions"] == emotions


OTHER = {"emotions": ("boredom", "calm", "sadness")}


@pytest.mark.parametrize(
    ("corpora", "words", "status", "message"),
    [
        (["two"], [], 2, "--datasets must name at least two datasets"),
        (["two", "one"], ["--source_only=three"], 2, "which are one, two. Received: -"),
        (["two", "one"], ["--source_only=one,two"], 2, "and leaves no target"),
        (["two", "one"], ["--method=scratch"], 2, "--method must name one method that"),
        (["two", "one"], ["--method=mlp"], 2, "Received: --method=mlp"),
        (
            ["two", "one"],
            ["--export_dir={d}/model"],
            2,
            "--export_dir is for one",
        ),
        (["two", "one"], ["--init_from={d}/model"], 2, "leave one of them out"),
        (["two", "one"], ["--shard=0/2"], 2, "--shard must be 1/OF to OF/OF"),
        (["two", "one"], ["--run_dir={d}"], 2, "which it must not touch"),
        (["two", "one"], ["--run_dir={d}/taken"], 2, "holds my.txt, so it is not"),
        (["two", "lone"], [], 1, "lone has one speaker, who cannot be held out"),
        (["two", "other"], [], 1, "share 1 of the emotions, and two are needed"),
        (["two", "one"], ["--emotions=angre,fear"], 1, "angre (did you mean anger?)"),
        (["two", "twin"], [], 1, "are both called two; leave one of them out"),
        (["two", "copy"], [], 1, "speakers or recordings that the target holds out"),
        (["two", "face"], [], 1, "give datasets of one modality"),
        (["two", "long"], [], 1, "differ in front_end"),
        (["two", "few"], ["--normalization=speaker"], 1, "2 of 2 speakers of few show"),
    ],
)
def test_a_mistake_is_told_before_anything_is_run(
    corpora, words, status, message, tmp_path
):
    def called_two(card):
        return dataclasses.replace(card, corpus="two")

    def with_its_recordings(card):
        clips = [dataclasses.replace(c, sha256="of two") for c in card.clips]
        return dataclasses.replace(card, clips=tuple(clips))

    def with_another_hop(card):
        return dataclasses.replace(card, front_end=card.front_end | {"hop_ms": 7.0})

    kinds = CORPORA | {
        "other": OTHER,
        "twin": {"change_card": called_two},
        "few": {
            "speakers": ("s1", "s2"),
            "emotions_of": {"s1": ("anger",), "s2": ("sadness",)},
        },
        "copy": {"change_card": with_its_recordings},
        "face": {"modality": "face"},
        "long": {"change_card": with_another_hop},
    }
    if "copy" in corpora:
        kinds["two"] = kinds["two"] | {"change_card": with_its_recordings}
    write_corpora(tmp_path / "datasets", **{name: kinds[name] for name in corpora})
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/my.txt").touch()
    done = run_drawn(
        f"--datasets={tmp_path / 'datasets'}",
        f"--run_dir={tmp_path / 'run'}",
        *(word.format(d=tmp_path) for word in words),
        run=learned_again,
    )
    assert done.returncode == status, done.stderr
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()
