"""The page in a browser: no error, a player that steps, nothing too wide to read."""

import pytest

from pathnet_tf.report.write_report import write_report
from tests.pathnet_tf.report.browser import ask, needs_chromium
from tests.pathnet_tf.report.runs import GENERATIONS

pytestmark = needs_chromium

PHONE = 390
STATE = 'report.getElementById("player-state").textContent'


@pytest.fixture(scope="module")
def page(finished, tmp_path_factory):
    output = tmp_path_factory.mktemp("page") / "report.html"
    return write_report([str(finished)], output=output)


@pytest.fixture(scope="module")
def comparison(finished, leaky, tmp_path_factory):
    output = tmp_path_factory.mktemp("page") / "both.html"
    return write_report([str(finished), str(leaky)], output=output)


@pytest.fixture
def in_page(page, tmp_path):
    """Runs a script in the page and gives what it returns; the console stays empty."""

    def run(script, **options):
        found, console = ask(page, script, folder=tmp_path, **options)
        assert console == []
        return found

    return run


def press(key, element="player"):
    return (
        f'report.getElementById("{element}").dispatchEvent(new view.KeyboardEvent('
        f'"keydown", {{key: "{key}", bubbles: true, cancelable: true}}));'
    )


def click(*names):
    return "".join(f'report.getElementById("player-{name}").click();' for name in names)


def test_it_opens_at_the_first_generation(in_page):
    assert in_page(f"return {STATE}").startswith(f"Generation 1 of {GENERATIONS}:")


@pytest.mark.parametrize(
    ("actions", "generation"),
    [
        (click("next"), 2),
        (click("next", "next", "previous"), 2),
        (click("previous"), 1),
        (click("last", "next"), GENERATIONS),
        (click("last", "first"), 1),
        (press("ArrowRight") + press("ArrowRight"), 3),
        (press("End") + press("ArrowLeft"), GENERATIONS - 1),
        (
            'const range = report.getElementById("player-range"); range.value = 3;'
            'range.dispatchEvent(new view.Event("input"));',
            4,
        ),
    ],
)
def test_the_player_steps(in_page, actions, generation):
    found = in_page(f"{actions} return {STATE}")
    assert found.startswith(f"Generation {generation} of {GENERATIONS}:")


def test_the_player_draws_pathways_and_what_is_frozen(in_page):
    found = in_page(
        'const count = (kind) => report.querySelectorAll("#player-panels " + kind)'
        '.length; return [count("svg[aria-label]"), count(".on-winner"), '
        'count("rect.on-frozen"), count(".mutated")]'
    )
    panels, active, frozen, mutated = map(int, found.split(","))
    assert panels == 3
    assert active > 0
    assert frozen == 3 * 9
    assert mutated == 1


def test_another_search_can_be_chosen(in_page):
    found = in_page(
        'const list = report.getElementById("player-search");'
        "list.value = [...list.options].find((one) => one.text.startsWith"
        '("scratch")).value; list.dispatchEvent(new view.Event("change"));'
        'return report.querySelectorAll("#player-panels .on-frozen").length'
    )
    assert found == "0"


def test_playing_says_so_and_can_be_stopped(in_page):
    found = in_page(
        'const play = report.getElementById("player-play"); play.click();'
        "const playing = play.textContent; play.click();"
        "return [playing, play.textContent]"
    )
    assert found == "Pause,Play"


def test_every_control_has_a_name_and_takes_the_focus(in_page):
    found = in_page(
        'const parts = [...report.querySelectorAll("#player button, #player select, '
        '#player input")]; return parts.filter((one) => {one.focus(); return '
        "report.activeElement !== one || "
        "!(one.textContent.trim() || one.labels.length)}).length"
    )
    assert found == "0"


def test_a_phone_need_not_scroll_sideways(in_page):
    found = in_page("return report.documentElement.scrollWidth", width=PHONE)
    assert int(found) == PHONE


def test_a_comparison_neither(comparison, tmp_path):
    script = "return report.documentElement.scrollWidth"
    found, console = ask(comparison, script, width=PHONE, folder=tmp_path)
    assert int(found) == PHONE
    assert console == []


def test_names_from_files_run_nothing(page, tmp_path):
    script = 'return report.querySelectorAll("script").length'
    found, console = ask(page, script, folder=tmp_path)
    assert found == "2"
    assert console == []


def test_the_page_reaches_for_nothing(in_page):
    script = 'return view.performance.getEntriesByType("resource").length'
    assert in_page(script) == "0"
