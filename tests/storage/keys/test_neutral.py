"""What does not count: each pair computes the same and has the same digest."""

from pathlib import Path

import pytest

from tests.storage.keys.small import digest

PAIRS = {
    "a comment": ("def run(x):\n    return x + 1\n", "# why\ndef run(x):\n    return x + 1  # so\n"),
    "a docstring": ("def run(x):\n    return x + 1\n", '"""M."""\ndef run(x):\n    """R."""\n    return x + 1\n'),
    "a constant's docstring": ("N = 1\ndef run(x):\n    return x + N\n", 'N = 1\n"""One."""\ndef run(x):\n    return x + N\n'),
    "formatting": ("def run(x):\n    return [x, 'a']\n", 'def run(\n    x,\n):\n    return [\n        x, "a",\n    ]\n'),
    "annotations of a helper": (
        "def help(x):\n    return x\ndef run(x):\n    return help(x)\n",
        "from __future__ import annotations\nfrom typing import Any\ndef help(x: int, ) -> Any:\n    y: Any\n    return x\n"
        "def run(x) -> list[int]:\n    return help(x)\n",
    ),
    "annotations of variables": (
        "def run(x):\n    y = x\n    return y\nN = 1\n",
        "def run(x):\n    y: int = x\n    return y\nN: int = 1\n",
    ),
    "imports for type checkers": (
        "def run(x):\n    return x\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from numpy import ndarray\ndef run(x: 'ndarray'):\n    return x\n",
    ),
    "a branch for type checkers": (
        "def make():\n    return int\nKind = make()\ndef run(x):\n    return Kind(x)\n",
        "import typing\ndef make():\n    return int\nif typing.TYPE_CHECKING:\n    Kind = int\nelse:\n    Kind = make()\ndef run(x):\n"
        "    return Kind(x)\n",
    ),
    "a cast": (
        "def run(x):\n    return x.name\n",
        "from typing import cast\ndef run(x):\n    return cast('int', x).name\n",
    ),
    "the text of an error": (
        "def run(x):\n    if x:\n        raise ValueError('no')\n",
        "def run(x):\n    if x:\n        raise ValueError(f'{x!r} is not allowed: ' + 'leave it out') from None\n",
    ),
    "a text put together for an error": (
        "def run(x):\n    if x:\n        hint = 'a' if x else 'b'\n        raise ValueError(f'{hint}')\n    return 1\n",
        "def run(x):\n    if x:\n        word = f'{x}'\n        more = f', {word}'\n        raise ValueError(f'no{more}')\n    return 1\n",
    ),
    "the text of an error that is returned": (
        "def make(x):\n    return KeyError('no')\ndef run(x):\n    raise make(x)\n",
        "def make(x):\n    return KeyError(f'not {x}')\ndef run(x):\n    raise make(x)\n",
    ),
    "the message of an assertion": ("def run(x):\n    assert x\n", "def run(x):\n    assert x, f'no {x}'\n"),
    "a line to the log": (
        "def run(x):\n    return x\n",
        "import logging\nlog = logging.getLogger(__name__)\ndef run(x):\n    log.info('so %d of %s', x + 1, len(x))\n    return x\n",
    ),
    "a warning": ("def run(x):\n    return x\n", "import warnings\ndef run(x):\n    warnings.warn('old')\n    return x\n"),
    "the order of imports": (
        "import math\nimport cmath\ndef run(x):\n    return math.pi, cmath.pi\n",
        "import cmath\nimport math\ndef run(x):\n    return math.pi, cmath.pi\n",
    ),
    "how something from outside is imported": (
        "import numpy as np\ndef run(x):\n    return np.linalg.norm(x)\n",
        "def run(x):\n    from numpy import linalg as algebra\n    return algebra.norm(x)\n",
    ),
    "the order of definitions": (
        "def help(x):\n    return x\nN = 2\ndef run(x):\n    return help(x), N\n",
        "def run(x):\n    return help(x), N\nN = 2\ndef help(x):\n    return x\n",
    ),
    "an unused neighbour": (
        "def run(x):\n    return x\n",
        "import os\nT = {}\ndef other():\n    return os.getcwd()\nclass Other:\n    pass\ndef run(x):\n    return x\n",
    ),
    "a field's description and bounds": (
        "from pydantic import BaseModel, Field\nclass C(BaseModel):\n    n: int = Field(3)\ndef run(x):\n    return C(n=x)\n",
        "from pydantic import BaseModel, Field\nclass C(BaseModel):\n    n: int = Field(3, ge=1, description='so ' + 'many')\n"
        "def run(x):\n    return C(n=x)\n",
    ),
    "a description by way of a function": (
        "import pydantic\nclass B(pydantic.BaseModel):\n    pass\ndef own(*a, **k):\n    return pydantic.Field(*a, **k)\n"
        "class C(B):\n    n: int = own(3)\ndef run(x):\n    return C(n=x)\n",
        "import pydantic\nclass B(pydantic.BaseModel):\n    pass\ndef own(*a, **k):\n    return pydantic.Field(*a, **k)\n"
        "class C(B):\n    n: int = own(3, title='N', examples=[3], lt=9)\ndef run(x):\n    return C(n=x)\n",
    ),
    "a validator's message": (
        "from pydantic import BaseModel, field_validator\nclass C(BaseModel):\n    n: int = 1\n    @field_validator('n')\n"
        "    @classmethod\n    def _check(cls, n):\n        if n < 0:\n            raise ValueError('no')\n        return n\n"
        "def run(x):\n    return C(n=x)\n",
        "from pydantic import BaseModel, field_validator\nclass C(BaseModel):\n    n: int = 1\n    @field_validator('n')\n"
        "    @classmethod\n    def _check(cls, n: int) -> int:\n        if n < 0:\n            raise ValueError(f'{n} is negative')\n"
        "        return n\ndef run(x):\n    return C(n=x)\n",
    ),
    "the annotation of a record's field": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    n: int\n    m: int = 1\ndef run(x):\n    return C(x)\n",
        "from dataclasses import dataclass\nFloats = list\n@dataclass\nclass C:\n    '''C.'''\n    n: 'Floats'\n    '''N.'''\n"
        "    m: float = 1\ndef run(x):\n    return C(x)\n",
    ),
    "what only an annotation names": (
        "def run(x):\n    return [x]\n",
        "Epoch = dict\ndef run(x) -> list[Epoch]:\n    history: list[Epoch] = [x]\n    return [x]\n",
    ),
}  # fmt: skip

