"""Asks a model of openSMILE's functionals about files of them."""

from collections.abc import Sequence
from pathlib import Path

from pathnet_tf.answers import Scores
from pathnet_tf.errors import DataError
from pathnet_tf.functionals_file import read_file
from pathnet_tf.loaded_model import load
from pathnet_tf.model_folder import ModelAbout
from pathnet_tf.prediction_inputs import Asked


def score_functionals_files(
    model: str, about: ModelAbout, words: Sequence[str]
) -> list[tuple[Asked, Scores]]:
    """Scores every clip of files of functionals.

    Args:
      model: Folder of the model.
      about: What is known of it.
      words: Files of `data_tools.write_functionals`.

    Returns:
      Each clip, by its key, and its scores; no length is known of it.

    Raises:
      DataError: A file is none of functionals, or of others than the model's.
    """
    wanted = about.representation
    found = []
    for word in words:
        path = Path(word)
        if path.suffix != ".npz":
            raise DataError(
                f"{model} takes openSMILE's functionals, and {word} is no file of "
                "them; make one with python -m data_tools.write_functionals "
                f"--feature_set={wanted}"
            )
        content = read_file(path)
        if str(content["feature_set"]) != wanted:
            raise DataError(
                f"{path} holds {content['feature_set']}, and {model} takes {wanted}; "
                f"make it again with --feature_set={wanted}"
            )
        try:
            scores = load(model).score_functionals(content["values"])
        except ValueError as error:
            raise DataError(
                f"{path} is of another release of openSMILE than {model} ({error})"
            ) from error
        asked = [Asked(str(key), path) for key in content["keys"]]
        found += list(zip(asked, scores, strict=True))
    return found
