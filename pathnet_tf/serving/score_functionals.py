"""Runs a model of openSMILE's functionals on files of functionals."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pathnet_tf.features.functionals_file import (
    FunctionalsSettings,
    read_file,
    versions_of,
)
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.serving.answers import Scores
from pathnet_tf.serving.loaded_model import LoadedModel, load
from pathnet_tf.serving.model_folder import ModelAbout
from pathnet_tf.serving.prediction_inputs import Asked


def score_functionals_files(
    model: str, about: ModelAbout, words: Sequence[str]
) -> list[tuple[Asked, Scores | str]]:
    """Scores every clip of files of functionals.

    Args:
      model: Folder of the model.
      about: The content of the model's `model.json`.
      words: Files of `data_tools.write_functionals`.

    Returns:
      Each clip, named by its key, with its scores, whose length is 0. For a file that
      cannot be used, the file and the reason.

    Raises:
      DataError: The model is missing or broken.
    """
    loaded, wanted = load(model), about.representation
    found: list[tuple[Asked, Scores | str]] = []
    for word in words:
        asked = Asked(word, Path(word))
        try:
            found += _of_file(loaded, wanted, asked.path)
        except (DataError, ValueError) as error:
            found.append((asked, str(error)))
    return found


def _of_file(
    model: LoadedModel, wanted: str, path: Path
) -> Iterator[tuple[Asked, Scores]]:
    if path.suffix != ".npz":
        raise DataError(
            "is no file of functionals, which the model takes; make one with python "
            f"-m data_tools.write_functionals --feature_set={wanted}"
        )
    content = read_file(path)
    if str(content["feature_set"]) != wanted:
        raise DataError(
            f"holds {content['feature_set']}, and the model takes {wanted}; make it "
            f"again with --feature_set={wanted}"
        )
    about = model.about
    values = versions_of(content, FunctionalsSettings(about.silence_db, about.speeds))
    asked = [Asked(str(key), path) for key in content["keys"]]
    yield from zip(asked, model.score_functionals(values), strict=True)
