r"""Writes small corpora of synthesized voices and faces, in the layout of real ones.

With these corpora every program of the project runs without the licensed corpora. A
score on a synthesized corpus is never a result on the real corpus of the same name.

  python -m data_tools.synthesize --output_dir=demo/corpora \
      --corpora=enterface,savee,emodb
"""

from pathlib import Path

from absl import flags

from pathnet_tf.runtime import command_line

_OUTPUT_DIR = flags.DEFINE_string(
    "output_dir", "demo/corpora", "Each corpus becomes a folder inside this folder."
)
_CORPORA = flags.DEFINE_list(
    "corpora",
    "enterface,savee,emodb",
    "Names, separated by commas: enterface, savee, emodb, ravdess.",
)
_SEED = flags.DEFINE_integer("seed", 0, "The same seed gives the same bytes.")
_NUM_SPEAKERS = flags.DEFINE_integer(
    "num_speakers", 0, "Speakers per corpus; 0 takes the default of each corpus."
)
_CLIPS_PER_EMOTION = flags.DEFINE_integer(
    "clips_per_emotion",
    0,
    "Clips per speaker and emotion; 0 takes the default of each corpus.",
)
_SAVEE_LAYOUT = flags.DEFINE_enum(
    "savee_layout",
    "nested",
    ["nested", "flat"],
    "nested writes AudioData/DC/sa03.wav, flat writes DC_sa03.wav; videos likewise.",
)
_FACES = flags.DEFINE_boolean(
    "faces",
    True,
    "Draws faces in the videos of eNTERFACE and SAVEE. With --nofaces eNTERFACE has "
    "plain grey videos, and SAVEE has only sound files.",
)
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers",
    0,
    "Processes; 0 takes one per core. The files are the same for any number.",
)
_OVERWRITE = flags.DEFINE_boolean(
    "overwrite", False, "Replaces corpora that were synthesized earlier."
)


def main() -> None:
    """Reads the flags and writes the corpora."""
    from data_tools.synthesis import corpus_writer

    settings = corpus_writer.DemoSettings(
        output_dir=Path(_OUTPUT_DIR.value),
        corpora=tuple(_CORPORA.value),
        seed=_SEED.value,
        num_speakers=_NUM_SPEAKERS.value,
        clips_per_emotion=_CLIPS_PER_EMOTION.value,
        savee_layout=_SAVEE_LAYOUT.value,
        has_faces=_FACES.value,
        num_workers=_NUM_WORKERS.value,
        is_overwriting=_OVERWRITE.value,
    )
    for corpus, clips in corpus_writer.write_corpora(settings).items():
        num_speakers = len({clip.speaker for clip in clips})
        folder = settings.output_dir / corpus
        num_files = sum(len(clip.files) for clip in clips)
        print(f"{folder}: {num_files} files of {num_speakers} synthesized speakers")


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
