"""Opens pages in headless Chromium, without a network."""

import html
import json
import re
import shutil
import subprocess
import tempfile

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
    # A test page looks into the pages that it frames.
    "--allow-file-access-from-files",
    "--enable-logging=stderr",
    "--v=0",
)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium (apt-get install chromium)"
)

# Frames each page at a width, one after the other, and writes down what a piece of
# JavaScript finds in it.
TEST_PAGE = """<!DOCTYPE html><meta charset="utf-8"><pre id="found"></pre>
<script>
const checks = [{checks}], found = {{}};
function next() {{
  if (!checks.length) {{
    document.getElementById("found").textContent = JSON.stringify(found);
    return;
  }}
  const check = checks.shift(), frame = document.createElement("iframe");
  frame.style = `border:0;width:${{check.width}}px;height:900px`;
  frame.src = check.page;
  frame.addEventListener("load", () => {{
    const view = frame.contentWindow;
    found[check.name] = String(check.find(view, view.document));
    frame.remove();
    next();
  }});
  document.body.append(frame);
}}
next();
</script>
"""


def ask(checks, *, folder):
    """Asks pages, all in one browser.

    Args:
      checks: For each name, a page's path, the width in pixels of its window, and
        JavaScript that sees `view` and `report` and returns what it finds.
      folder: For a page of our own.

    Returns:
      What was found by name, as text, and the lines of the browser's console.
    """
    written = ",".join(
        f"{{name: {json.dumps(name)}, page: {json.dumps(page.as_uri())}, "
        f"width: {width}, find: (view, report) => {{ {script} }}}}"
        for name, (page, width, script) in checks.items()
    )
    test_page = folder / "test_page.html"
    test_page.write_text(TEST_PAGE.format(checks=written), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                CHROMIUM,
                *FLAGS,
                f"--user-data-dir={profile}",
                "--virtual-time-budget=5000",
                "--dump-dom",
                test_page.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)[1]
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return json.loads(html.unescape(found)), console
