"""What tools/pin has written, against setup.cfg: a forgotten run of it shows here."""

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = {"demo": ("data",), "test": ("data", "test")}
PYTHONS = ("3.10", "3.11", "3.12")


def lines_of(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def wanted(name):
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    texts = lines_of(setup["options"]["install_requires"])
    for extra in EXTRAS[name]:
        texts += lines_of(setup["options.extras_require"][extra])
    return [Requirement(text) for text in texts]


def pins(name):
    """The requirements of a file, each with how many hashes it has."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", "")
    found = [
        (Requirement(line.split("--hash")[0]), line.count("--hash=sha256:"))
        for line in lines_of(text)
        if not line.startswith(" ")
    ]
    assert found
    return found


def version_of(pin):
    (one,) = pin.specifier
    assert one.operator == "=="
    return one.version


def pinned_on(name, python):
    place = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
    }
    return {
        canonicalize_name(pin.name): version_of(pin)
        for pin, _ in pins(name)
        if pin.marker is None or pin.marker.evaluate(place)
    }


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", EXTRAS)
def test_every_requirement_is_pinned_within_its_range(name, python):
    versions = pinned_on(name, python)
    for requirement in wanted(name):
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} has no pin, run tools/pin"
        assert requirement.specifier.contains(version), (
            f"{requirement} is pinned to {version}, run tools/pin"
        )


@pytest.mark.parametrize("python", PYTHONS)
def test_the_demo_installs_versions_that_the_tests_have_seen(python):
    assert pinned_on("demo", python).items() <= pinned_on("test", python).items()


@pytest.mark.parametrize("name", [*EXTRAS, "audit"])
def test_every_pin_is_exact_and_has_hashes(name):
    for pin, num_hashes in pins(name):
        assert version_of(pin)
        assert num_hashes > 0, pin


@pytest.mark.parametrize("name", [*EXTRAS, "audit"])
def test_pins_tell_nothing_of_the_machine_they_were_made_on(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert text.splitlines()[1] == "#    tools/pin"
    assert not re.search(r"://|(^|\s)/|^-|--(?!hash)", text, re.MULTILINE)
