"""What is known of names from outside this project: which only describe, and which change nothing but their result."""

from __future__ import annotations

import builtins

DESCRIPTION = {
    "pydantic.Field": frozenset(
        "title description examples deprecated gt ge lt le multiple_of min_length max_length pattern allow_inf_nan "
        "max_digits decimal_places".split()
    ),
    "pydantic.create_model": frozenset({"__doc__"}),
}
"""Arguments that describe a field or bound its values: a value counts as a setting, wherever it may come from."""

LOG_METHODS = frozenset("debug info warning warn error exception critical log".split())
LOGGERS = ("logging", "warnings")
LOGGER_MAKER = "logging.getLogger"

RECORDS = ("dataclasses.dataclass",)
"""Decorators of classes whose fields' annotations say no more than that there is a field."""

PLAIN_BASES = ("abc.", "typing.", "enum.", "torch.", "logging.", "threading.", "contextlib.", "collections.abc.")
PLAIN_DECORATORS = (
    *RECORDS, "typing.", "functools.", "contextlib.", "abc.", "torch.no_grad", "torch.inference_mode",
    "pydantic.field_validator", "pydantic.model_validator",
)  # fmt: skip
"""Beginnings of names of bases and decorators that do not look at annotations."""

PURE = (
    "abc.", "array.", "bisect.", "collections.", "contextlib.", "copy.", "dataclasses.", "datetime.", "decimal.",
    "difflib.", "enum.", "errno.", "fractions.", "functools.", "hashlib.", "heapq.", "importlib.import_module",
    "importlib.metadata.", "inspect.", "itertools.", "json.dumps", "json.loads", "logging.getLogger", "math.", "matplotlib.colors.", "numbers.",
    "numpy.", "operator.", "pathlib.", "pkgutil.", "pydantic.", "re.", "statistics.", "string.", "struct.", "textwrap.",
    "threading.Lock", "threading.RLock", "torch.no_grad", "torch.inference_mode", "types.", "typing.", "zoneinfo.",
)  # fmt: skip
"""Beginnings of names of functions and classes that, called while a module is imported, do nothing but return."""

IMPURE = (
    "numpy.copyto", "numpy.fill_diagonal", "numpy.place", "numpy.put", "numpy.random.mtrand", "numpy.random.rand",
    "numpy.random.seed", "numpy.random.set_state", "numpy.random.shuffle", "numpy.set", "pathlib.Path.touch",
    "pathlib.Path.unlink", "pathlib.Path.write", "random.", "statistics.NormalDist.samples", "types.SimpleNamespace",
)  # fmt: skip

NOISY_BUILTINS = frozenset("setattr delattr exec eval compile input __import__ globals locals vars".split())
IMPURE_BUILTINS = NOISY_BUILTINS | {"open", "print", "next"}
"""Builtin functions that may change what others see, wherever they are called, and while a module is imported."""

INTROSPECTION = frozenset(
    "__name__ __file__ __path__ __spec__ __package__ globals locals eval exec".split()
)
"""Names by which code reaches all of the module in which it stands."""

IMMUTABLE = (
    "re.compile", "typing.TypeVar", "typing.ParamSpec", "typing.NewType", "logging.getLogger", "threading.Lock",
    "threading.RLock", "pathlib.Path", "numpy.dtype", "datetime.", "struct.Struct", "math.",
)  # fmt: skip
LASTING_DECORATORS = (
    "functools.cache", "functools.lru_cache", "functools.wraps", "contextlib.", "typing.", "torch.no_grad",
    "torch.inference_mode",
)  # fmt: skip
IMMUTABLE_BUILTINS = frozenset("frozenset int float complex str bytes bool len min max round sum abs range".split())
"""What makes a value that nobody changes."""

READING = frozenset(
    "keys values items get index count copy astype mean std sum min max all any reshape ravel transpose dot format join "
    "split rsplit partition rpartition strip lstrip rstrip startswith endswith lower upper title replace removeprefix "
    "removesuffix encode decode isdigit isdisjoint issubset issuperset union intersection difference tolist item "
    "setter deleter getter as_posix with_suffix with_name resolve absolute joinpath groups match search fullmatch sub findall".split()
)
"""Methods that leave their object as it is."""

EXCEPTION_ENDINGS = ("Error", "Exception", "Failure", "Warning", "Exit", "Interrupt")
HARMLESS = frozenset("len str repr int float bool round sorted min max sum abs list tuple set dict type range".split())
"""Builtin functions that may be left away with the text for which they were called."""

BUILTINS = frozenset(dir(builtins))


def begins(name: str | None, beginnings: tuple[str, ...]) -> bool:
    """Whether ``name`` is one of ``beginnings``, or goes on after one."""
    return name is not None and name.startswith(beginnings)
