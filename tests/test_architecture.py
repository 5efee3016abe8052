"""``docs/ARCHITECTURE.md`` describes the tree as it is."""

import re
from pathlib import Path

import pytest

from storage.keys import PROJECT

PAGE = (PROJECT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:flows|tasks|storage|tests|benchmarks|findings|docs)(?:/[\w.]+)*)`", PAGE)))
PACKAGES = sorted(path.parent for package in ("tasks", "storage") for path in (PROJECT / package).glob("*/__init__.py"))


@pytest.mark.parametrize("path", [path for path in NAMED if "NAME" not in path])
def test_every_path_exists(path: str) -> None:
    assert (PROJECT / path).exists()


@pytest.mark.parametrize("path", [path for path in NAMED if "NAME" in path])
def test_a_new_file_goes_into_a_folder_of_such_files(path: str) -> None:
    folder = (PROJECT / path).parent
    assert len(list(folder.glob("*.py"))) > 2


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_is_named(package: Path) -> None:
    assert package.relative_to(PROJECT).as_posix() in NAMED


@pytest.mark.parametrize(("name", "file"), re.findall(r"`(\w+)` in `([\w/]+\.py)`", PAGE))
def test_every_definition_is_where_the_page_says(name: str, file: str) -> None:
    assert re.search(rf"^(?:class|def|    def) {name}\b", (PROJECT / file).read_text(encoding="utf-8"), re.M)


def test_the_picture_exists() -> None:
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", PAGE):
        assert (PROJECT / "docs" / picture).is_file()
