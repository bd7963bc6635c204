"""The repository agrees with itself, and names neither a machine nor a package index."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from tests.packaging.locks import CHECKOUT

# Written so that this file does not hold what it looks for.
_FOREIGN = re.compile(
    r"/(?:home|Users)/[a-z]|/(?:root|work|mnt)/[a-z.]|C:\\Users"
    r"|py[p]i\.org|pythonhoste[d]\.org|npmj[s]\.|deb\.debia[n]\.org|/simpl[e]/"
)
_DATA = re.compile(r"\.(?:pkl|pickle|keras|onnx|h5|parquet|arrow|csv\.gz|zip|whl|so)$")


def committed() -> list[Path]:
    """Give the files that are in the repository, or would be by `git add --all`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    files = [CHECKOUT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]


def test_no_file_names_a_machine_or_an_index() -> None:
    found = []
    for file in committed():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        found += [
            f"{file.relative_to(CHECKOUT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if _FOREIGN.search(line)
        ]
    assert not found, "\n".join(found)


def test_no_data_and_no_model_is_committed() -> None:
    assert not [file for file in committed() if _DATA.search(file.name)]


def test_the_license_is_the_one_that_is_named() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (CHECKOUT / "LICENSE").read_text(encoding="utf-8")
    assert project["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_python_that_is_promised_is_tested() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tested = (CHECKOUT / ".python-version").read_text(encoding="utf-8").split()
    assert tested[0] == "3.12"
    assert sorted(tested) == ["3.11", "3.12", "3.13"]
    assert project["requires-python"] == ">=3.11,<3.14"
    script = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")
    assert "readonly WHOLE=3.12" in script
    assert "readonly OTHERS=(3.11 3.13)" in script


def test_the_changelog_has_a_place_for_what_is_next() -> None:
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.+?)\]", text, flags=re.M)
    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", heading) for heading in headings[1:])


def test_every_page_is_listed_in_the_index() -> None:
    index = (CHECKOUT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {
        page.relative_to(CHECKOUT / "docs").as_posix() for page in CHECKOUT.glob("docs/**/*.md")
    }
    assert not [page for page in pages - {"index.md"} if f"]({page})" not in index]
