"""Compares the findings of pip-audit with the ones that we accept, and why.

python tools/audit.py REPORT.json requirements/accepted.txt
"""

import json
import sys
from pathlib import Path
from typing import Any


def judge(report: dict[str, Any], accepted: str) -> tuple[list[str], bool]:
    """Lists the findings, each with the reason why we accept it.

    Args:
      report: The output of `pip-audit --format=json --aliases=on`.
      accepted: Lines of `ID package reason`. Empty lines and comments (#) are skipped.

    Returns:
      Lines to print, and whether every finding is accepted.

    Raises:
      ValueError: A line of `accepted` has no reason; the message shows the line.
    """
    reasons = _reasons(accepted)
    packages = report["dependencies"]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    lines, used, is_fine = [], set(), True
    for package in packages:
        for found in package.get("vulns", ()):
            ids = [(name, package["name"]) for name in (found["id"], *found["aliases"])]
            known = [key for key in ids if key in reasons]
            used.update(known)
            is_fine = is_fine and bool(known)
            fixed = ", ".join(found["fix_versions"]) or "no version"
            lines.append(
                f"audit: {found['id']} {package['name']} {package['version']} (mended "
                f"in {fixed}): "
                + (
                    reasons[known[0]]
                    if known
                    else "NO REASON to stay with it; renew it "
                    "with tools/pin, or give one in requirements/accepted.txt"
                )
            )
    if unknown:
        lines.append(
            f"audit: the service answers for {len(packages) - len(unknown)} of "
            f"{len(packages)} packages"
            + ("" if len(unknown) < len(packages) else ", so that nothing was checked")
        )
    else:
        lines += [
            f"audit: {' '.join(key)} is found no longer, remove it from "
            "requirements/accepted.txt"
            for key in reasons
            if key not in used
        ]
        lines.append(f"audit: {len(packages)} packages checked")
    return lines, is_fine


def _reasons(accepted: str) -> dict[tuple[str, str], str]:
    """Returns the reason for each accepted (ID, package)."""
    reasons = {}
    for line in accepted.splitlines():
        words = line.split(maxsplit=2)
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 3:
            raise ValueError(f"needs an ID, a package and a reason. Received: {line}")
        reasons[words[0], words[1]] = words[2]
    return reasons


def main(report: Path, accepted: Path) -> int:
    """Prints the findings.

    Args:
      report: File with the output of pip-audit.
      accepted: File with the accepted findings.

    Returns:
      The exit status: 0 if every finding is accepted, else 1.
    """
    try:
        lines, is_fine = judge(json.loads(report.read_text()), accepted.read_text())
    except ValueError as error:
        print(f"audit: {accepted} {error}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
