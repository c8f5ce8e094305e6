"""The page on which a model can be tried: what it answers, and whom."""

import base64
import io
import json
import queue
import subprocess
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import soundfile
import waitress.server
from PIL import Image

from pathnet_tf.media_gate import score_files
from pathnet_tf.serving.app.server import AppSettings, make_app
from tests.pathnet_tf.report.browser import CHROMIUM, FLAGS, needs_chromium
from tests.pathnet_tf.test_predict import needs_data
from tests.pathnet_tf.untrained_model import EMOTIONS, write_model

pytestmark = needs_data
PHONE = 390


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("app") / "model", least_margin=0.02)


@pytest.fixture(scope="module")
def app(model):
    return make_app(
        AppSettings(str(model), max_megabytes=1, max_seconds=600), score_files
    )


@pytest.fixture(scope="module")
def face_model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("app") / "faces", "face")


@pytest.fixture(scope="module")
def face_app(face_model):
    return make_app(AppSettings(str(face_model), max_seconds=600), score_files)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def face_client(face_app):
    return face_app.test_client()


@pytest.fixture
def film(tmp_path):
    """Films a face, in frames of which each starts at a time, in milliseconds."""
    # Needs the extra data.
    from tests.data_tools.film import filmed, write_film

    def make(name, codec, times_ms, **options):
        seen = [filmed(skimage.data.astronaut())] * len(times_ms)
        options |= {"rate": 1000, "pts": times_ms}
        return write_film(tmp_path / name, seen, codec, **options)

    return make


def recording(seconds=2.5):
    rng = np.random.default_rng(0)
    stream = io.BytesIO()
    noise = rng.uniform(-0.5, 0.5, round(16000 * seconds))
    soundfile.write(stream, noise, 16000, format="WAV")
    return stream.getvalue()


def upload(client, content, name="../../clip.wav", **options):
    data = {"file": (io.BytesIO(content), name)}
    return client.post("/predict", data=data, base_url="http://localhost", **options)


def test_a_recording_is_answered(client):
    found = upload(client, recording())
    assert found.status_code == 200
    answer = found.json
    assert answer["emotions"] == list(EMOTIONS)
    assert sum(answer["clip"]["probabilities"].values()) == pytest.approx(1)
    assert [one["end"] for one in answer["seconds"]] == [1.0, 2.0, 2.5]
    (picture,) = answer["pictures"]
    assert opened(picture["given"]).size[1] == 64
    assert picture["frame"] is None


def opened(address):
    """The picture that stands in an address."""
    return Image.open(io.BytesIO(base64.b64decode(address.partition("base64,")[2])))


def picture_bytes(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()


def test_a_picture_is_answered_with_the_face_that_was_seen(face_client):
    found = upload(face_client, picture_bytes(skimage.data.astronaut()))
    assert found.status_code == 200
    (second,) = found.json["seconds"]
    assert (second["start"], second["end"]) == (0.0, 0.0)
    (picture,) = found.json["pictures"]
    assert opened(picture["given"]).size == (8, 8)
    frame = np.asarray(opened(picture["frame"])).astype(int)
    assert frame.shape == (240, 240, 3)
    red, green, blue = frame.transpose(2, 0, 1)
    # The face's box, green as nothing in the picture is.
    box = np.argwhere((green > red + 80) & (green > blue + 20))
    (top, left), (bottom, right) = box.min(axis=0), box.max(axis=0)
    assert top < 50 < bottom < 100 < right < 150
    assert 70 < left < 105


def test_a_film_is_answered_with_a_face_a_second(face_client, film):
    # As browsers record: no length, and frames come when they come.
    path = film(
        "camera.webm",
        "libvpx",
        [0, 40, 190, 1230, 1260, 3900, 3940, 4400],
        options={"live": "1"},
    )
    found = upload(face_client, path.read_bytes()).json
    assert [one["time"] for one in found["pictures"]] == [0.0, 1.23, 3.9, 4.4]
    assert len(found["seconds"]) == 5
    assert all(one["is_found"] for one in found["pictures"])


def test_of_a_long_film_fewer_seconds_are_shown(face_client, film):
    path = film("long.webm", "libvpx", list(range(0, 26_000, 1000)))
    found = upload(face_client, path.read_bytes()).json
    times = [one["time"] for one in found["pictures"]]
    assert times == [0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0]


def test_a_picture_without_a_face_is_refused_in_plain_words(face_client):
    found = upload(face_client, picture_bytes(np.full((240, 320, 3), 90, np.uint8)))
    assert found.status_code == 422
    assert found.json["error"].startswith("The file shows no face that can be found;")
    assert "--" not in found.json["error"]


@pytest.mark.parametrize(
    ("kind", "offered", "other"),
    [("client", "Record", "camera"), ("face_client", "Open the camera", "microphone")],
)
def test_the_page_offers_what_its_model_takes(request, kind, offered, other):
    page = request.getfixturevalue(kind).get("/", base_url="http://localhost").text
    assert f">{offered}</button>" in page
    assert other not in page


def test_the_page_says_what_a_model_takes_for_a_face(tmp_path):
    folder = write_model(tmp_path / "model", "face")
    words = "does not look for a face"

    def page():
        app = make_app(AppSettings(str(folder)), score_files)
        return app.test_client().get("/", base_url="http://localhost").text

    assert words not in page()
    about = folder / "front_end.json"
    settings = json.loads(about.read_text())
    about.write_text(json.dumps(settings | {"faces": "cut"}))
    assert words in page()


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (b"this is no sound", 422, "The file cannot be decoded"),
        (b"", 422, "is empty"),
        (bytes(2**20 + 1), 413, "larger than 1 MB"),
    ],
)
def test_what_is_no_recording_is_refused(client, content, status, message):
    found = upload(client, content)
    assert found.status_code == status
    assert message in found.json["error"]