SAME = {name: pair for name, pair in PAIRS.items() if name not in ("a text put together for an error", "what only an annotation names")}


@pytest.mark.parametrize("name", SAME)
def test_same(tmp_path: Path, name: str) -> None:
    before, after = SAME[name]
    assert digest(tmp_path, before) == digest(tmp_path, after)


MOVED = {
    "a module elsewhere": (
        {"tasks/main.py": "from tasks.a.help import f\ndef run(x):\n    return f(x)\n", "tasks/a/help.py": "N = 2\ndef f(x):\n    return x * N\n"},
        {"tasks/main.py": "from storage.b import f\ndef run(x):\n    return f(x)\n", "storage/b.py": "N = 2\ndef f(x):\n    return x * N\n"},
    ),
    "imported as a module": (
        {"tasks/main.py": "from tasks.a import f\ndef run(x):\n    return f(x)\n", "tasks/a.py": "def f(x):\n    return x\n"},
        {"tasks/main.py": "import tasks.a\nfrom tasks import a as b\ndef run(x):\n    return b.f(x)\n", "tasks/a.py": "def f(x):\n    return x\n"},
    ),
    "by a relative import in a function": (
        {"tasks/main.py": "from tasks.a import f\ndef run(x):\n    return f(x)\n", "tasks/a.py": "def f(x):\n    return x\n"},
        {"tasks/main.py": "def run(x):\n    from .a import f as g\n    return g(x)\n", "tasks/a.py": "def f(x):\n    return x\n", "tasks/__init__.py": ""},
    ),
    "through a package": (
        {"tasks/main.py": "from tasks.a import f\ndef run(x):\n    return f(x)\n", "tasks/a.py": "def f(x):\n    return x\n"},
        {
            "tasks/main.py": "from tasks.p import f\ndef run(x):\n    return f(x)\n", "tasks/p/__init__.py": "from tasks.p.inner import f\n",
            "tasks/p/inner.py": "def f(x):\n    return x\n",
        },
    ),
    "by a star": (
        {"tasks/main.py": "from tasks.a import f\ndef run(x):\n    return f(len(x))\n", "tasks/a.py": "def f(x):\n    return x\n"},
        {"tasks/main.py": "from tasks.a import *\ndef run(x):\n    return f(len(x))\n", "tasks/a.py": "def f(x):\n    return x\n"},
    ),
    "a definition in another module": (
        {"tasks/main.py": "from tasks.a import f, g\ndef run(x):\n    return f(g(x))\n", "tasks/a.py": "def f(x):\n    return x\ndef g(x):\n    return f(x)\n"},
        {
            "tasks/main.py": "from tasks.b import g\nfrom tasks.a import f\ndef run(x):\n    return f(g(x))\n",
            "tasks/a.py": "def f(x):\n    return x\n", "tasks/b.py": "from tasks.a import f\ndef g(x):\n    return f(x)\n",
        },
    ),
    "a circle cut in two": (
        {"tasks/main.py": "def even(n):\n    return n == 0 or odd(n - 1)\ndef odd(n):\n    return n != 0 and even(n - 1)\ndef run(x):\n    return even(x)\n"},
        {
            "tasks/main.py": "from tasks.a import even\ndef odd(n):\n    return n != 0 and even(n - 1)\ndef run(x):\n    return even(x)\n",
            "tasks/a.py": "def even(n):\n    from tasks.main import odd\n    return n == 0 or odd(n - 1)\n",
        },
    ),
    "a module that runs as a program": (
        {"tasks/main.py": "PROGRAM = 'tasks.a'\ndef run(x):\n    return PROGRAM\n", "tasks/a.py": "def main():\n    print(1)\nif __name__ == '__main__':\n    main()\n"},
        {"tasks/main.py": "PROGRAM = 'tasks.b.c'\ndef run(x):\n    return PROGRAM\n", "tasks/b/c.py": "def main():\n    print(1)\nif __name__ == '__main__':\n    main()\n"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVED)
def test_moved(tmp_path: Path, name: str) -> None:
    before, after = MOVED[name]
    assert digest(tmp_path, before) == digest(tmp_path, after)


def test_the_text_put_together_for_an_error_does_not_count(tmp_path: Path) -> None:
    text = "def run(x):\n    hint = {}\n    more = f'{{hint}}, '\n    if x:\n        raise ValueError(f'no {{more}}')\n    return {}\n"
    assert digest(tmp_path, text.format("'a'", "1")) == digest(tmp_path, text.format("'b' if x else 'c'", "1"))
    assert digest(tmp_path, text.format("'a'", "more")) != digest(tmp_path, text.format("'b'", "more"))


def test_a_type_that_only_annotations_name_does_not_count(tmp_path: Path) -> None:
    text = "Epoch = {}\ndef run(x) -> list[Epoch]:\n    history: list[Epoch] = [x]\n    return history\n"
    assert digest(tmp_path, text.format("dict")) == digest(tmp_path, text.format("list"))
