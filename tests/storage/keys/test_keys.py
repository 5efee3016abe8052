import ast
import gc
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from storage.keys import artifact_key, changed_code, code_digests

KERNEL = '''"""A kernel."""

import numpy as np
from tasks.shared import scale


def double(x):
    """Twice x."""
    # scale it
    return scale(x, 2)
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "tasks/__init__.py": "",
        "tasks/shared.py": "def scale(x, by):\n    return x * by\n",
        "tasks/a/__init__.py": "",
        "tasks/a/kernel.py": KERNEL,
        "tasks/a/config.py": "LEVELS = 3\n",
        "tasks/a/page.html": "<p>",
        "tasks/b/__init__.py": "",
        "tasks/b/kernel.py": "from ..a import kernel\nfrom . import config\n",
        "tasks/b/config.py": "X = 1\n",
        "tasks/unreached.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def rewrite(project: Path, name: str, old: str, new: str) -> None:
    path = project / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def digests_after_edit(project: Path, name: str, old: str, new: str) -> tuple[dict[str, str], dict[str, str]]:
    before = code_digests(["tasks.a.kernel"], project)
    rewrite(project, name, old, new)
    return before, code_digests(["tasks.a.kernel"], project)


def test_reaches_what_is_imported_and_nothing_else(project: Path) -> None:
    assert set(code_digests(["tasks.a.kernel"], project)) == {"tasks", "tasks.a", "tasks.a.kernel", "tasks.shared"}


def test_follows_relative_imports_and_leaves_configurations_out(project: Path) -> None:
    reached = set(code_digests(["tasks.b.kernel"], project))
    assert {"tasks.b.kernel", "tasks.a.kernel", "tasks.shared"} <= reached
    assert "tasks.b.config" not in reached


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# scale it", "# say it otherwise"),
        ('"""Twice x."""', '"""Two times x, at length."""'),
        ("return scale(x, 2)", "return scale(\n        x,\n        2,\n    )"),
    ],
)
def test_comments_docstrings_and_formatting_do_not_count(project: Path, old: str, new: str) -> None:
    before, after = digests_after_edit(project, "tasks/a/kernel.py", old, new)
    assert before == after


def test_code_counts(project: Path) -> None:
    before, after = digests_after_edit(project, "tasks/a/kernel.py", "scale(x, 2)", "scale(x, 3)")
    assert before["tasks.a.kernel"] != after["tasks.a.kernel"]
    assert before["tasks.shared"] == after["tasks.shared"]


def test_code_that_changed_since_is_named(project: Path) -> None:
    digests = code_digests(["tasks.a.kernel"], project)
    assert changed_code(digests, project) == []
    rewrite(project, "tasks/shared.py", "x * by", "by * x * 1")
    assert changed_code(digests, project) == ["tasks.shared"]


def test_code_of_an_imported_module_counts(project: Path) -> None:
    before, after = digests_after_edit(project, "tasks/shared.py", "x * by", "by * x * 1")
    assert before["tasks.shared"] != after["tasks.shared"]


def test_whole_package_with_its_templates(project: Path) -> None:
    before = code_digests(["tasks.a.*"], project)
    assert "tasks/a/page.html" in before
    rewrite(project, "tasks/a/page.html", "<p>", "<b>")
    assert code_digests(["tasks.a.*"], project)["tasks/a/page.html"] != before["tasks/a/page.html"]


def test_absent_root(project: Path) -> None:
    with pytest.raises(ValueError, match=r"no module tasks\.c"):
        code_digests(["tasks.c"], project)


def test_key_depends_on_values_not_on_order() -> None:
    assert artifact_key({"a": 1, "b": [1, 2]}) == artifact_key({"b": [1, 2], "a": 1})
    assert artifact_key({"a": 1}) != artifact_key({"a": 2})
    assert len(artifact_key({})) == 16


def test_another_thread_that_parses_does_no_harm(tmp_path: Path) -> None:
    """CPython 3.11 mixes up two threads' trees where a collection of garbage lets the other one run meanwhile."""
    for number in range(20):
        (tmp_path / "tasks").mkdir(exist_ok=True)
        (tmp_path / "tasks" / f"part_{number}.py").write_text(f"def f(x):\n    return [{'(x + ' * 20}1{')' * 20}]\n")
    texts = [path.read_text() for path in (tmp_path / "tasks").iterdir()]
    done = threading.Event()

    def parse() -> None:
        while not done.is_set():
            for text in texts:
                with suppress(SystemError):
                    ast.parse(text)

    def give_way(*about: object) -> None:
        time.sleep(0.0002)

    threshold, others = gc.get_threshold(), [threading.Thread(target=parse) for _ in range(3)]
    gc.set_threshold(200)
    gc.callbacks.append(give_way)
    try:
        for other in others:
            other.start()
        found = code_digests([f"tasks.part_{number}" for number in range(20)], tmp_path)
    finally:
        done.set()
        for other in others:
            other.join()
        gc.callbacks.remove(give_way)
        gc.set_threshold(*threshold)
    assert len(set(found.values())) == 1
