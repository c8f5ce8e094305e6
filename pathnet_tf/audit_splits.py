"""Checks a table of a split, of any tool or paper, for leaks.

  python -m pathnet_tf.audit_splits --table=split.csv

The table has the columns file, speaker and either split (train, validation, test) or
fold (each fold is held out once). It may also have the columns emotion and sentence.
The program looks for whatever stands on two sides of the split: a speaker, a file, a
copy of a file under another name, or a sentence. The exit status is 1 if it finds a
leak.
"""

from pathlib import Path

from absl import flags

from pathnet_tf.data.sentences import CORPORA
from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import DataError, UsageError

FLAGS = flags.FlagValues()

flags.DEFINE_string("table", None, "The table.", flag_values=FLAGS)
flags.DEFINE_string(
    "root",
    None,
    "Folder that the table's files are relative to; by default the table's own folder.",
    flag_values=FLAGS,
)
flags.DEFINE_enum(
    "corpus",
    None,
    CORPORA,
    "Corpus whose file names tell the sentence, for a table without that column.",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "sentences_must_differ",
    False,
    "Count a sentence on two sides as a leak instead of a warning.",
    flag_values=FLAGS,
)


def main() -> None:
    """Checks the table that the flags name."""
    if not FLAGS.table:
        raise UsageError("--table is missing; give the table to check")
    from pathnet_tf.data.split_audit import AuditSettings, audit, audit_lines, leak_text
    from pathnet_tf.data.split_table import read_split_table

    table = read_split_table(Path(FLAGS.table))
    settings = AuditSettings(
        root=Path(FLAGS.root) if FLAGS.root else table.path.parent,
        corpus=FLAGS.corpus or "",
        sentences_must_differ=FLAGS.sentences_must_differ,
    )
    found = audit(table, settings)
    print("\n".join(audit_lines(found)))
    if found.leaks:
        raise DataError(
            f"{table.path} leaks: {leak_text(found)}; move what is named above to one "
            "side, or take it out"
        )


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS)
