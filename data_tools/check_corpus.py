"""Checks a corpus before it is written: counts, labels, and every file's sound.

  python -m data_tools.check_corpus --corpus=emodb --corpus_dir=emodb
  python -m data_tools.check_corpus --manifest=clips.csv

Prints clips per speaker and emotion, then notes (differences from the published
counts, odd names, endings that belie the content, files of the same content), then
the files that write_mels would refuse, with the reason. Writes nothing.

Exit status: 0 if write_mels would take every file, whatever the notes say; 1 if it
would refuse some; 2 for wrong use.
"""

from absl import flags

from data_tools import corpus_flags
from pathnet_tf import command_line

FLAGS = flags.FLAGS
flags.DEFINE_integer(
    "num_workers", 0, "Processes; 0 takes as many as pay, at most one per core."
)


def main() -> None:
    """Prints the report on the corpus that the flags name."""
    source = corpus_flags.source_from_flags()
    from data_tools import corpus_check

    report = corpus_check.check_corpus(source, num_workers=FLAGS.num_workers)
    print(report)
    report.raise_if_refused()


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
