"""Runs a model of openSMILE's functionals, or of vectors, on files of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pathnet_tf.features.feature_sets import ENCODED, writer_of
from pathnet_tf.features.functionals_file import (
    FunctionalsSettings,
    comparable,
    encoder_of,
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
      words: Files of `data_tools.write_functionals` or `write_vectors`.

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
    noun = "vectors" if wanted == ENCODED else "functionals"
    if path.suffix != ".npz":
        raise DataError(
            f"is no file of {noun}, which the model takes; make one with "
            f"{writer_of(wanted)}{_encoder_words(model.about)}"
        )
    content = read_file(path)
    if str(content["feature_set"]) != wanted:
        raise DataError(
            f"holds {content['feature_set']}, and the model takes {wanted}; make it "
            f"again with {writer_of(wanted)}"
        )
    about = model.about
    if comparable(encoder_of(content)) != comparable(about.encoder or {}):
        raise DataError(
            "holds vectors that were made in another way than those that the model "
            f"learned from; make them with {writer_of(wanted)}{_encoder_words(about)}"
        )
    values = versions_of(content, FunctionalsSettings(about.silence_db, about.speeds))
    asked = [Asked(str(key), path) for key in content["keys"]]
    yield from zip(asked, model.score_functionals(values), strict=True)


def _encoder_words(about: ModelAbout) -> str:
    """Names the encoder of a model, as words behind a command."""
    encoder = about.encoder or {}
    if "given" in encoder:
        return f" --vectors=FILE, of what made those in {encoder['given']}"
    if not encoder:
        return ""
    layers = ",".join(encoder["layers"])
    return (
        f" --encoder={encoder['encoder']}"
        + f" --layers={layers}" * bool(layers)
        + " --layers_apart" * bool(encoder["are_layers_apart"])
        + f" --statistics={','.join(encoder['statistics'])}"
        + f" --encoder_input={encoder['takes']}"
        + f" --encoder_rate_hz={encoder['rate_hz']}"
    )
