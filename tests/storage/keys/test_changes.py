"""What counts: each pair may compute something else and has another digest."""

from pathlib import Path

import pytest

from tests.storage.keys.small import digest

MAIN = "from tasks.a import f\ndef run(x):\n    return f(x)\n"
CLASS = "class B:\n    k = 1\n    def m(self):\n        return 1\nclass C(B):\n    pass\ndef run(x):\n    return C().m()\n"
MODEL = (
    "from pydantic import BaseModel\nclass B(BaseModel):\n    pass\nclass C(B):\n    n: {} = 1\ndef run(x):\n    return C(n=x)\n"
)

ALONE = {
    "a constant": ("N = 1\ndef run(x):\n    return N\n", "1", "2"),
    "a constant of another type": ("def run(x):\n    return x + 1\n", "1", "1.0"),
    "a constant that looks alike": ("def run(x):\n    return x + 1\n", "1", "'1'"),
    "an operator": ("def run(x):\n    return x + 1\n", "+", "-"),
    "a default": ("def run(x, y=1):\n    return x + y\n", "y=1", "y=2"),
    "a default of a lambda": ("F = lambda x, y=1: x\ndef run(x):\n    return F(x)\n", "y=1", "y=2"),
    "a parameter's name": ("def run(x, y):\n    return x\n", "y", "z"),
    "a local import": ("def run(x):\n    from math import sin as f\n    return f(x)\n", "sin", "cos"),
    "another library": ("import numpy as np\ndef run(x):\n    return np.exp(x)\n", "numpy", "scipy"),
    "another function of it": ("import numpy as np\ndef run(x):\n    return np.exp(x)\n", "np.exp", "np.log"),
    "a decorator": ("from functools import cache\ndef run(x):\n    return 1\n", "def", "@cache\ndef"),
    "an attribute of a class": (CLASS, "k = 1", "k = 2"),
    "a method of a base class": (CLASS, "return 1", "return 2"),
    "the base class": (CLASS, "C(B)", "C"),
    "a class's name": ("class C:\n    pass\ndef run(x):\n    return C\n", "C", "D"),
    "the condition of an error": ("def run(x):\n    if x > 1:\n        raise ValueError('a')\n", "> 1", "> 2"),
    "the kind of an error": ("def run(x):\n    raise ValueError('a')\n", "ValueError", "KeyError"),
    "what an error carries": ("def run(x):\n    raise OSError(1, 'a')\n", "1", "2"),
    "a text that is not a message": ("def run(x):\n    return x['a']\n", "'a'", "'b'"),
    "a text in another call": ("def run(x):\n    return x.info('a')\n", "'a'", "'b'"),
    "what a line to the log does": (
        "import logging\nlog = logging.getLogger('a')\ndef run(x):\n    log.info('%d', x.pop(1))\n", "pop(1)", "pop(2)",
    ),
    "a logger that may be another": (
        "import logging\nlog = logging.getLogger('a')\ndef run(x, log):\n    log.info('a')\n", "'a')\n$", "'b')\n",
    ),
    "a branch that runs": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    N = 1\nelse:\n    N = 2\ndef run(x):\n    return N\n", "N = 2", "N = 3",
    ),
    "a local variable that was global": ("N = 1\nN = 2\ndef run(x):\n    return N\n", "N = 2\n", "M = 2\n"),
    "a loop's variable": ("for N in (1, 2):\n    pass\ndef run(x):\n    return N\n", "(1, 2)", "(1, 3)"),
    "a conditional import": (
        "try:\n    import a as m\nexcept ImportError:\n    import b as m\ndef run(x):\n    return m.f(x)\n", "import b", "import c",
    ),
    "a dictionary filled later": ("D = {}\nD['a'] = 1\ndef run(x):\n    return D[x]\n", "= 1", "= 2"),
    "a list filled by a method": ("D = []\nD.append(1)\ndef run(x):\n    return D[x]\n", "(1)", "(2)"),
    "a list filled by a function": (
        "D = []\ndef add(to, x):\n    to.append(x)\nadd(D, 1)\ndef run(x):\n    return D[x]\n", "(D, 1)", "(D, 2)",
    ),
    "an attribute of a function": ("def f(x):\n    return f.n\nf.n = 1\ndef run(x):\n    return f(x)\n", "= 1", "= 2"),
    "the order in which a generator is used": (
        "import numpy as np\nr = np.random.default_rng(1)\ndef draw(r, n):\n    return r.normal(size=n)\nA = draw(r, 2)\n"
        "B = draw(r, 3)\ndef run(x):\n    return A\n", "A = draw(r, 2)\nB = draw(r, 3)\n", "B = draw(r, 3)\nA = draw(r, 2)\n",
    ),
    "a registry filled by a decorator": (
        "R = {}\ndef register(f):\n    R[f.__name__] = f\n    return f\n@register\ndef f():\n    return 1\ndef run(x):\n    return R[x]()\n",
        "return 1", "return 2",
    ),
    "a field's type": (MODEL.format("int"), "n: int", "n: float"),
    "a field's default": (MODEL.format("int"), "= 1", "= 2"),
    "a field's default beside its description": (
        "from pydantic import BaseModel, Field\nclass C(BaseModel):\n    n: int = Field(1, description='a')\ndef run(x):\n    return C()\n",
        "Field(1", "Field(2",
    ),
    "the order of a record's fields": (
        "from typing import NamedTuple\nclass C(NamedTuple):\n    a: int\n    b: int\ndef run(x):\n    return C(1, 2)\n",
        "    a: int\n    b: int\n", "    b: int\n    a: int\n",
    ),
    "a record's field that is none": (
        "from dataclasses import dataclass\nfrom typing import ClassVar\n@dataclass\nclass C:\n    a: int = 1\ndef run(x):\n    return C()\n",
        "a: int", "a: ClassVar[int]",
    ),
    "an annotation that a decorator may read": (
        "from functools import singledispatch\n@singledispatch\ndef f(x):\n    return 1\n@f.register\ndef _(x: int):\n    return 2\n"
        "def run(x):\n    return f(x)\n", "x: int", "x: str",
    ),
    "a name that shadows in one place only": (
        "def x():\n    return 1\ndef run(y):\n    return [x for x in y], x()\n", "return 1", "return 2",
    ),
    "the first iterable of a comprehension": ("y = (1,)\ndef run(x):\n    return [y for y in y]\n", "(1,)", "(2,)"),
    "a class's name read as the module's": (
        "n = 1\nclass C:\n    m = n\n    n = 3\n    def f(self):\n        return n\ndef run(x):\n    return C\n", "n = 1", "n = 2",
    ),
    "a variable of the module changed by a function": (
        "n = 1\ndef f():\n    global n\n    n = 2\ndef run(x):\n    f()\n    return n\n", "n = 2", "n = 3",
    ),
    "what is reached by its name": ("def f():\n    return 1\ndef run(x):\n    return globals()[x]()\n", "return 1", "return 2"),
    "which of two equal constants is meant": ("A = {}\nB = {}\ndef run(x):\n    return x is A\n", "is A", "is B"),
    "a swap of two helpers": (
        "def a(x):\n    return x + 1\ndef b(x):\n    return x * 2\ndef run(x):\n    return a(b(x))\n", "a(b(x))", "b(a(x))",
    ),
    "a text that an error and more repeat": (
        "def run(x):\n    t = 'a'\n    if x:\n        raise ValueError(f'{t}')\n    return t\n", "'a'", "'b'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_of_one_module(tmp_path: Path, name: str) -> None:
    text, old, new = ALONE[name]
    changed = text[: -len(old) + 1] + new if old.endswith("$") else text.replace(old, new)
    assert changed != text
    assert digest(tmp_path, text) != digest(tmp_path, changed)


SEVERAL = {
    "a helper three modules away": (
        {"tasks/main.py": MAIN, "tasks/a.py": "from tasks.b import g\ndef f(x):\n    return g(x)\n",
         "tasks/b.py": "from storage.c import N\ndef g(x):\n    return N\n", "storage/c.py": "N = 1\n"},
        "storage/c.py", "N = 2\n",
    ),
    "a helper imported in a function": (
        {"tasks/main.py": "def run(x):\n    from tasks.a import f\n    return f(x)\n", "tasks/a.py": "def f(x):\n    return 1\n"},
        "tasks/a.py", "def f(x):\n    return 2\n",
    ),
    "an attribute of a module": (
        {"tasks/main.py": "import tasks.a.b\ndef run(x):\n    return tasks.a.b.N\n", "tasks/a/b.py": "N = 1\n"},
        "tasks/a/b.py", "N = 2\n",
    ),
    "a module handed over": (
        {"tasks/main.py": "from tasks import a\ndef run(x):\n    return getattr(a, x)\n", "tasks/a.py": "N = 1\n"},
        "tasks/a.py", "N = 2\n",
    ),
    "an attribute that only __getattr__ gives": (
        {"tasks/main.py": "from tasks import a\ndef run(x):\n    return a.absent\n",
         "tasks/a.py": "def __getattr__(name):\n    return 1\n"},
        "tasks/a.py", "def __getattr__(name):\n    return 2\n",
    ),
    "through a star": (
        {"tasks/main.py": "from tasks.a import *\ndef run(x):\n    return f(x)\n", "tasks/a.py": "from tasks.b import *\n",
         "tasks/b.py": "def f(x):\n    return 1\n"},
        "tasks/b.py", "def f(x):\n    return 2\n",
    ),
    "a star that hides a name of the module": (
        {"tasks/main.py": "N = 0\nfrom tasks.a import *\ndef run(x):\n    return N\n", "tasks/a.py": "N = 1\n"},
        "tasks/a.py", "N = 2\n",
    ),
    "through a package, renamed": (
        {"tasks/main.py": "from tasks.p import g\ndef run(x):\n    return g(x)\n", "tasks/p/__init__.py": "from .q import f as g\n",
         "tasks/p/q.py": "def f(x):\n    return 1\n"},
        "tasks/p/q.py", "def f(x):\n    return 2\n",
    ),
    "which of two modules is meant": (
        {"tasks/main.py": MAIN, "tasks/a.py": "def f(x):\n    return 1\n", "tasks/b.py": "def f(x):\n    return 2\n"},
        "tasks/main.py", MAIN.replace("tasks.a", "tasks.b"),
    ),
    "a module that runs as a program": (
        {"tasks/main.py": "def run(x):\n    return ['-m', 'tasks.a']\n", "tasks/a.py": "if __name__ == '__main__':\n    print(1)\n"},
        "tasks/a.py", "if __name__ == '__main__':\n    print(2)\n",
    ),
    "a class that a root is given": (
        {"tasks/main.py": "from tasks.a import C\ndef run(x: 'C | None'):\n    return x.make()\n",
         "tasks/a.py": "class C:\n    def make(self):\n        return 1\n"},
        "tasks/a.py", "class C:\n    def make(self):\n        return 2\n",
    ),
    "the base of a class that a root is given": (
        {"tasks/main.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tasks.a import C\ndef run(x: C):\n    return x.make()\n",
         "tasks/a.py": "from tasks.b import B\nclass C(B):\n    pass\n", "tasks/b.py": "class B:\n    def make(self):\n        return 1\n"},
        "tasks/b.py", "class B:\n    def make(self):\n        return 2\n",
    ),
    "a model's base in another module": (
        {"tasks/main.py": "from tasks.a import B\nclass C(B):\n    n: int = 1\ndef run(x):\n    return C()\n",
         "tasks/a.py": "class B:\n    pass\n"},
        "tasks/a.py", "import pydantic\nclass B(pydantic.BaseModel):\n    pass\n",
    ),
    "a library set up at import": (
        {"tasks/main.py": MAIN, "tasks/a.py": "import tasks.b\ndef f(x):\n    return 1\n", "tasks/b.py": "import zarr\nzarr.config.set(1)\n"},
        "tasks/b.py", "import zarr\nzarr.config.set(2)\n",
    ),
    "a library set up by a package around": (
        {"tasks/main.py": "from tasks.p.a import N\ndef run(x):\n    return N\n", "tasks/p/__init__.py": "import os\nos.environ['A'] = '1'\n",
         "tasks/p/a.py": "N = 1\n"},
        "tasks/p/__init__.py", "import os\nos.environ['A'] = '2'\n",
    ),
    "a registry filled by another module": (
        {"tasks/main.py": "import tasks.b\nfrom tasks.a import R\ndef run(x):\n    return R\n", "tasks/a.py": "R = []\n",
         "tasks/b.py": "from tasks.a import R\nR.append(1)\n"},
        "tasks/b.py", "from tasks.a import R\nR.append(2)\n",
    ),
    "a registry filled by another module's decorator": (
        {"tasks/main.py": "import tasks.b\nfrom tasks.a import R\ndef run(x):\n    return R\n",
         "tasks/a.py": "R = {}\ndef register(f):\n    R[f.__name__] = f\n    return f\n",
         "tasks/b.py": "from tasks.a import register\n@register\ndef g():\n    return 1\n"},
        "tasks/b.py", "from tasks.a import register\n@register\ndef g():\n    return 2\n",
    ),
    "a registry filled by another module's class": (
        {"tasks/main.py": "import tasks.b\nfrom tasks.a import B\ndef run(x):\n    return B.every\n",
         "tasks/a.py": "class B:\n    every = []\n    def __init_subclass__(cls):\n        B.every.append(cls)\n",
         "tasks/b.py": "from tasks.a import B\nclass C(B):\n    k = 1\n"},
        "tasks/b.py", "from tasks.a import B\nclass C(B):\n    k = 2\n",
    ),
    "a registry filled by an assigned call": (
        {"tasks/main.py": "import tasks.b\nfrom tasks.a import R\ndef run(x):\n    return R\n",
         "tasks/a.py": "R = []\ndef add(x):\n    R.append(x)\n    return x\n", "tasks/b.py": "from tasks.a import add\nN = add(1)\n"},
        "tasks/b.py", "from tasks.a import add\nN = add(2)\n",
    ),
    "a function replaced by another module": (
        {"tasks/main.py": "import tasks.b\nfrom tasks import a\ndef run(x):\n    return a.f()\n", "tasks/a.py": "def f():\n    return 0\n",
         "tasks/b.py": "import tasks.a\ntasks.a.f = lambda: 1\n"},
        "tasks/b.py", "import tasks.a\ntasks.a.f = lambda: 2\n",
    ),
    "a function replaced in a class": (
        {"tasks/main.py": "import tasks.b\nfrom tasks.a import C\ndef run(x):\n    return C().f()\n",
         "tasks/a.py": "class C:\n    def f(self):\n        return 0\n",
         "tasks/b.py": "from tasks.a import C\ndef f(self):\n    return 1\nsetattr(C, 'f', f)\n"},
        "tasks/b.py", "from tasks.a import C\ndef f(self):\n    return 2\nsetattr(C, 'f', f)\n",
    ),
    "a constant made by a function that changes things": (
        {"tasks/main.py": "import tasks.b\ndef run(x):\n    return x\n", "tasks/b.py": "import os\ndef f(n):\n    os.nice(n)\n    return n\nN = f(1)\n"},
        "tasks/b.py", "import os\ndef f(n):\n    os.nice(n)\n    return n\nN = f(2)\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
def test_of_several_modules(tmp_path: Path, name: str) -> None:
    files, path, text = SEVERAL[name]
    assert files[path] != text
    assert digest(tmp_path, files) != digest(tmp_path, {**files, path: text})
