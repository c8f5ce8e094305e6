"""The one door in the wall between the halves: what reads recordings to be predicted.

With the extra `data` any audio or video file is read, in watched worker processes;
without it WAV files of 8 to 32-bit PCM alone.
"""

import importlib.util
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from pathnet_tf.runtime.errors import DataError
from pathnet_tf.serving.answers import Scores
from pathnet_tf.serving.wav_files import INSTALL, read_wav


def score_files(
    model: str,
    clips: Sequence[tuple[Path, float, float | None]],
    num_workers: int,
    *,
    max_seconds: float = math.inf,
    with_pictures: bool = False,
) -> Iterator[tuple[Scores | str, float]]:
    """Scores files, or stretches of them.

    Args:
      model: Folder of the model.
      clips: Each file with where to start and to end, in seconds; None is its end.
      num_workers: Processes; 0 for as many as pay.
      max_seconds: For all of them, where the extra `data` is installed.
      with_pictures: Whether scores have pictures, likewise.

    Yields:
      Scores, or the reason why a file cannot be used, in the order of the clips; and
      where the stretch starts, in seconds.
    """
    if importlib.util.find_spec("data_tools") and importlib.util.find_spec("av"):
        from data_tools.scored_files import score_files as with_everything

        yield from with_everything(
            model,
            clips,
            num_workers,
            max_seconds=max_seconds,
            with_pictures=with_pictures,
        )
        return
    # TensorFlow takes seconds to import.
    from pathnet_tf.serving.loaded_model import load

    loaded = load(model)
    for path, start_s, end_s in clips:
        try:
            if loaded.about.modality == "face":
                raise DataError(f"is for a model of faces; {INSTALL}")
            waveform, rate_hz = read_wav(path)
            stop = None if end_s is None else round(end_s * rate_hz)
            stretch = waveform[round(start_s * rate_hz) : stop]
            if not stretch.size:
                raise DataError("holds no samples there")
            yield loaded.score(stretch, rate_hz), start_s
        except DataError as error:
            yield str(error), start_s
