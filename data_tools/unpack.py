r"""Unpacks a corpus whose recordings or pictures are cells of tables.

  python -m data_tools.unpack --packed=fer2013.csv --output_dir=corpora/fer2013
  python -m data_tools.write_faces --corpus=fer2013 --corpus_dir=corpora/fer2013 \
    --output_dir=datasets/fer2013

  python -m data_tools.unpack --packed=downloads/emotions --output_dir=corpora/emotions
  python -m data_tools.write_mels --manifest=corpora/emotions/clips.csv \
    --corpus_name=emotions --output_dir=datasets/emotions

The first is FER2013 as its one table. The second is a folder with a dataset of the
Hugging Face Hub: its Parquet files, or the Arrow files of save_to_disk; install what
reads them first: pip install 'pathnet_tf[huggingface]'.

The other programs read both as they are, with --corpus=fer2013 or --corpus=huggingface,
and unpack them into the user's cache folder. Unpack them here to choose the folder.

The folder appears complete or not at all. It holds a file for each recording or
picture, with unchanged bytes, and the table clips.csv of them.
"""

from pathlib import Path

from absl import flags

from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import UsageError

FLAGS = flags.FlagValues()
flags.DEFINE_string(
    "packed", None, "fer2013.csv, or the folder of a dataset.", flag_values=FLAGS
)
flags.DEFINE_string(
    "output_dir", None, "Folder for the files and clips.csv.", flag_values=FLAGS
)
flags.DEFINE_bool(
    "overwrite", False, "Replaces the folder at --output_dir.", flag_values=FLAGS
)
flags.DEFINE_string(
    "media_column",
    "",
    "Column of recordings or pictures; empty finds the only one.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "speaker_column",
    "",
    "Column of speakers; empty looks for one such as speaker_id.",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "unknown_speaker",
    False,
    "Says that nobody knows who speaks. All clips then have one speaker, "
    "unknown_speaker: the corpus can be a source, and no target of folds by speaker.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "emotion_column",
    "",
    "Column of labels; empty looks for one such as emotion.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "sentence_column",
    "",
    "Column of sentences that are the same for all speakers.",
    flag_values=FLAGS,
)


def main() -> None:
    """Unpacks what the flags name."""
    if not FLAGS.packed or not FLAGS.output_dir:
        raise UsageError("--packed and --output_dir are needed; see --help")
    from data_tools.unpacking import fer2013_table, hugging_face
    from data_tools.unpacking.unpacked_folder import output_folder, write_unpacked
    from pathnet_tf.runtime.storage import as_path

    packed = Path(FLAGS.packed)
    output = output_folder(as_path(FLAGS.output_dir), overwrite=FLAGS.overwrite)
    output.require_free()
    if packed.is_dir():
        columns = hugging_face.Columns(
            media=FLAGS.media_column,
            speaker=FLAGS.speaker_column,
            emotion=FLAGS.emotion_column,
            sentence=FLAGS.sentence_column,
            is_speaker_unknown=FLAGS.unknown_speaker,
        )
        unpacked = hugging_face.unpack(packed, columns)
    else:
        unpacked = fer2013_table.unpack(packed)
    print(write_unpacked(unpacked, output))


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS)
