"""The page on which a model can be tried: what it answers, and whom."""

import base64
import io
import re
import subprocess
import tempfile
import threading

import numpy as np
import pytest
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


@pytest.fixture
def client(app):
    return app.test_client()


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
    content = base64.b64decode(picture.removeprefix("data:image/png;base64,"))
    with Image.open(io.BytesIO(content)) as mel:
        assert mel.size[1] == 64


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


@pytest.mark.parametrize("path", ["/page.css", "/page.js", "/card", "/pathway.svg"])
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


# Puts a file into the page's input as a person's choice does, and tells what it shows.
DRIVER = """<!DOCTYPE html><meta charset="utf-8">
<iframe id="frame" src="/" style="border:0;width:{width}px;height:1400px"></iframe>
<pre id="found"></pre>
<script>
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
document.getElementById("frame").addEventListener("load", async (event) => {{
  const view = event.target.contentWindow, page = view.document;
  const bytes = Uint8Array.from(atob("{content}"), (c) => c.charCodeAt(0));
  const choice = new view.DataTransfer();
  choice.items.add(new view.File([bytes], "{name}"));
  const input = page.getElementById("file");
  input.files = choice.files;
  input.dispatchEvent(new view.Event("change"));
  for (let i = 0; i < 600; i++) {{
    await wait(100);
    const shown = !page.getElementById("answer").hidden;
    if (shown || page.getElementById("status").classList.contains("bad")) break;
  }}
  const find = () => {{ {script} }};
  document.getElementById("found").textContent = String(find());
}});
</script>
"""


@pytest.fixture
def browse(app):
    """Uploads a file in a browser, and gives what a script finds on the page."""

    def run(content, script, *, name="clip.wav", width=1000):
        text = DRIVER.format(
            width=width,
            content=base64.b64encode(content).decode(),
            name=name,
            script=script,
        )
        # The page may be framed by its own pages alone, of which this is one.
        wrapped = _with_page(app.wsgi_app, "/driver", text)
        server = waitress.server.create_server(wrapped, host="127.0.0.1", port=0)
        threading.Thread(target=server.run, daemon=True).start()
        address = f"http://127.0.0.1:{server.effective_port}/driver"
        here = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        flags = [*FLAGS, here, "--virtual-time-budget=60000"]
        with tempfile.TemporaryDirectory() as profile:
            done = subprocess.run(
                [
                    *(CHROMIUM, *flags, f"--user-data-dir={profile}"),
                    *("--dump-dom", address),
                ],
                capture_output=True,
                text=True,
                timeout=600,
                check=True,
            )
        server.close()
        found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)[1]
        return found, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return run


def _with_page(application, path, text):
    def answer(environ, start_response):
        if environ["PATH_INFO"] != path:
            return application(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [text.encode()]

    return answer


@needs_chromium
@pytest.mark.parametrize("width", [1000, PHONE])
def test_an_upload_in_a_browser_is_shown(browse, width):
    found, console = browse(
        recording(),
        """return [
          page.getElementById("name").textContent,
          page.querySelectorAll("#bars tr").length,
          page.querySelectorAll("#timeline svg path").length,
          page.querySelector("#inputs img").naturalHeight,
          page.getElementById("pathway").naturalWidth > 0,
          page.documentElement.scrollWidth <= view.innerWidth,
        ].join()""",
        width=width,
        name="<b>clip.wav",
    )
    # A line for each emotion, and its key.
    assert found == "&lt;b&gt;clip.wav,3,6,64,true,true"
    assert console == []


@needs_chromium
def test_a_bad_upload_in_a_browser_is_said(browse):
    found, _ = browse(
        b"no sound", 'return page.getElementById("status").textContent', name="a.txt"
    )
    assert found.startswith("The file cannot be decoded")
