"""The page in a browser: no error, a player that steps, nothing too wide to read."""

import re

import pytest

from pathnet_tf.report.comparison_page import comparison_page, comparison_sections
from tests.pathnet_tf.report.browser import ask, needs_chromium
from tests.pathnet_tf.report.runs import GENERATIONS

pytestmark = needs_chromium

DESK, PHONE = 1000, 390
STATE = 'return report.getElementById("player-state").textContent;'


def press(key):
    return (
        'report.getElementById("player").dispatchEvent(new view.KeyboardEvent('
        f'"keydown", {{key: "{key}", bubbles: true, cancelable: true}}));'
    )


def click(*names):
    return "".join(f'report.getElementById("player-{name}").click();' for name in names)


# What each sequence of actions shows, from the first generation on.
STEPS = {
    "nothing": ("", 1),
    "next": (click("next"), 2),
    "next next previous": (click("next", "next", "previous"), 2),
    "previous": (click("previous"), 1),
    "last next": (click("last", "next"), GENERATIONS),
    "last first": (click("last", "first"), 1),
    "right right": (press("ArrowRight") + press("ArrowRight"), 3),
    "end left": (press("End") + press("ArrowLeft"), GENERATIONS - 1),
    "drag": (
        'const range = report.getElementById("player-range"); range.value = 3;'
        'range.dispatchEvent(new view.Event("input"));',
        4,
    ),
}
DRAWN = """
const count = (kind) => report.querySelectorAll("#player-panels " + kind).length;
return [count("svg[aria-label]"), count(".on-winner") > 0, count("rect.on-frozen"),
  count(".mutated")];
"""
ANOTHER_SEARCH = """
const list = report.getElementById("player-search");
list.value = [...list.options].find((one) => one.text.startsWith("scratch")).value;
list.dispatchEvent(new view.Event("change"));
return report.querySelectorAll("#player-panels .on-frozen").length;
"""
PLAY_AND_PAUSE = """
const play = report.getElementById("player-play");
play.click();
const playing = play.textContent;
play.click();
return [playing, play.textContent];
"""
CONTROLS_WITHOUT_NAME_OR_FOCUS = """
const parts = report.querySelectorAll("#player button, #player select, #player input");
return [...parts].filter((one) => {
  one.focus();
  const isNamed = one.textContent.trim() || one.labels.length;
  return report.activeElement !== one || !isNamed;
}).length;
"""
NUM_SCRIPTS = 'return report.querySelectorAll("script").length;'
NUM_LOADED = 'return view.performance.getEntriesByType("resource").length;'
PAGE_WIDTH = "return report.documentElement.scrollWidth;"
# What each question to the run's page finds.
CHECKS = {
    **{
        f"steps: {name}": (
            DESK,
            actions + STATE,
            f"Generation {number} of {GENERATIONS}:.*",
        )
        for name, (actions, number) in STEPS.items()
    },
    "draws pathways and what is frozen": (DESK, DRAWN, f"3,true,{3 * 9},1"),
    "shows another search": (DESK, ANOTHER_SEARCH, "0"),
    "says that it plays, and can be stopped": (DESK, PLAY_AND_PAUSE, "Pause,Play"),
    "every control has a name and takes the focus": (
        DESK,
        CONTROLS_WITHOUT_NAME_OR_FOCUS,
        "0",
    ),
    # The player's data and the page's program.
    "names from files run nothing": (DESK, NUM_SCRIPTS, "2"),
    "reaches for nothing": (DESK, NUM_LOADED, "0"),
    "a phone need not scroll sideways": (PHONE, PAGE_WIDTH, str(PHONE)),
}
COMPARISON = "the comparison on a phone"


@pytest.fixture(scope="module")
def answers(page, evidence, leaky_evidence, tmp_path_factory):
    """What the browser finds, by check, and the lines of its console."""
    folder = tmp_path_factory.mktemp("pages")
    own, both = folder / "report.html", folder / "both.html"
    own.write_text(page, encoding="utf-8")
    runs = [evidence, leaky_evidence]
    sections = comparison_sections(runs, both, "report.html")
    both.write_text(comparison_page(runs, sections), encoding="utf-8")
    checks = {name: (own, *check[:2]) for name, check in CHECKS.items()}
    checks[COMPARISON] = (both, PHONE, PAGE_WIDTH)
    return ask(checks, folder=folder)


@pytest.mark.parametrize("name", CHECKS)
def test_the_page(answers, name):
    found, _ = answers
    assert re.fullmatch(CHECKS[name][-1], found[name])


def test_a_phone_need_not_scroll_a_comparison_sideways(answers):
    found, _ = answers
    assert found[COMPARISON] == str(PHONE)


def test_the_console_stays_empty(answers):
    _, console = answers
    assert console == []