def test_no_file_is_an_answer_too(client):
    found = client.post("/predict", base_url="http://localhost")
    assert (found.status_code, found.json["error"]) == (400, "No file came.")


def test_an_answer_may_not_take_for_ever(model):
    app = make_app(AppSettings(str(model), max_seconds=0.01), score_files)
    found = upload(app.test_client(), recording())
    assert found.status_code == 422
    assert "takes longer than 0.01 s" in found.json["error"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::2]"])
@pytest.mark.parametrize("path", ["/", "/card", "/pathway.svg"])
def test_a_page_elsewhere_cannot_ask(client, host, path):
    found = client.get(path, base_url=f"http://{host}:8501")
    assert found.status_code == 403


@pytest.mark.parametrize(
    "path", ["/page.css", "/page.js", "/recording.js", "/card", "/pathway.svg"]
)
def test_parts_are_served_and_nothing_else(client, path):
    found = client.get(path, base_url="http://127.0.0.1:8501")
    assert found.status_code == 200
    assert "default-src 'none'" in found.headers["Content-Security-Policy"]
    for other in (
        "/page.html",
        "/server.py",
        "/page.css/../server.py",
        "/../setup.cfg",
    ):
        assert client.get(other, base_url="http://localhost").status_code == 404


def test_names_out_of_a_model_are_text(tmp_path):
    folder = write_model(tmp_path / "model")
    about = folder / "model.json"
    evil = about.read_text().replace('"tiny"', '"<script>alert(1)</script>"')
    about.write_text(evil)
    page = make_app(AppSettings(str(folder)), score_files).test_client().get("/").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


# Does on the page what a person does, and tells what a script finds there.
DRIVER = """<!DOCTYPE html><meta charset="utf-8">
<iframe id="frame" src="/" style="border:0;width:{width}px;height:1400px"></iframe>
<script>
async function until(holds) {{
  while (!holds()) await new Promise((done) => setTimeout(done, 50));
}}
document.getElementById("frame").addEventListener("load", async (event) => {{
  const view = event.target.contentWindow, page = view.document;
  const at = (id) => page.getElementById(id);
  const answered = () => until(
    () => !at("answer").hidden || at("status").classList.contains("bad"));
  let found;
  try {{
    found = await (async () => {{ {script} }})();
  }} catch (error) {{
    found = error;
  }}
  fetch("/found", {{ method: "POST", body: String(found) }});
}});
</script>
"""

# Puts a file into the page's input as a person's choice does.
CHOOSE = """
  const bytes = Uint8Array.from(atob("{content}"), (c) => c.charCodeAt(0));
  const choice = new view.DataTransfer();
  choice.items.add(new view.File([bytes], "{name}"));
  at("file").files = choice.files;
  at("file").dispatchEvent(new view.Event("change"));
  await answered();
"""


def choosing(content, name):
    return CHOOSE.format(content=base64.b64encode(content).decode(), name=name)


