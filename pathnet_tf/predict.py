r"""Tells the emotions of recordings by an exported model.

  python -m pathnet_tf.predict --model=runs/a_ravdess_to_emo_model clip.wav film.mp4
  python -m pathnet_tf.predict --model=MODEL --output=answers.csv recordings/ clips.csv
  python -m pathnet_tf.predict --model=MODEL --timeline --plot=pictures talk.flac

Takes audio and video files of any length, folders with all below them, and tables (CSV)
with the columns file and, if wanted, start and end in seconds. A file that cannot be
used is named on stderr, the others are done, and the exit status is 1. A model of
openSMILE's functionals takes files of python -m data_tools.write_functionals, and one
of vectors those of write_vectors, or recordings where its encoder is at hand.
"""

from typing import Any

from absl import flags

from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import DataError, UsageError

# Of its own: other binaries have flags of the same names that mean a run's.
FLAGS = flags.FlagValues()
TAKES_WORDS = True


def _define(kind: str, name: str, *arguments: Any, **options: Any) -> None:
    define = getattr(flags, f"DEFINE_{kind}")
    define(name, *arguments, flag_values=FLAGS, **options)


_define("string", "model", None, "Folder of the model, the --export_dir of a run.")
_define(
    "string", "output", None, "File to write, NAME.csv or NAME.jsonl; stdout if none."
)
_define(
    "enum",
    "format",
    None,
    ["csv", "jsonl"],
    "Of the output. Default: as --output ends; csv.",
)
_define("bool", "timeline", False, "Write a row a second, not a row a clip.")
_define("string", "plot", None, "Folder for a picture of each clip's timeline.")
_define("bool", "overwrite", False, "Replace --output and pictures that are there.")
_define("integer", "num_workers", 0, "Processes; 0 for as many as pay.", lower_bound=0)


def main(words: list[str]) -> None:
    """Answers for what the words name."""
    if not FLAGS.model:
        raise UsageError("--model is missing; name the --export_dir of a run")
    if not words:
        raise UsageError("no file is named; give files, folders or tables")
    from pathlib import Path

    from pathnet_tf.media_gate import score_files
    from pathnet_tf.serving.predict_files import Wanted, predict_files

    wanted = Wanted(
        model=FLAGS.model,
        output=Path(FLAGS.output) if FLAGS.output else None,
        style=FLAGS.format or "",
        is_timeline=FLAGS.timeline,
        plot_dir=Path(FLAGS.plot) if FLAGS.plot else None,
        overwrite=FLAGS.overwrite,
        num_workers=FLAGS.num_workers,
    )
    num_bad, num_all = predict_files(wanted, words, score_files)
    if num_bad:
        raise DataError(f"{num_bad} of {num_all} cannot be used, see above")


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS, takes_words=TAKES_WORDS)
