"""What is known of names from outside this project: which only describe, and which change nothing but their result."""

from __future__ import annotations

import builtins

DESCRIPTION = {
    "pydantic.Field": frozenset({
        "title", "description", "examples", "deprecated", "gt", "ge", "lt", "le", "multiple_of", "min_length",
        "max_length", "pattern", "allow_inf_nan", "max_digits", "decimal_places",
    }),
    "pydantic.create_model": frozenset({"__doc__"}),
}  # fmt: skip
"""Arguments that describe a field or bound its values: a value counts as a setting, wherever it may come from."""

LOG_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
LOGGERS = ("logging", "warnings")
LOGGER_MAKER = "logging.getLogger"
EXCEPTION_ENDINGS = ("Error", "Exception", "Failure", "Warning", "Exit", "Interrupt")
HARMLESS = frozenset({
    "len", "str", "repr", "int", "float", "bool", "round", "sorted", "min", "max", "sum", "abs", "list", "tuple", "set",
    "dict", "type", "range",
})  # fmt: skip
"""Builtin functions that may be left away with the text for which they were called."""

PLAIN_BASES = (
    "builtins.", "abc.", "typing.", "enum.", "torch.", "logging.", "threading.", "contextlib.", "collections.abc.",
)  # fmt: skip
PLAIN_DECORATORS = (
    "builtins.staticmethod", "builtins.classmethod", "builtins.property", "dataclasses.dataclass", "typing.",
    "functools.", "contextlib.", "abc.", "torch.no_grad", "torch.inference_mode", "pydantic.field_validator",
    "pydantic.model_validator",
)  # fmt: skip
"""Beginnings of names of bases and decorators that do not look at annotations, or not at what they say."""

PURE = (
    "abc.", "array.", "bisect.", "collections.", "contextlib.", "copy.", "dataclasses.", "datetime.", "decimal.",
    "difflib.", "enum.", "errno.", "fractions.", "functools.", "hashlib.", "heapq.", "importlib.import_module",
    "importlib.metadata.", "inspect.", "itertools.", "json.dumps", "json.loads", "logging.getLogger", "math.",
    "matplotlib.colors.", "numbers.", "numpy.", "operator.", "pathlib.", "pkgutil.", "pydantic.", "re.", "statistics.",
    "string.", "struct.", "textwrap.", "threading.Lock", "threading.RLock", "torch.no_grad", "torch.inference_mode",
    "types.", "typing.", "zoneinfo.",
)  # fmt: skip
IMPURE = (
    "numpy.copyto", "numpy.fill_diagonal", "numpy.place", "numpy.put", "numpy.random.rand", "numpy.random.seed",
    "numpy.random.set_state", "numpy.random.shuffle", "numpy.set", "pathlib.Path.touch", "pathlib.Path.unlink",
    "pathlib.Path.write",
)  # fmt: skip
"""Beginnings of names that, called, do nothing but return; and of those among them that do more."""

NOISY_BUILTINS = frozenset({
    "setattr", "delattr", "exec", "eval", "compile", "input", "__import__", "globals", "locals", "vars",
})  # fmt: skip
IMPURE_BUILTINS = NOISY_BUILTINS | {"open", "print", "next"}
"""Builtin functions that may change what others see, wherever they are called, and while a module is imported."""

INTROSPECTION = frozenset({
    "__name__", "__file__", "__path__", "__spec__", "__package__", "globals", "locals", "eval", "exec",
})  # fmt: skip
"""Names by which code reaches all of the module in which it stands."""

IMMUTABLE = (
    "re.compile", "typing.TypeVar", "typing.ParamSpec", "typing.NewType", "logging.getLogger", "threading.Lock",
    "threading.RLock", "pathlib.Path", "numpy.dtype", "datetime.", "struct.Struct", "math.",
)  # fmt: skip
IMMUTABLE_BUILTINS = frozenset({
    "frozenset", "int", "float", "complex", "str", "bytes", "bool", "len", "min", "max", "round", "sum", "abs", "range",
})  # fmt: skip
LASTING_DECORATORS = (
    "functools.cache", "functools.lru_cache", "functools.wraps", "contextlib.", "typing.", "torch.no_grad",
    "torch.inference_mode",
)  # fmt: skip
"""What makes a value that nobody changes, and what leaves a function one."""

READING = frozenset({
    "all", "any", "as_posix", "astype", "copy", "count", "decode", "deleter", "difference", "encode", "endswith",
    "findall", "format", "fullmatch", "get", "getter", "groups", "index", "intersection", "isdigit", "isdisjoint",
    "issubset", "issuperset", "item", "items", "join", "joinpath", "keys", "lower", "match", "max", "mean", "min",
    "partition", "removeprefix", "removesuffix", "replace", "reshape", "resolve", "rpartition", "rsplit", "rstrip",
    "search", "setter", "split", "startswith", "std", "strip", "sub", "sum", "title", "tolist", "transpose", "union",
    "upper", "values", "with_name", "with_suffix",
})  # fmt: skip
"""Methods that leave their object as it is."""

BUILTINS = frozenset(dir(builtins))


def begins(name: str | None, beginnings: tuple[str, ...]) -> bool:
    """Whether ``name`` is one of ``beginnings``, or goes on after one."""
    return name is not None and name.startswith(beginnings)
