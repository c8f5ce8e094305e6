"""Serves the page of a model, and answers for the files that are uploaded there."""

import base64
import contextlib
import dataclasses
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pathnet_tf.figures.pathway_figures import pathway_figure
from pathnet_tf.figures.style import svg_bytes
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.runtime.errors import DataError, UsageError, printable
from pathnet_tf.runtime.storage import as_path
from pathnet_tf.serving.answers import Answer, Answers, Picture, ScoreFiles
from pathnet_tf.serving.model_folder import (
    MODEL_CARD_NAME,
    ModelAbout,
    read_about,
    read_front_end,
)

if TYPE_CHECKING:
    from flask import Flask

HERE = Path(__file__).parent
# The page may load from this server alone, and send to it alone.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
INSTALL = "install it with: pip install 'pathnet_tf[app,data]'"


@dataclasses.dataclass(frozen=True)
class AppSettings:
    """What the page serves, and its limits.

    Attributes:
      model: Folder of the model.
      hosts: Host names under which the page is served. Requests with another name are
        refused: a foreign page may have let its own name point to this computer.
      max_megabytes: Largest size of an upload.
      max_seconds: Longest time to answer an upload, in seconds.
    """

    model: str
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    max_megabytes: int = 100
    max_seconds: float = 60.0


def make_app(settings: AppSettings, score_files: ScoreFiles) -> "Flask":
    """Makes the application.

    Args:
      settings: What to serve, and its limits.
      score_files: Function that reads and scores files, see `media_gate.score_files`.

    Returns:
      A WSGI application.

    Raises:
      UsageError: Flask is not installed.
      DataError: The model is missing or broken.
    """
    try:
        import flask
        from werkzeug.exceptions import RequestEntityTooLarge
    except ImportError as error:
        raise UsageError(f"The page needs Flask; {INSTALL}") from error
    about = read_about(as_path(settings.model))
    if about.is_of_vectors:
        raise UsageError(
            f"{settings.model} answers for clips as a whole, and the page shows "
            "seconds; use python -m pathnet_tf.predict"
        )
    is_speech = about.modality == "speech"
    # Whether the model looks for no face, and takes a whole picture for one.
    is_cut = read_front_end(as_path(settings.model)).get("faces") == "cut"
    picture = pathway_svg(about)
    # One upload at a time: each keeps a processor busy.
    turn = threading.Semaphore(1)
    app = flask.Flask(__name__, static_folder=None, template_folder=str(HERE))
    app.config["MAX_CONTENT_LENGTH"] = settings.max_megabytes * 2**20

    def failed(message: str, status: int) -> Any:
        return flask.jsonify(error=message), status

    @app.before_request
    def refuse_strangers() -> Any:
        host = flask.request.host.rsplit(":", 1)[0]
        if host not in settings.hosts:
            return failed(f"{printable(host)} is not this page's host", 403)
        return None

    @app.after_request
    def protect(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(error: Any) -> Any:
        return failed(f"The file is larger than {settings.max_megabytes} MB.", 413)

    @app.errorhandler(500)
    def broke(error: Any) -> Any:
        # The traceback is printed in the terminal.
        return failed("The program failed; its terminal says where.", 500)

    @app.get("/")
    def page() -> str:
        return flask.render_template(
            "page.html",
            emotions=about.emotions,
            corpora=about.corpora,
            is_synthesized=about.is_synthesized,
            is_speech=is_speech,
            is_cut=is_cut,
            what="speech" if is_speech else "faces",
            kinds="Sound or video" if is_speech else "A video or picture",
            accept="audio/*,video/*" if is_speech else "video/*,image/*",
            megabytes=settings.max_megabytes,
        )

    @app.get("/<any('page.css', 'page.js', 'recording.js'):name>")
    def part(name: str) -> Any:
        return flask.send_from_directory(HERE, name)

    @app.get("/pathway.svg")
    def pathway() -> Any:
        return flask.Response(picture, mimetype="image/svg+xml")

    @app.get("/card")
    def card() -> Any:
        path = as_path(settings.model) / MODEL_CARD_NAME
        text = path.read_text(encoding="utf-8")
        return flask.Response(text, mimetype="text/plain")

    @app.post("/predict")
    def predict() -> Any:
        upload = flask.request.files.get("file")
        if upload is None:
            return failed("No file came.", 400)
        if not turn.acquire(timeout=settings.max_seconds):
            return failed("Another file is being looked at; try again.", 503)
        try:
            with _kept(upload) as path:
                return flask.jsonify(_answer(path, about, settings, score_files))
        except DataError as error:
            return failed(printable(str(error)), 422)
        finally:
            turn.release()

    return app


def pathway_svg(about: ModelAbout) -> bytes:
    """Draws the model's pathway as SVG, frozen modules and new ones in two colours."""
    pathway = Pathway.from_json(about.pathway)
    frozen = [np.flatnonzero(row) for row in pathway.always_active]
    figure = pathway_figure(
        num_modules=pathway.always_active.shape[1],
        frozen=frozen,
        target=list(pathway.genotype),
        title="Modules that answer",
        owner="the target",
    )
    return svg_bytes(figure)


@contextlib.contextmanager
def _kept(upload: Any) -> Iterator[Path]:
    """Keeps an upload on disk while it is scored, under a name that we choose."""
    with tempfile.TemporaryDirectory(prefix="pathnet_tf-") as folder:
        path = Path(folder, "upload")
        upload.save(path)
        yield path


def _answer(
    path: Path, about: ModelAbout, settings: AppSettings, score_files: ScoreFiles
) -> dict[str, Any]:
    ((scores, _),) = score_files(
        settings.model,
        [(path, 0.0, None)],
        1,
        max_seconds=settings.max_seconds,
        with_pictures=True,
    )
    if isinstance(scores, str):
        raise DataError(f"The file {scores}.")
    answers = Answers(about, scores)
    return {
        "emotions": about.emotions,
        "is_speech": about.modality == "speech",
        "clip": _plain(answers.of_clip()),
        "seconds": [
            {"start": start_s, "end": end_s, **_plain(answer)}
            for start_s, end_s, answer in answers.of_seconds()
        ],
        "pictures": [_drawn(picture) for picture in scores.pictures],
    }


def _drawn(picture: Picture) -> dict[str, Any]:
    return {
        "given": _address("png", picture.given),
        "frame": picture.frame and _address("jpeg", picture.frame),
        "time": picture.time_s,
        "is_found": picture.is_found,
    }


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _plain(answer: Answer) -> dict[str, Any]:
    return {
        "label": answer.label,
        "uncertain": answer.is_uncertain,
        "probabilities": answer.probabilities,
    }
