"""Opens a page in headless Chromium, without a network."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--hide-scrollbars",
    # A test page looks into the report that it frames.
    "--allow-file-access-from-files",
    "--enable-logging=stderr",
    "--v=0",
    "--virtual-time-budget=5000",
)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium (apt-get install chromium)"
)

# Frames the report at a width, waits until it stands, and writes down what a piece of
# JavaScript finds in it.
TEST_PAGE = """<!DOCTYPE html><meta charset="utf-8">
<iframe id="frame" src="{page}" style="border:0;width:{width}px;height:900px"></iframe>
<pre id="found"></pre>
<script>
document.getElementById("frame").addEventListener("load", (event) => {{
  const view = event.target.contentWindow, report = view.document;
  const find = () => {{ {script} }};
  document.getElementById("found").textContent = String(find());
}});
</script>
"""


def ask(page, script, *, width=1000, folder):
    """Gives what a script returns that sees `view` and `report`, and the console."""
    test_page = folder / "test_page.html"
    text = TEST_PAGE.format(page=page.as_uri(), width=width, script=script)
    test_page.write_text(text, encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                CHROMIUM,
                *FLAGS,
                f"--user-data-dir={profile}",
                "--dump-dom",
                Path(test_page).as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)[1]
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return found, console
