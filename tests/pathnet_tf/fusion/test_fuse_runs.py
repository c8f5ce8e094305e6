"""Runs fused in memory: which weights, of which clips, and what does not fit."""

import dataclasses

import numpy as np
import pytest

from pathnet_tf.evaluation.fold_scores import clip_labels
from pathnet_tf.fusion.finished_run import read_finished_run
from pathnet_tf.fusion.fuse_runs import fuse_runs
from pathnet_tf.fusion.late_fusion import choose_weight, fuse
from pathnet_tf.runtime.errors import DataError
from tests.finished import finish_run
from tests.tiny import write_tiny

SPEAKERS = ("s1", "s2", "s3", "s4")


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A speech and a face run whose weights differ from fold to fold."""
    folder = tmp_path_factory.mktemp("pair")
    runs = []
    for modality, draw_seed in (("speech", 4), ("face", 5)):
        target = write_tiny(
            folder / modality, "one", SPEAKERS, clips_per_cell=6, modality=modality
        )
        settings = finish_run(
            folder / f"{modality} run",
            target,
            draw_seed=draw_seed,
            inner_folds=3,
            repeats=2,
        )
        runs.append(read_finished_run(settings))
    return runs


@pytest.fixture
def make_run(tmp_path):
    def make(modality="speech", *, run="run", tiny=None, **options):
        tiny = {"corpus": "one", "speakers": SPEAKERS} | (tiny or {})
        target = write_tiny(tmp_path / run / modality, modality=modality, **tiny)
        run_dir = tmp_path / run / f"{modality} run"
        return read_finished_run(finish_run(run_dir, target, **options))

    return make


def weights_of(fused):
    return {
        (weight.method, weight.repeat, weight.fold): dataclasses.astuple(weight)[3:]
        for weight in fused.weights
    }


def with_held_out_permuted(run, folds):
    """The run with scores and labels of the held-out clips of `folds` permuted."""
    held_out = {
        key: dataclasses.replace(
            scores, log_probabilities=np.roll(scores.log_probabilities, 5, axis=(0, 1))
        )
        if key[2] in folds
        else scores
        for key, scores in run.held_out.items()
    }
    target = run.data.target
    other = dict(zip(target.emotions, reversed(target.emotions), strict=True))
    clips = tuple(
        dataclasses.replace(clip, emotion=other[clip.emotion])
        if clip.speaker in folds
        else clip
        for clip in target.clips
    )
    target = dataclasses.replace(target, clips=clips)
    data = dataclasses.replace(run.data, target=target)
    return dataclasses.replace(run, held_out=held_out, data=data)


@pytest.mark.parametrize("fold", SPEAKERS)
def test_held_out_clips_change_no_weight(fold, pair):
    """The same weights and UARs, bit by bit, with the fold's held-out side permuted."""
    changed = [with_held_out_permuted(run, [fold]) for run in pair]
    before, after = fuse_runs(*pair, "chosen"), fuse_runs(*changed, "chosen")
    one, two = weights_of(before), weights_of(after)
    assert {k: v for k, v in one.items() if k[2] == fold} == {
        k: v for k, v in two.items() if k[2] == fold
    }
    # Elsewhere its speaker trains, so the labels count.
    assert one != two
    held_out = [
        next(s for s in fused.scores if s.fold == fold).log_probabilities
        for fused in (before, after)
    ]
    assert (held_out[0] != held_out[1]).any()


def test_a_weight_chosen_on_held_out_clips_is_refused(pair):
    leaking = [
        dataclasses.replace(
            run, training={key: run.held_out[key] for key in run.training}
        )
        for run in pair
    ]
    with pytest.raises(AssertionError, match="Fold s1 chooses a weight on clips it"):
        fuse_runs(*leaking, "chosen")


