"""Fuses a speech run and a face run of the same recordings, clip by clip.

  python -m pathnet_tf.transfer --flagfile=flags/a_enter_to_sav.flags --inner_folds=3
  python -m pathnet_tf.transfer --flagfile=flags/v_enter_to_sav.flags --inner_folds=3
  python -m pathnet_tf.fuse --flagfile=flags/av_enter_to_sav.flags

Brings the mean log-probabilities of the two together and reports them beside each
alone, on the clips that both have. The weights are chosen on training speakers, by the
scores that --inner_folds left, or are equal.
"""

from absl import flags

from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import UsageError

# Apart from the runs' own flags, which have a run_dir too and are read one by one.
FLAGS = flags.FlagValues()

flags.DEFINE_string("speech_run", None, "Folder of the speech run.", flag_values=FLAGS)
flags.DEFINE_string("face_run", None, "Folder of the face run.", flag_values=FLAGS)
flags.DEFINE_string("run_dir", None, "Folder for the results.", flag_values=FLAGS)
flags.DEFINE_enum(
    "weights",
    "chosen",
    ["chosen", "equal"],
    "Choose the weight of speech in each fold on its training speakers, or take 0.5.",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "overwrite", False, "Replace run_dir if it is there.", flag_values=FLAGS
)


def main() -> None:
    """Fuses the runs that the flags name."""
    for name in ("speech_run", "face_run", "run_dir"):
        if not FLAGS[name].value:
            raise UsageError(f"--{name} is missing; give it or a --flagfile")
    # TensorFlow takes seconds to import, which --help need not wait for.
    from pathnet_tf.experiment.flags import read_run_settings
    from pathnet_tf.fusion import run_fusion
    from pathnet_tf.report.write_report import write_report
    from pathnet_tf.runtime.storage import as_path

    speech, face = (
        read_run_settings(
            FLAGS[name].value, remedy=f"so no run has begun there; check --{name}"
        )
        for name in ("speech_run", "face_run")
    )
    settings = run_fusion.FusionSettings(
        speech=speech,
        face=face,
        run_dir=as_path(FLAGS.run_dir),
        weights=FLAGS.weights,
        overwrite=FLAGS.overwrite,
    )
    resolved = command_line.resolved_flags(__name__, values=FLAGS)
    run_fusion.run(settings, resolved_flags=resolved)
    print(f"Report: {write_report([FLAGS.run_dir])}")


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS)
