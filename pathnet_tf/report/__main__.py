"""Writes the report of a run: one HTML page, with tables and pictures beside it.

  python -m pathnet_tf.report --run_dir=runs/a_ravdess_to_emo
  python -m pathnet_tf.report --run_dir=runs/one --run_dir=runs/two --output=both.html

The page needs no network and no other file. The page of a run that stopped half-way
shows what is done and says what is missing. Several runs make one page that compares
them. Tables are also written as CSV, Markdown and LaTeX, and pictures as PNG and SVG,
into a folder beside the page: `report/` for `report.html`.
"""

from absl import flags

from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import UsageError

# Not the usual `flags.FLAGS`: reading a run imports the flags of runs, which have a
# run_dir too.
FLAGS = flags.FlagValues()

flags.DEFINE_multi_string(
    "run_dir",
    [],
    "Folder of a run or fusion; repeat the flag to compare several.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "output",
    None,
    "The page, NAME.html. Default: report.html in the run's folder, or "
    "comparison.html in the first one's of several.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "corpus_dir",
    None,
    "Folder that the target's recordings were read from, for links to them.",
    flag_values=FLAGS,
)


def main() -> None:
    """Writes the report of the runs that the flags name."""
    if not FLAGS.run_dir:
        raise UsageError("--run_dir is missing; give the folder of a run")
    # TensorFlow takes seconds to import, and --help must not wait for it.
    from pathnet_tf.report.write_report import write_report
    from pathnet_tf.runtime.storage import as_path

    page = write_report(
        FLAGS.run_dir,
        output=as_path(FLAGS.output) if FLAGS.output else None,
        corpus_dir=as_path(FLAGS.corpus_dir) if FLAGS.corpus_dir else None,
    )
    print(f"Report: {page}")


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS)