def test_weights_are_those_of_the_training_speakers(pair):
    speech, face = pair
    fused = fuse_runs(speech, face, "chosen")
    labels = clip_labels(speech.data.target)
    assert len({weight.speech_weight for weight in fused.weights}) > 1
    for weight in fused.weights:
        key = (weight.method, weight.repeat, weight.fold)
        ours, theirs = speech.training[key], face.training[key]
        assert len(ours.clips) == 3 * 12
        expected = choose_weight(
            ours.log_probabilities, theirs.log_probabilities, labels[ours.clips]
        )
        assert weight.speech_weight == expected
        assert weight.fused_training_uar >= max(
            weight.speech_training_uar, weight.face_training_uar
        )


def test_fused_scores_are_those_of_both_with_the_weight(pair):
    speech, face = pair
    fused = fuse_runs(speech, face, "chosen")
    found = {(s.method, s.repeat, s.fold): s.log_probabilities for s in fused.scores}
    for weight in fused.weights:
        repeat, fold = weight.repeat, weight.fold
        parts = [run.held_out["scratch", repeat, fold] for run in pair]
        values = [part.log_probabilities for part in parts]
        values.append(fuse(*values, weight.speech_weight))
        for name, expected in zip(("speech", "face", "fused"), values, strict=True):
            got = found[f"scratch {name}", repeat, fold]
            np.testing.assert_array_equal(got, expected)


def test_equal_weights_need_no_inner_folds(make_run):
    fused = fuse_runs(make_run(), make_run("face"), "equal")
    assert {weight.speech_weight for weight in fused.weights} == {0.5}
    assert {weight.fused_training_uar for weight in fused.weights} == {None}


def test_clips_of_one_run_alone_are_left_out(make_run):
    speech = make_run(tiny={"clips_per_cell": 3}, inner_folds=2)
    face = make_run("face", inner_folds=2)
    fused = fuse_runs(speech, face, "chosen")
    assert fused.pairs.face_alone == ()
    assert len(fused.pairs.speech_alone) == 2 * 4
    assert set(fused.pairs.speech_alone) >= {"one/s1/anger2.wav", "one/s4/sadness2.wav"}
    clips = speech.data.target.clips
    for scores in fused.scores:
        keys = [clips[clip].key for clip in scores.clips]
        takes = [f"{e}{take}" for e in ("anger", "sadness") for take in (0, 1)]
        assert keys == [f"one/{scores.fold}/{take}.wav" for take in takes]


def test_face_scores_are_those_of_the_same_clips(make_run):
    """Whatever the number of a clip in the face dataset is."""
    speech, face = make_run(tiny={"clips_per_cell": 1}), make_run("face")
    fused = fuse_runs(speech, face, "equal")
    numbers = {clip.key: n for n, clip in enumerate(face.data.target.clips)}
    found = next(
        s for s in fused.scores if (s.method, s.fold) == ("scratch face", "s2")
    )
    original = face.held_out["scratch", 0, "s2"]
    wanted = [numbers[f"one/s2/{emotion}0.avi"] for emotion in ("anger", "sadness")]
    rows = np.searchsorted(original.clips, wanted)
    assert wanted != found.clips.tolist()
    np.testing.assert_array_equal(
        found.log_probabilities, original.log_probabilities[rows]
    )


def test_repeats_in_common_are_fused(make_run):
    fused = fuse_runs(make_run(repeats=2), make_run("face"), "equal")
    assert {weight.repeat for weight in fused.weights} == {0}


