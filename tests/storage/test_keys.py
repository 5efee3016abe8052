"""Keys: which edits of small projects count, and what people are told of a change."""

import ast
import gc
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from storage.keys import PACKAGES, Code, artifact_key, changed_code, differences, module_digests, project_code
from storage.keys.merkle import ProjectCode
from storage.keys.normal import normal_form

Files = Mapping[str, str]
MAIN = {"tasks/main.py": "from tasks.a import f\n\ndef run(x):\n    return f(x)\n"}


def write(folder: Path, files: Files) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def digest(tmp_path: Path, files: Files, *roots: str) -> str:
    """The digest of a project made of ``files`` in a folder of its own."""
    folder = write(tmp_path / f"project_{len(list(tmp_path.iterdir()))}", files)
    return project_code(folder).of(roots or ["tasks.main"]).digest


def test_key_depends_on_values_not_on_order() -> None:
    assert artifact_key({"a": 1, "b": [1, 2]}) == artifact_key({"b": [1, 2], "a": 1})
    assert artifact_key({"a": 1}) != artifact_key({"a": 2})
    assert len(artifact_key({})) == 16


SAME = {
    "comment, format": ("x = f(1, 2)", "# why\nx = f(\n    1,\n    2,\n)"),
    "docstrings": ("def f():\n    pass", '"""M."""\ndef f():\n    """F."""\nx: int\n"""X."""'),
    "annotations": (
        "def f(a, *b):\n    c = a\n    return c",
        "def f(a: int, *b: str) -> int:\n    c: int = a\n    return c",
    ),
    "annotation of a field": ("class A:\n    a: int = 1\n    b: int", "class A:\n    a: float = 1\n    b: list[A]"),
    "order of imports": ("from a import b\nimport c.d\nb(c.d)", "import c.d\n\nfrom a import b\nb(c.d)"),
    "grouped imports": ("from a import b, c\nb(c)", "from a import c\nfrom a import b\nb(c)"),
    "another way to import": ("import numpy as np\nnp.linalg.norm(1)", "from numpy.linalg import norm as n\nn(1)"),
    "text of an error": ("raise A('a', f(1))", "raise A(f'b {c}' 'd', f(1))"),
    "text put together": ("raise a.B('a' + b)", "raise a.B('a, %s'.format(c) if d else 'e')"),
    "text of an assertion": ("assert a, 'b'", "assert a, 'c'"),
    "log": ("if a:\n    log.info('%d', 1)\nelse:\n    b()", "if a:\n    pass\nelse:\n    b()\n    log.warning('c')"),
    "description": ("class A:\n    a: int = Field(3, ge=1, description='a')", "class A:\n    a: int = Field(3, le=2)"),
    "setting of the machine": (
        "class A:\n    a: int = machine_field(1)\n    c: int",
        "class A:\n    b: str = machine_field('d')\n    c: int",
    ),
    "imports for type checkers": ("if TYPE_CHECKING:\n    from a import b\nc()", "c()"),
    "future": ("from __future__ import annotations\na()", "a()"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_only_people_read_does_not_count(tmp_path: Path, name: str) -> None:
    before, after = (digest(tmp_path, {"tasks/main.py": text}) for text in SAME[name])
    assert before == after


OTHER = {
    "constant": ("A = 1", "A = 2"),
    "type of a constant": ("A = 1", "A = True"),
    "operator": ("a + b", "a - b"),
    "default": ("def f(a=1): pass", "def f(a=2): pass"),
    "decorator": ("@a\ndef f(): pass", "@b\ndef f(): pass"),
    "class attribute": ("class A:\n    a = 1", "class A:\n    a = 2"),
    "field": ("class A:\n    a: int", "class A:\n    b: int"),
    "field or attribute": ("class A:\n    a: int = 1", "class A:\n    a = 1"),
    "default of a field": ("class A:\n    a: int = Field(3, ge=1)", "class A:\n    a: int = Field(4, ge=1)"),
    "class raised": ("raise A('a')", "raise B('a')"),
    "value raised": ("raise A(a)", "raise A(b)"),
    "text that is returned": ("def f(): return 'a'", "def f(): return 'b'"),
    "method called info": ("network.info(1)", "network.info(2)"),
    "assignment in a log line": ("log.info(a := 1)", "log.info(a := 2)"),
    "library": ("from numpy import mean\nmean(1)", "from scipy import mean\nmean(1)"),
    "name of a library": ("from numpy import mean as a\na(1)", "from numpy import median as a\na(1)"),
    "branch of an import": (
        "if a:\n    from b import f\nelse:\n    from c import f",
        "if a:\n    from c import f\nelse:\n    from b import f",
    ),
    "branch": ("if TYPE_CHECKING:\n    a()\nelse:\n    b()", "if TYPE_CHECKING:\n    a()\nelse:\n    c()"),
    "order of statements": ("a()\nb()", "b()\na()"),
    "nesting": ("if a:\n    b()\nc()", "if a:\n    b()\n    c()"),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_computes_counts(tmp_path: Path, name: str) -> None:
    before, after = (digest(tmp_path, {"tasks/main.py": text}) for text in OTHER[name])
    assert before != after


TWO = "def f(x):\n    return x\n\ndef g(x):\n    return -x\n"
LAYOUTS: dict[str, tuple[Files, str]] = {
    "from import": ({**MAIN, "tasks/a.py": TWO}, "tasks/a.py"),
    "three deep": (
        {**MAIN, "tasks/a.py": "from tasks.b import f\n", "tasks/b.py": "from .c import f\n", "tasks/c.py": TWO},
        "tasks/c.py",
    ),
    "import in a function": (
        {"tasks/main.py": "def run(x):\n    from tasks.a import f\n    return f(x)\n", "tasks/a.py": TWO},
        "tasks/a.py",
    ),
    "star": (
        {"tasks/main.py": "from tasks.a import *\n\ndef run(x):\n    return f(x)\n", "tasks/a.py": TWO},
        "tasks/a.py",
    ),
    "package": ({**MAIN, "tasks/a/__init__.py": "from tasks.a.b import f\n", "tasks/a/b.py": TWO}, "tasks/a/b.py"),
    "package around": (
        {"tasks/main.py": "import tasks.a.b\n", "tasks/a/__init__.py": TWO, "tasks/a/b.py": ""},
        "tasks/a/__init__.py",
    ),
    "base class": (
        {
            "tasks/main.py": "from tasks import a\n\nclass B(a.A):\n    pass\n",
            "tasks/a.py": "class A:\n    def f(self, x):\n        return x\n",
        },
        "tasks/a.py",
    ),
    "circle": (
        {**MAIN, "tasks/a.py": f"import tasks.b\n{TWO}", "tasks/b.py": "from tasks.a import g\ng(1)\n"},
        "tasks/a.py",
    ),
    "far side of a circle": (
        {
            **MAIN,
            "tasks/a.py": "from tasks.b import g\n\ndef f(x):\n    return g(x)\n",
            "tasks/b.py": f"import tasks.a\n{TWO}",
        },
        "tasks/b.py",
    ),
    "only for its annotation": (
        {"tasks/main.py": "from tasks.a import A\n\ndef run(a: A):\n    return a.f()\n", "tasks/a.py": TWO},
        "tasks/a.py",
    ),
    "named in a text": ({"tasks/main.py": "run('tasks.a')\n", "tasks/a.py": TWO}, "tasks/a.py"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_imported_counts_wherever_it_lies(tmp_path: Path, name: str) -> None:
    files, edited = LAYOUTS[name]
    before = digest(tmp_path, files)
    assert digest(tmp_path, {**files, edited: files[edited].replace("return x", "return x + 1")}) != before
    assert digest(tmp_path, {**files, edited: files[edited].replace("return x", "return x  # so")}) == before
    assert digest(tmp_path, {**files, "tasks/unreached.py": "A = 1"}) == before
    other = {path.replace("tasks/a", "tasks/z"): text.replace("tasks.a", "tasks.z") for path, text in files.items()}
    moved = {path: text.replace("from tasks import a\n", "from tasks import z as a\n") for path, text in other.items()}
    assert digest(tmp_path, moved) == before


def test_another_definition_is_told_from_the_one_before(tmp_path: Path) -> None:
    a = {"tasks/a.py": TWO}
    found = [
        digest(tmp_path, {**MAIN, **a}),
        digest(tmp_path, {**a, "tasks/main.py": MAIN["tasks/main.py"].replace("import f", "import g as f")}),
        digest(tmp_path, {**MAIN, "tasks/a.py": "from tasks.b import g as f\n", "tasks/b.py": TWO}),
        digest(tmp_path, {**MAIN, "tasks/a.py": "from tasks.b import f\n", "tasks/b.py": TWO.replace("-x", "+x")}),
    ]
    assert len(set(found)) == 4
    dynamic = {"tasks/main.py": "import tasks.a\n", "tasks/b.py": TWO}
    one, two = (digest(tmp_path, {**dynamic, "tasks/a.py": f"from tasks.b import {n} as build\n"}) for n in "fg")
    assert one != two


def test_members_of_a_circle_are_told_apart(tmp_path: Path) -> None:
    def files(first: str, second: str) -> Files:
        text = f"import tasks.b, tasks.c\ntasks.{first}.f(1)\ntasks.{second}.f(2)\n"
        half = "import tasks.a\n\ndef f(x):\n    return "
        return {
            "tasks/main.py": "import tasks.a\n",
            "tasks/a.py": text,
            "tasks/b.py": f"{half}x",
            "tasks/c.py": f"{half}-x",
        }

    assert digest(tmp_path, files("b", "c")) != digest(tmp_path, files("c", "b"))


REGISTERED = {
    "tasks/kinds/__init__.py": "",
    "tasks/kinds/one.py": "A = 1\n",
    "tasks/kinds/two.py": "A = 2\n",
    "tasks/kinds/task.py": "B = 1\n",
    "tasks/kinds/page.html": "<p>",
}


def test_each_file_of_a_package_counts_by_its_name(tmp_path: Path) -> None:
    before = digest(tmp_path, REGISTERED, "tasks.kinds.*")
    assert digest(tmp_path, {**REGISTERED, "tasks/kinds/task.py": "B = 2\n"}, "tasks.kinds.*") == before
    assert digest(tmp_path, {**REGISTERED, "tasks/kinds/three.py": "A = 1\n"}, "tasks.kinds.*") != before
    swapped = {"tasks/kinds/one.py": "A = 2\n", "tasks/kinds/two.py": "A = 1\n"}
    assert digest(tmp_path, {**REGISTERED, **swapped}, "tasks.kinds.*") != before
    moved = {path.replace("kinds", "sorts"): text for path, text in REGISTERED.items()}
    assert digest(tmp_path, moved, "tasks.sorts.*") == before
    page = digest(tmp_path, REGISTERED, "tasks.kinds/*")
    assert digest(tmp_path, {**REGISTERED, "tasks/kinds/page.html": "<b>"}, "tasks.kinds/*") != page
    assert digest(tmp_path, {**REGISTERED, **swapped}, "tasks.kinds/*") == page


@pytest.mark.parametrize("root", ["tasks.c", "tasks.c.*", "tasks.c/*"])
def test_absent_roots(tmp_path: Path, root: str) -> None:
    with pytest.raises(ValueError, match=r"there (is no module|are no files for) tasks\.c"):
        project_code(tmp_path).of([root])


def test_what_changed_is_named_and_what_moved_is_not(tmp_path: Path) -> None:
    write(tmp_path, {**MAIN, "tasks/__init__.py": "", "tasks/a.py": TWO})
    recorded = project_code(tmp_path).of(["tasks.main"]).as_json()
    assert set(recorded["modules"]) == {"tasks.main", "tasks.a"}
    assert changed_code(recorded, tmp_path) == []
    write(tmp_path, {"tasks/a.py": TWO.replace("-x", "+x")})
    assert changed_code(recorded, tmp_path) == ["tasks.a"]
    write(tmp_path, {"tasks/b.py": TWO, "tasks/main.py": MAIN["tasks/main.py"].replace("tasks.a", "tasks.b")})
    assert changed_code(recorded, tmp_path) == []
    write(tmp_path, {"tasks/b.py": TWO.replace("-x", "+x")})
    assert changed_code(recorded, tmp_path) == ["tasks.a", "tasks.b"]
    assert list(differences({"tasks.main": "0123"}, recorded)) == ["tasks.main"]


def test_what_is_kept_of_code_is_what_the_code_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is edited, and whatever happens to the file in the cache."""
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "cache"))
    project = write(tmp_path / "project", {**MAIN, "tasks/a.py": TWO, "tasks/page.css": "a"})
    (project / "tasks" / "broken.py").symlink_to("nowhere")
    roots = ["tasks.main", "tasks/*"]

    def code() -> Code:
        kept = project_code(project)
        found = kept.of(roots)
        kept.keep()
        assert found == project_code(project).of(roots) == ProjectCode(project, PACKAGES).of(roots)
        return found

    found = [code()]
    (file,) = (tmp_path / "cache" / "code").iterdir()
    for content in (b"", file.read_bytes()[:-9], file.read_bytes().replace(b"tasks.a", b"tasks.b"), b"\xff\n{}"):
        file.write_bytes(content)
        assert code() == found[0]
    for name, text in (("a.py", TWO.replace("-x", "+x")), ("page.css", "b"), ("a.py", "f = abs")):
        write(project, {f"tasks/{name}": text})
        found.append(code())
    assert len({one.digest for one in found}) == 4
    assert len(list(file.parent.iterdir())) == 4


def test_code_is_read_without_parsing_where_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "cache"))
    project = write(tmp_path / "project", {**MAIN, "tasks/a.py": TWO})
    kept = project_code(project)
    kept.of(["tasks.main"])
    kept.keep()
    before = normal_form.cache_info().currsize
    normal_form.cache_clear()
    project_code(project).of(["tasks.main"])
    assert (before > 0, normal_form.cache_info().currsize) == (True, 0)


def test_a_cache_that_cannot_be_written_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "code").touch()
    kept = project_code(write(tmp_path / "project", {**MAIN, "tasks/a.py": TWO}))
    assert kept.of(["tasks.main"]).roots == ["tasks.main"]
    kept.keep()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["code"]


def test_modules_by_their_names_as_a_custom_network_is_recorded(tmp_path: Path) -> None:
    write(
        tmp_path, {"net.py": "from layers import wide as made\nmade(1)\n", "layers.py": "def wide(x):\n    return x\n"}
    )
    before = module_digests(["net"], tmp_path, ("net", "layers"))
    assert set(before) == {"net", "layers"}
    write(tmp_path, {"layers.py": "def wide(x):\n    return x + 1\n"})
    after = module_digests(["net"], tmp_path, ("net", "layers"))
    assert {name for name in after if after[name] != before[name]} == {"layers"}
    with pytest.raises(ValueError, match="there is no module other"):
        module_digests(["other"], tmp_path, ("other",))


def test_another_thread_that_parses_does_no_harm(tmp_path: Path) -> None:
    """CPython 3.11 mixes up two threads' trees where a collection of garbage lets the other one run meanwhile."""
    text = f"def f(x):\n    return [{'(x + ' * 20}1{')' * 20}]\n"
    write(tmp_path, {f"tasks/part_{number}.py": f"{text}# {number}\n" for number in range(20)})
    done = threading.Event()

    def parse() -> None:
        while not done.is_set():
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
        code = project_code(tmp_path)
        found = {code.of([f"tasks.part_{number}"]).digest for number in range(20)}
    finally:
        done.set()
        for other in others:
            other.join()
        gc.callbacks.remove(give_way)
        gc.set_threshold(*threshold)
    assert len(found) == 1
