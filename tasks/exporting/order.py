"""Draws with attributes as arrays and lines of NumPy: the points of ``LinearNormal``, without this project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save as arrays_bytes

from storage.files import write_bytes, write_json
from tasks.sampling.conditioned import MOST, LinearNormal
from tasks.sampling.form import small
from tasks.sampling.labels import FEWEST

FILES = ("order.safetensors", "order.json")

DRAW = f"""a, names = load_arrays(here / "{FILES[0]}"), json.loads((here / "{FILES[1]}").read_text())["attributes"]
words, sign, asked = sys.argv[3:], {{"--with": 1, "--without": -1}}, {{}}
if len(words) % 2:
    sys.exit(f"{{words[-1]}}: give --with NAME or --without NAME")
for word, name in zip(words[::2], words[1::2]):
    if word not in sign:
        sys.exit(f"unknown option {{word}}; give --with NAME or --without NAME")
    if name not in names:
        sys.exit(f"unknown attribute {{name}}; choose from {{', '.join(names)}}")
    if asked.setdefault(name, sign[word]) != sign[word]:
        sys.exit(f"{{name}} is asked for both with and without; give one of them")
group = np.all([a["attribute"][:, names.index(name)] == value for name, value in asked.items()], axis=0)
if group.sum() < {FEWEST}:
    sys.exit(f"{{group.sum()}} training images match; {FEWEST} are needed: ask for fewer attributes")
group = np.flatnonzero(group)
group = group[:: -(-len(group) // {MOST})]
w, v, axes = a["w"][group].astype(float), a["value"][group].astype(float), a["axes"].astype(float)
expected = v @ a["slope"]
shift, v = (w - expected).mean(axis=0), v - v.mean(axis=0)
expected = expected + v @ np.linalg.solve(v.T @ v + len(v.T) * np.eye(len(v.T)), v.T @ (w - expected))
e = w - expected - shift
shift *= max(0, 1 - e.var(axis=0, ddof=1).sum() / len(e) / max(shift @ shift, 1e-300))  # James & Stein 1961
u = e @ (axes / np.square(axes).sum(axis=0))  # Ledoit & Wolf 2004
S = u.T @ u / len(u)
target = np.trace(S) / len(S) * np.eye(len(S))
far, noise = np.square(S - target).sum(), (np.square(u).T @ np.square(u) / len(u) - np.square(S)).sum() / len(u)
value, vector = np.linalg.eigh(S + min(noise, far) / max(far, 1e-300) * (target - S))
root = axes @ (vector * np.sqrt(np.maximum(value, 0))) @ vector.T
noise = rng.standard_normal((n, len(root.T))) @ root.T
z = a["mean"] + (expected[rng.integers(len(expected), size=n)] + shift + noise) @ a["colour"].T"""
"""The lines that set ``z`` (n, d); ``rng`` is a random generator, ``here`` the folder of the files."""


def write_order(linear: LinearNormal, out: Path) -> None:
    """Write what ``DRAW`` reads: ``order.safetensors`` with the training points, and the names of the attributes."""
    value, w = map(np.concatenate, zip(*linear.blocks(), strict=True))
    arrays = {
        "attribute": linear.labels.value,
        "value": small(value),
        "w": small(w),
        "slope": small(linear.slope),
        "axes": small(linear.axes),
        "mean": small(linear.points.mean),
        "colour": small(linear.points.axes),
    }
    write_bytes(out / FILES[0], arrays_bytes({name: np.ascontiguousarray(array) for name, array in arrays.items()}))
    write_json(out / FILES[1], {"attributes": list(linear.labels.names)})
