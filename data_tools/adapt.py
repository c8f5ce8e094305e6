r"""Teaches a model one's own clips: from a folder of them to a new model.

  python -m data_tools.adapt --model=runs/a_ravdess_to_emo_model --clips=my_clips \
    --export_dir=my_model

The folder holds EMOTION/clip.wav, or SPEAKER/EMOTION/clip.wav of several people; or
give --manifest=clips.csv in its place. What the model has learned is frozen, new
modules learn the clips, and the speakers are held out in turn to measure how well (of
a single speaker one clip in five, which is LEAKY: it tells nothing of other speakers).
The clips become a dataset beside the new model, in EXPORT_DIR_run, with the report.
Flags of pathnet_tf.transfer may follow after --, such as -- --generations=50.
"""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags

from data_tools.corpora import CorpusSource
from data_tools.corpora.clip import AUDIO_SUFFIXES, VIDEO_SUFFIXES, media_files
from data_tools.corpora.manifest import ALIASES, EMOTIONS
from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.storage import write_whole
from pathnet_tf.serving.model_folder import read_about, read_front_end

FLAGS = flags.FlagValues()
TAKES_WORDS = True
flags.DEFINE_string("model", None, "The model to go on from.", flag_values=FLAGS)
flags.DEFINE_string(
    "clips", None, "Folder of EMOTION/ or SPEAKER/EMOTION/.", flag_values=FLAGS
)
flags.DEFINE_string(
    "manifest",
    None,
    "In place of --clips: a table with the columns file, speaker, emotion.",
    flag_values=FLAGS,
)
flags.DEFINE_string("export_dir", None, "Where the new model goes.", flag_values=FLAGS)
flags.DEFINE_bool("overwrite", False, "Replace what is there.", flag_values=FLAGS)


def main(words: Sequence[str]) -> None:
    """Writes the dataset and runs the transfer."""
    for name in ("model", "export_dir"):
        if not FLAGS[name].value:
            raise UsageError(f"--{name} is missing")
    if bool(FLAGS.clips) == bool(FLAGS.manifest):
        raise UsageError("Give either --clips or --manifest")
    representation = read_about(Path(FLAGS.model)).representation
    if representation != "segments":
        raise UsageError(
            f"--model={FLAGS.model} is of --representation={representation}, and only "
            "models of segments can be gone on from; give one of those"
        )
    work_dir = Path(f"{FLAGS.export_dir.rstrip('/')}_run")
    table = Path(FLAGS.manifest) if FLAGS.manifest else _write_table(work_dir)
    num_speakers = write_dataset(table, work_dir / "dataset")
    command = transfer_command(work_dir, num_speakers, words)
    sys.exit(subprocess.run(command, check=False).returncode)


def write_dataset(table: Path, folder: Path) -> int:
    """Writes the clips as the model hears or sees; returns how many speakers they have.

    Raises:
      DataError: The model or a clip cannot be used.
    """
    from data_tools.cutters.cutter import Cutter
    from data_tools.cutters.face_cutter import FaceCutter
    from data_tools.cutters.face_detector import FaceFrontEnd
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
    source = CorpusSource("", table, corpus_name="own", modality=about.modality)
    settings = dataset_writer.Settings(source, folder, cutter, overwrite=True)
    print(dataset_writer.write_dataset(settings), flush=True)
    return len(read_card(folder).speakers)


def transfer_command(
    work_dir: Path, num_speakers: int, words: Sequence[str]
) -> list[str]:
    """The command that learns them."""
    alone = ["--protocol=random_utterance", "--num_folds=5"] * (num_speakers == 1)
    classify = read_about(Path(FLAGS.model)).classify
    return [
        *(sys.executable, "-m", "pathnet_tf.transfer"),
        f"--init_from={FLAGS.model}",
        f"--target={work_dir / 'dataset'}",
        f"--run_dir={work_dir / 'run'}",
        f"--export_dir={FLAGS.export_dir}",
        *["--overwrite"] * FLAGS.overwrite,
        *alone,
        f"--classify={classify}",
        *words,
    ]


def _write_table(work_dir: Path) -> Path:
    """Makes a table of a folder."""
    stream = io.StringIO()
    rows = csv.writer(stream)
    rows.writerow(["file", "speaker", "emotion"])
    rows.writerows(_rows(Path(FLAGS.clips)))
    table = work_dir / "clips.csv"
    write_whole(table, stream.getvalue().encode())
    return table


def _rows(folder: Path) -> Iterator[tuple[str, str, str]]:
    found = media_files(folder, AUDIO_SUFFIXES | VIDEO_SUFFIXES)
    for path in found:
        *speaker, emotion = path.relative_to(folder).parts[:-1] or ("",)
        if emotion.lower() not in EMOTIONS:
            raise DataError(
                f"{path} lies in no folder of an emotion; make one of "
                f"{', '.join(ALIASES)}"
            )
        yield str(path.absolute()), " ".join(speaker) or folder.resolve().name, emotion
    if not found:
        raise DataError(f"{folder} holds no clip; put them in EMOTION/clip.wav")


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS, takes_words=TAKES_WORDS)
