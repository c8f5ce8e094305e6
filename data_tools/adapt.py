r"""Adapts a trained model to your own clips: a folder of clips in, a new model out.

  python -m data_tools.adapt --model=runs/a_ravdess_to_emo_model --clips=my_clips \
    --export_dir=my_model

The folder holds EMOTION/clip.wav, or SPEAKER/EMOTION/clip.wav or
EMOTION/SPEAKER/clip.wav if there are several speakers. A table works too:
--manifest=clips.csv instead of --clips.

The modules that the model has learned are frozen, and new modules learn the clips. The
speakers are held out in turn to measure how well. With a single speaker, one clip in
five is held out at a time, or fewer if an emotion has few; that is LEAKY: it says
nothing about other speakers.

EXPORT_DIR_run, beside the new model, holds the dataset of the clips, the run and its
report. Flags of pathnet_tf.transfer may follow after --, such as -- --generations=50.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags

from data_tools.corpora import CorpusSource
from data_tools.corpora.clip_folders import KINDS, places_in
from pathnet_tf.data.dataset_card import DatasetCard
from pathnet_tf.data.emotions import parse_emotion_map
from pathnet_tf.data.missing_values import is_missing
from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.csv_table import table_text
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.file_names import escaped
from pathnet_tf.runtime.media_files import (
    ending_of,
    files_below,
    passed_over_line,
)
from pathnet_tf.runtime.storage import as_path, write_whole
from pathnet_tf.serving.model_folder import read_about, read_front_end

FLAGS = flags.FlagValues()
TAKES_WORDS = True
flags.DEFINE_string(
    "model", None, "Folder of the exported model to adapt.", flag_values=FLAGS
)
flags.DEFINE_string(
    "clips",
    None,
    "Folder that holds EMOTION/clip.wav, SPEAKER/EMOTION/clip.wav or "
    "EMOTION/SPEAKER/clip.wav.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "manifest",
    None,
    "Instead of --clips: a table with the columns file, speaker, emotion.",
    flag_values=FLAGS,
)
flags.DEFINE_list(
    "emotion_map",
    [],
    "What emotions, or words of folders or of a table, are to become: word:label with "
    "commas between them.",
    flag_values=FLAGS,
)
flags.DEFINE_string("export_dir", None, "Folder for the new model.", flag_values=FLAGS)
flags.DEFINE_bool(
    "overwrite",
    False,
    "Replaces a model and a run that are already there.",
    flag_values=FLAGS,
)


def main(words: Sequence[str]) -> None:
    """Writes the dataset and runs the transfer.

    Args:
      words: Flags of `pathnet_tf.transfer`, as the user typed them after `--`.
    """
    for name in ("model", "export_dir"):
        if not FLAGS[name].value:
            raise UsageError(f"--{name} is missing")
    if bool(FLAGS.clips) == bool(FLAGS.manifest):
        raise UsageError("Give either --clips or --manifest")
    for folder in (FLAGS.model, FLAGS.export_dir):
        as_path(folder)
    representation = read_about(Path(FLAGS.model)).representation
    if representation != "segments":
        raise UsageError(
            f"--model={FLAGS.model} has --representation={representation}; only models "
            "with --representation=segments can be adapted"
        )
    work_dir = Path(f"{FLAGS.export_dir.rstrip('/')}_run")
    table = Path(FLAGS.manifest) if FLAGS.manifest else _write_table(work_dir)
    card = write_dataset(table, work_dir / "dataset")
    command = transfer_command(work_dir, card, words)
    sys.exit(subprocess.run(command, check=False).returncode)


def write_dataset(table: Path, folder: Path) -> DatasetCard:
    """Writes the clips as a dataset, with the front end of the model.

    Args:
      table: The clips, with the columns file, speaker, emotion.
      folder: Folder for the dataset; replaced if it exists.

    Returns:
      The card of the dataset.

    Raises:
      DataError: The model or a clip cannot be used.
    """
    from data_tools.cutters.cutter import Cutter
    from data_tools.cutters.face_cutter import FaceCutter
    from data_tools.cutters.face_front_end import FaceFrontEnd
    from data_tools.cutters.mel_cutter import MelCutter
    from data_tools.datasets import dataset_writer
    from pathnet_tf.data.dataset_card import read_card
    from pathnet_tf.features.front_end import FrontEnd

    about = read_about(Path(FLAGS.model))
    cutter: Cutter
    if about.modality == "speech":
        cutter = MelCutter(FrontEnd(**read_front_end(Path(FLAGS.model))))
    else:
        cutter = FaceCutter(FaceFrontEnd.of_model(Path(FLAGS.model)))
    source = CorpusSource(
        "",
        table,
        corpus_name="own",
        emotion_map=parse_emotion_map(FLAGS.emotion_map),
        modality=about.modality,
    )
    settings = dataset_writer.Settings(source, folder, cutter, overwrite=True)
    print(dataset_writer.write_dataset(settings), flush=True)
    return read_card(folder)


def transfer_command(
    work_dir: Path, card: DatasetCard, words: Sequence[str]
) -> list[str]:
    """Returns the command that adapts the model to the dataset.

    Args:
      work_dir: Holds `dataset`; the run goes there too.
      card: The card of the dataset. A single speaker cannot be held out, so that the
        clips are split at random.
      words: Flags of `pathnet_tf.transfer` to append.

    Raises:
      DataError: A single speaker has one clip of an emotion, or one emotion.
    """
    protocol = []
    if len(card.speakers) == 1:
        protocol = ["--protocol=random_utterance", f"--num_folds={num_folds(card)}"]
    classify = read_about(Path(FLAGS.model)).classify
    return [
        *(sys.executable, "-m", "pathnet_tf.transfer"),
        f"--init_from={FLAGS.model}",
        f"--target={work_dir / 'dataset'}",
        f"--run_dir={work_dir / 'run'}",
        f"--export_dir={FLAGS.export_dir}",
        *["--overwrite"] * FLAGS.overwrite,
        *protocol,
        f"--classify={classify}",
        *words,
    ]


def num_folds(card: DatasetCard) -> int:
    """Chooses into how many parts the clips of a single speaker are divided.

    Args:
      card: The card of the dataset.

    Returns:
      At least five if there are as many clips; so many that no part can hold all clips
      of an emotion.

    Raises:
      DataError: There is one emotion, or one clip of an emotion.
    """
    counts = Counter(clip.emotion for clip in card.clips)
    rarest, fewest = min(counts.items(), key=lambda item: item[1])
    if len(counts) < 2:
        raise DataError(
            f"All {len(card.clips)} clips are of {rarest}; two emotions are needed, "
            "with two clips each"
        )
    if fewest < 2:
        few = ", ".join(emotion for emotion in counts if counts[emotion] < 2)
        raise DataError(
            f"There is one clip only of {few}; a single speaker needs two of each "
            "emotion, one to learn from while the other is held out"
        )
    num_clips = len(card.clips)
    return min(num_clips, max(5, -(-num_clips // (fewest - 1))))


def _write_table(work_dir: Path) -> Path:
    """Writes a table of the clips in --clips and returns its path."""
    columns = ("file", "speaker", "emotion", "split")
    table = work_dir / "clips.csv"
    write_whole(table, table_text([columns, *_rows(Path(FLAGS.clips))]).encode())
    return table


def _rows(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yields (file, speaker, emotion, split) for every clip of a folder."""
    files = files_below(folder) if folder.is_dir() else []
    kinds = KINDS[read_about(Path(FLAGS.model)).modality]
    found = [path for path in files if ending_of(path) in kinds]
    others = passed_over_line(folder, files, kinds)
    if others:
        print(others, file=sys.stderr)
    # Its own name tells a single speaker from those of other folders.
    alone = escaped(folder.resolve().name)
    alone = "speaker" if is_missing(alone) else alone
    for place in places_in(folder, found, parse_emotion_map(FLAGS.emotion_map)):
        if place.fault:
            raise DataError(f"{place.path} {place.fault}")
        file = escaped(str(place.path.absolute()))
        yield file, place.person or alone, place.emotion, place.split
    if not found:
        raise DataError(f"{folder} holds no clips; put them in EMOTION/clip.wav")


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS, takes_words=TAKES_WORDS)