def browse(app, script, *flags, width=1000):
    """Gives what a script finds on the page in a browser, and the browser's console."""
    found: queue.Queue[str] = queue.Queue()
    # The page may be framed by its own pages alone, of which the driver is one.
    wrapped = _driven(app.wsgi_app, DRIVER.format(width=width, script=script), found)
    server = waitress.server.create_server(wrapped, host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    address = f"http://127.0.0.1:{server.effective_port}/driver"
    here = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        told = Path(profile, "told")
        with told.open("wb") as stream:
            command = [CHROMIUM, *FLAGS, here, *flags, f"--user-data-dir={profile}"]
            browser = subprocess.Popen(
                [*command, address], stdout=subprocess.DEVNULL, stderr=stream
            )
        try:
            answer = found.get(timeout=600)
        finally:
            browser.terminate()
            browser.wait()
            server.close()
        lines = told.read_text(errors="replace").splitlines()
    return answer, [line for line in lines if "CONSOLE" in line]


def _driven(application, driver, found):
    def answer(environ, start_response):
        if environ["PATH_INFO"] == "/found":
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            found.put(body.decode())
        elif environ["PATH_INFO"] != "/driver":
            return application(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [driver.encode()]

    return answer


@needs_chromium
@pytest.mark.parametrize("width", [1000, PHONE])
def test_an_upload_in_a_browser_is_shown(app, width):
    found, console = browse(
        app,
        choosing(recording(), "<b>clip.wav")
        + """return [
          at("name").textContent,
          page.querySelectorAll("#bars tr").length,
          page.querySelectorAll("#timeline svg path").length,
          page.querySelector("#inputs img").naturalHeight,
          at("pathway").naturalWidth > 0,
          page.documentElement.scrollWidth <= view.innerWidth,
        ].join()""",
        width=width,
    )
    # A line for each emotion, and its key.
    assert found == "<b>clip.wav,3,6,64,true,true"
    assert console == []


@needs_chromium
def test_a_bad_upload_in_a_browser_is_said(app):
    script = choosing(b"no sound", "a.txt") + 'return at("status").textContent'
    found, _ = browse(app, script)
    assert found.startswith("The file cannot be decoded")


# Remembers the cameras that the page opens, and opens one.
OPEN_CAMERA = """
  const streams = [], devices = view.navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    streams.push(await open(wanted));
    return streams.at(-1);
  };
  const light = () => streams.flatMap(
    (one) => one.getTracks().map((track) => track.readyState));
  at("open").click();
  await until(() => !at("camera").hidden);
"""
FILM = """
  at("film").click();
  await until(() => at("clock").textContent.startsWith("1 "));
"""
TELL = """
  return [at("name").textContent, at("over-time").hidden, light(), at("camera").hidden,
    page.querySelector("#inputs .face").naturalWidth,
    page.documentElement.scrollWidth <= view.innerWidth].join()
"""


@needs_chromium
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            f'at("snap").click(); await answered(); {TELL}',
            "Picture from the camera,true,ended,true,8,true",
        ),
        (
            f'{FILM} at("film").click(); await answered(); {TELL}',
            "Video from the camera,false,ended,true,8,true",
        ),
        (
            f"{FILM} view.performance.now = () => 1e9; await answered(); {TELL}",
            "Video from the camera,false,ended,true,8,true",
        ),
        (
            f"""{FILM}
            page.dispatchEvent(new view.KeyboardEvent("keydown", {{ key: "Escape" }}));
            return [at("status").textContent, light(), at("camera").hidden].join()""",
            "The camera is closed.,ended,true",
        ),
    ],
    ids=["picture", "video", "video that ends by itself", "cancelled"],
)
def test_the_camera_takes_a_face_and_closes(face_app, film, script, expected):
    # Frames of the fake camera, which browsers play again and again.
    seen = film("camera.mjpeg", "mjpeg", [0, 40], pix_fmt="yuvj420p")
    found, console = browse(
        face_app,
        OPEN_CAMERA + script,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={seen}",
        width=PHONE,
    )
    assert found == expected
    assert console == []


@needs_chromium
def test_a_camera_that_cannot_be_used_is_said(face_app):
    found, _ = browse(
        face_app,
        """
        const told = [], devices = view.navigator.mediaDevices;
        async function tell() {
          at("status").textContent = "";
          at("open").click();
          await until(() => at("status").classList.contains("bad"));
          told.push(at("status").textContent);
          at("status").classList.remove("bad");
        }
        for (const name of ["NotFoundError", "NotAllowedError", "NotReadableError"]) {
          devices.getUserMedia = async () => { throw new view.DOMException("", name); };
          await tell();
        }
        // As on pages that are neither at localhost nor over https.
        Object.defineProperty(view.navigator, "mediaDevices", { value: undefined });
        await tell();
        return told.join("|");
        """,
    )
    missing, refused, silent, far = found.split("|")
    assert missing.startswith("No camera was found")
    assert refused.startswith("The camera was refused")
    assert silent.startswith("The camera does not answer")
    assert "only to pages at localhost or over https" in far
