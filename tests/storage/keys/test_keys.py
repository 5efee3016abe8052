"""Keys, the roots of code, and what people are told of a change."""

import ast
import gc
import shutil
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from storage.keys import artifact_key, changed_code, differences, module_digests, project_code
from tests.storage.keys.small import code, digest, write

FILES = {
    "tasks/__init__.py": "",
    "tasks/main.py": "from tasks.a.help import scale\n\n\ndef run(x):\n    return scale(x, 2)\n",
    "tasks/a/__init__.py": "",
    "tasks/a/help.py": "def scale(x, by):\n    return x * by\n\n\ndef other(x):\n    return x\n",
    "tasks/a/page.html": "<p>",
    "tasks/kinds/__init__.py": "",
    "tasks/kinds/one.py": "ORDER = 1\n\n\ndef measure(x):\n    return x\n\n\ndef unused(x):\n    return x\n",
    "tasks/kinds/two.py": "def measure(x):\n    return -x\n",
    "tasks/kinds/help.py": "def nothing():\n    pass\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path, FILES)


def test_key_depends_on_values_not_on_order() -> None:
    assert artifact_key({"a": 1, "b": [1, 2]}) == artifact_key({"b": [1, 2], "a": 1})
    assert artifact_key({"a": 1}) != artifact_key({"a": 2})
    assert len(artifact_key({})) == 16


def test_a_record_names_the_definitions_that_count(project: Path) -> None:
    found = code(project)
    assert {module: set(names) for module, names in found.definitions.items()} == {
        "tasks.main": {"run"},
        "tasks.a.help": {"scale"},
    }
    assert found.roots == ["tasks.main:run"]
    assert len(found.digest) == 32


def test_a_whole_module_counts_by_all_that_it_binds(tmp_path: Path) -> None:
    changed = {**FILES, "tasks/a/help.py": FILES["tasks/a/help.py"].replace("return x\n", "return -x\n")}
    assert digest(tmp_path, FILES) == digest(tmp_path, changed)
    assert digest(tmp_path, FILES, "tasks.a.help") != digest(tmp_path, changed, "tasks.a.help")


def test_each_file_of_a_package_counts_by_its_name_and_what_is_asked_of_it(tmp_path: Path) -> None:
    def changed(root: str, **files: str) -> bool:
        named = {f"tasks/kinds/{name}.py": text for name, text in files.items()}
        return digest(tmp_path, FILES, root) != digest(tmp_path, {**FILES, **named}, root)

    one = FILES["tasks/kinds/one.py"]
    assert changed("tasks.kinds.*:measure", two="def measure(x):\n    return +x\n")
    assert changed("tasks.kinds.*:measure", three="def measure(x):\n    return 0\n")
    assert not changed(
        "tasks.kinds.*:measure", help="def nothing():\n    return 1\n", three="def unused():\n    pass\n"
    )
    assert not changed("tasks.kinds.*:measure", one=one.replace("ORDER = 1", "ORDER = 2"))
    assert changed("tasks.kinds.*:ORDER,measure", one=one.replace("ORDER = 1", "ORDER = 2"))
    assert changed("tasks.kinds.*", help="def nothing():\n    return 1\n")
    swapped = {"one": FILES["tasks/kinds/two.py"], "two": FILES["tasks/kinds/one.py"]}
    assert changed("tasks.kinds.*:measure", **swapped)


def test_resources_count_byte_for_byte_and_by_their_names(tmp_path: Path) -> None:
    before = digest(tmp_path, FILES, "tasks.a/*")
    assert digest(tmp_path, {**FILES, "tasks/a/page.html": "<p> "}, "tasks.a/*") != before
    others = {name: text for name, text in FILES.items() if name != "tasks/a/page.html"}
    assert digest(tmp_path, {**others, "tasks/a/leaf.html": "<p>"}, "tasks.a/*") != before
    assert digest(tmp_path, {**others, "storage/b/page.html": "<p>"}, "storage.b/*") == before


@pytest.mark.parametrize(
    ("root", "message"),
    [
        ("tasks.c", "there is no module tasks.c"),
        ("tasks.c:run", "there is no module tasks.c"),
        ("tasks.main:walk", "tasks.main has no walk"),
        ("tasks.c.*:run", r"there is no module tasks.c.\*"),
        ("tasks.kinds/*", r"there are no files for tasks.kinds/\*"),
    ],
)
def test_absent_roots(project: Path, root: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        code(project, root)


def test_what_changed_is_named_and_what_moved_is_not(project: Path) -> None:
    recorded = project_code(project).of(["tasks.main:run"]).as_json()
    assert changed_code(recorded, project) == []
    text = FILES["tasks/a/help.py"]
    (project / "tasks" / "a" / "help.py").write_text(text.replace("x * by", "by * x * 1"))
    assert changed_code(recorded, project) == ["tasks.a.help (scale)"]
    (project / "tasks" / "b.py").write_text(text.replace("x * by", "by * x * 1"))
    (project / "tasks" / "main.py").write_text(FILES["tasks/main.py"].replace("tasks.a.help", "tasks.b"))
    assert changed_code(recorded, project) == ["tasks.b (scale)"]
    (project / "tasks" / "b.py").write_text(text)
    assert changed_code(recorded, project) == []
    (project / "tasks" / "main.py").write_text("def run(x):\n    return x * 2\n")
    assert changed_code(recorded, project) == ["tasks.a.help (scale)", "tasks.main (run)"]
    changed = project_code(project).of(["tasks.main:run"]).as_json()
    assert list(differences({"tasks.main": "0123"}, changed)) == ["tasks.main:run"]


def test_a_change_of_meaning_alone_is_found_at_the_root(project: Path) -> None:
    (project / "tasks" / "b.py").write_text("def scale(x, by):\n    return x\n")
    recorded = project_code(project).of(["tasks.main:run"]).as_json()
    (project / "tasks" / "main.py").write_text(FILES["tasks/main.py"].replace("tasks.a.help", "tasks.b"))
    assert changed_code(recorded, project) == ["tasks.b (scale)"]


def test_what_was_found_is_kept_by_the_content_of_all_files(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "cache"))
    first = project_code(project)
    found = first.of(["tasks.main:run"])
    first.keep()
    (kept,) = (tmp_path / "cache" / "code").iterdir()
    copied = tmp_path / "copy"
    shutil.copytree(project / "tasks", copied / "tasks")
    again = project_code(copied)
    monkeypatch.setattr(again, "_program", None)  # it is not asked
    assert again.of(["tasks.main:run"]) == found
    kept.write_text("damaged")
    assert project_code(shutil.copytree(copied, tmp_path / "third")).of(["tasks.main:run"]) == found
    (copied / "tasks" / "a" / "help.py").write_text("def scale(x, by):\n    return x\n")
    assert project_code(copied).of(["tasks.main:run"]).digest != found.digest


def test_modules_by_their_names_as_ones_own_network_is_recorded(project: Path) -> None:
    before = module_digests(["tasks.main"], project, ("tasks",))
    assert set(before) == {"tasks", "tasks.main", "tasks.a", "tasks.a.help"}
    path = project / "tasks" / "a" / "help.py"
    path.write_text(path.read_text().replace("    return x\n", "    # a remark\n    return x\n"))
    assert module_digests(["tasks.main"], project, ("tasks",)) == before
    path.write_text(path.read_text().replace("return x\n", "return x + 1\n"))
    after = module_digests(["tasks.main"], project, ("tasks",))
    assert {name for name in after if after[name] != before[name]} == {"tasks.a.help"}
    with pytest.raises(ValueError, match="there is no module tasks"):
        module_digests(["tasks.c"], project, ("tasks",))


def test_another_thread_that_parses_does_no_harm(tmp_path: Path) -> None:
    """CPython 3.11 mixes up two threads' trees where a collection of garbage lets the other one run meanwhile."""
    text = f"def f(x):\n    return [{'(x + ' * 20}1{')' * 20}]\n"
    write(tmp_path, {f"tasks/part_{number}.py": f"{text}# {number}\n" for number in range(20)})
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
        found = {code(tmp_path, f"tasks.part_{number}:f").digest for number in range(20)}
    finally:
        done.set()
        for other in others:
            other.join()
        gc.callbacks.remove(give_way)
        gc.set_threshold(*threshold)
    assert len(found) == 1


def test_a_deep_tree_and_a_deep_chain_are_read(tmp_path: Path) -> None:
    chain = "".join(f"def f{n}(x):\n    return f{n + 1}(x)\n" for n in range(2000)) + "def f2000(x):\n    return {}\n"
    first, second = (digest(tmp_path, chain.format(value), "tasks.main:f0") for value in (1, 2))
    assert first != second
    assert sys.getrecursionlimit() <= 3000