def relabelled(field, value):
    def change(card):
        first = dataclasses.replace(card.clips[0], **{field: value})
        return dataclasses.replace(card, clips=(first, *card.clips[1:]))

    return change


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tiny": {"corpus": "two"}}, r"learned one, .* two; .*--corpus_name"),
        (
            {"tiny": {"emotions": ("anger", "fear")}},
            r"tells anger, sadness apart, .* anger, fear; .* same --emotions",
        ),
        (
            {"tiny": {"speakers": SPEAKERS[:3]}},
            r"do not hold out the same speakers \(folds in one alone: s4\)",
        ),
        (
            {"data": {"protocol": "speaker_kfold", "num_folds": 2}},
            r"ran --protocol=loso, .* --protocol=speaker_kfold; run both with the same",
        ),
        (
            {"tiny": {"change_card": relabelled("speaker", "s2")}},
            r"one/s1/anger0.wav has speaker s1 in .*, but s2 in .*; correct",
        ),
    ],
)
def test_runs_that_do_not_fit_are_refused_in_one_line(options, message, make_run):
    speech = make_run()
    face = make_run("face", run="other", **options)
    with pytest.raises(DataError, match=message) as caught:
        fuse_runs(speech, face, "equal")
    assert "\n" not in str(caught.value)


def test_other_groups_of_speakers_are_refused(make_run):
    data = {"protocol": "speaker_kfold", "num_folds": 2}
    runs = [
        make_run(modality, data=data, seed=seed)
        for modality, seed in (("speech", 0), ("face", 1))
    ]
    groups = [
        {runs[0].data.target.speakers[c] for c in run.held_out[key].clips}
        for run in runs
        for key in run.held_out
        if key[2] == "group_1"
    ]
    assert groups[0] != groups[1]
    with pytest.raises(DataError, match=r"Fold group_1 .* same --protocol.* --seed"):
        fuse_runs(*runs, "equal")


def test_another_random_division_is_refused(make_run):
    data = {"protocol": "random_utterance", "num_folds": 2}
    runs = [
        make_run(modality, data=data, seed=seed)
        for modality, seed in (("speech", 0), ("face", 1))
    ]
    with pytest.raises(DataError, match=r"Fold 0 holds out .* in only one of"):
        fuse_runs(*runs, "equal")


def test_divided_clips_are_refused(make_run):
    data = {"protocol": "random_segment", "num_folds": 2}
    runs = [make_run(modality, data=data) for modality in ("speech", "face")]
    with pytest.raises(DataError, match="only whole clips can be fused"):
        fuse_runs(*runs, "equal")


def test_runs_without_a_method_in_common_are_refused(make_run, tmp_path):
    source = write_tiny(tmp_path / "source", "three")
    speech = make_run(data={"sources": (str(source),)})
    with pytest.raises(DataError, match=r"by transfer, .* by scratch.*--scratch_contr"):
        fuse_runs(speech, make_run("face"), "equal")


@pytest.mark.parametrize("lacking", ["speech", "face"])
def test_weights_are_not_chosen_without_inner_folds(lacking, make_run):
    num_folds = {"speech": 2, "face": 2} | {lacking: 0}
    runs = [make_run(m, inner_folds=num) for m, num in num_folds.items()]
    with pytest.raises(
        DataError,
        match=rf"{lacking} run has no .*--inner_folds=3, or .*--weights=equal",
    ):
        fuse_runs(*runs, "chosen")


def test_another_emotion_of_a_clip_is_refused(make_run):
    speech, face = make_run(), make_run("face")
    target = face.data.target
    clips = relabelled("emotion", "sadness")(target).clips
    target = dataclasses.replace(target, clips=clips)
    data = dataclasses.replace(face.data, target=target)
    face = dataclasses.replace(face, data=data)
    with pytest.raises(DataError, match=r"anger0.wav has emotion anger in .* sadness"):
        fuse_runs(speech, face, "equal")


def test_keys_without_anything_in_common_are_refused(make_run):
    speech, face = make_run(), make_run("face")
    target = face.data.target
    clips = tuple(
        dataclasses.replace(clip, key=clip.key.replace("/s", "/t"))
        for clip in target.clips
    )
    target = dataclasses.replace(target, clips=clips)
    data = dataclasses.replace(face.data, target=target)
    face = dataclasses.replace(face, data=data)
    with pytest.raises(DataError, match="have no clip in common"):
        fuse_runs(speech, face, "equal")
