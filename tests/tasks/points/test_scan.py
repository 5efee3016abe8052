"""What can be read as points, and what is refused with the file or field and the way out."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray

from tasks.ingestion.partition import TEST, TRAIN, VALIDATION
from tasks.points.config import ReadConfig
from tasks.points.opening import open_source
from tasks.points.scan import beside, scan
from tasks.stage.errors import InputError

ROWS, COMPONENTS = 300, 5
Z: NDArray[np.float32] = np.random.default_rng(0).standard_normal((ROWS, COMPONENTS)).astype(np.float32)


def refused(path: Path, **settings: str) -> str:
    with pytest.raises(InputError) as caught:
        scan(path, ReadConfig.model_validate(settings))
    assert str(path) in str(caught.value) or settings
    assert "\n" not in str(caught.value)
    return str(caught.value)


def npy(folder: Path, z: NDArray[np.generic]) -> Path:
    np.save(folder / "z.npy", z)
    return folder / "z.npy"


def test_the_same_values_have_the_same_digest_in_whatever_form(tmp_path: Path) -> None:
    forms: list[Callable[[], NDArray[np.generic]]] = [
        lambda: Z,
        lambda: Z.astype(np.float64),
        lambda: np.asfortranarray(Z),
        lambda: Z.astype(">f8"),
        lambda: Z.reshape(ROWS, 1, COMPONENTS),
    ]
    found = [scan(npy(tmp_path, form()), ReadConfig()) for form in forms]
    np.savez(tmp_path / "z.npz", z=Z, other=np.arange(ROWS))
    found.append(scan(tmp_path / "z.npz", ReadConfig()))
    zarr.open_group(tmp_path / "z.zarr", mode="w").create_array("z", data=Z, chunks=(100, COMPONENTS))
    found.append(scan(tmp_path / "z.zarr", ReadConfig()))
    np.savetxt(tmp_path / "z.csv", Z, delimiter=",", fmt="%.9g", header="a,b,c,d,e", comments="")
    found.append(scan(tmp_path / "z.csv", ReadConfig()))
    assert {(one.rows, one.components) for one in found} == {(ROWS, COMPONENTS)}
    assert len({one.digest for one in found}) == 1


def test_half_precision_is_read_as_it_is(tmp_path: Path) -> None:
    half = Z.astype(np.float16)
    assert (
        scan(npy(tmp_path, half), ReadConfig()).digest
        == scan(npy(tmp_path, half.astype(np.float32)), ReadConfig()).digest
    )


def test_another_split_name_or_label_is_another_digest(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "z.npz",
        z=Z,
        split=np.repeat([0, 1, 2], 100),
        name=np.array([f"p{row}" for row in range(ROWS)]),
        kind=np.arange(ROWS) % 3,
    )
    settings: list[dict[str, str]] = [{}, {"split": "split"}, {"names": "name"}, {"labels": "kind"}]
    found = [scan(tmp_path / "z.npz", ReadConfig.model_validate(one)).digest for one in settings]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["train", "Validation", "test"], [TRAIN, VALIDATION, TEST]),
        ([0, 1, 2], [TRAIN, VALIDATION, TEST]),
        ([0.0, 1.0, 2.0], [TRAIN, VALIDATION, TEST]),
    ],
)
def test_the_split_in_several_words(tmp_path: Path, values: list[object], expected: list[int]) -> None:
    np.savez(tmp_path / "z.npz", z=Z, split=np.repeat(np.array(values), 100))
    config = ReadConfig(split="split")
    found = beside(open_source(tmp_path / "z.npz", config), config)
    assert found.partition.tolist() == np.repeat(expected, 100).tolist()


def test_a_seeded_split_depends_on_names_alone(tmp_path: Path) -> None:
    names = np.array([f"p{row}" for row in range(ROWS)])
    for file, order in (("a", slice(None)), ("b", slice(None, None, -1))):
        np.savez(tmp_path / f"{file}.npz", z=Z[order], name=names[order])
    config = ReadConfig(names="name")
    first, second = (beside(open_source(tmp_path / f"{file}.npz", config), config).partition for file in "ab")
    assert np.array_equal(first, second[::-1])
    assert 0.1 < np.mean(first != TRAIN) < 0.3


def test_values_may_come_in_files_of_their_own(tmp_path: Path) -> None:
    split = tmp_path / "split.txt"
    split.write_text("split\n" + "train\n" * 200 + "test\n" * 100, encoding="utf-8")
    np.save(tmp_path / "names.npy", np.array([f"p{row}" for row in range(ROWS)]))
    config = ReadConfig(split=str(split), names=str(tmp_path / "names.npy"))
    found = beside(open_source(npy(tmp_path, Z), config), config)
    assert (found.partition == TEST).sum() == 100
    assert found.names is not None
    assert found.names[-1] == "p299"
    split.write_text("train\n" * 200, encoding="utf-8")
    assert "200 values, but there are 300 points" in refused(tmp_path / "z.npy", split=str(split))
    assert "no such field" in refused(tmp_path / "z.npy", split="nothing")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "run",)  # type: ignore[return-value]

    path = tmp_path / "z.npy"
    path.write_bytes(pickle.dumps(Bomb()))
    assert "pickle, which is never loaded" in refused(path)
    np.save(path, np.array([Bomb()] * ROWS, object), allow_pickle=True)
    assert "Python objects, which are never unpickled" in refused(path)
    np.savez(tmp_path / "z.npz", z=np.array([Bomb()] * ROWS, object))
    assert "Python objects" in refused(tmp_path / "z.npz")
    assert not (tmp_path / "run").exists()


def test_damaged_files_and_other_files(tmp_path: Path) -> None:
    path = npy(tmp_path, Z)
    path.write_bytes(path.read_bytes()[:2000])
    assert "damaged or cut short" in refused(path)
    path.write_bytes(b"hello")
    assert "no .npy file" in refused(path)
    path.write_bytes(b"")
    assert "empty" in refused(path)
    assert "does not exist" in refused(tmp_path / "none.npy")
    (tmp_path / "z.pt").write_bytes(b"x")
    assert "must end in one of .npy" in refused(tmp_path / "z.pt")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (Z[:, 0], "z.reshape(-1, 1)"),
        (Z + 1j, "complex"),
        (np.where(np.arange(ROWS)[:, None] == 7, np.nan, Z), "row 7, counted from 0, holds nan"),
        (np.where(np.arange(ROWS)[:, None] == 7, 1e300, Z.astype(np.float64)), "row 7, counted from 0, holds 1e+300"),
        (np.column_stack([np.arange(ROWS), Z]), "component 0 counts the rows"),
        (np.ones((ROWS, 3)), "all 300 points are the same"),
        (Z.astype(np.float64) + 1e9, "subtract its mean"),
        (Z[:12], "at least 10 of each are needed"),
    ],
)
def test_points_that_cannot_be_used(tmp_path: Path, values: NDArray[np.generic], words: str) -> None:
    assert words in refused(npy(tmp_path, values))


def test_a_missing_chunk_would_read_as_zeros(tmp_path: Path) -> None:
    zarr.open_group(tmp_path / "z.zarr", mode="w").create_array("z", data=Z, chunks=(100, COMPONENTS))
    (tmp_path / "z.zarr" / "z" / "c" / "1" / "0").unlink()
    assert "lacks 1 of 3 chunks" in refused(tmp_path / "z.zarr")


def test_one_of_several_arrays_is_chosen_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "z.npz", a=Z, b=Z[:, :2])
    assert "a (300 × 5), b (300 × 2); choose one with --field" in refused(tmp_path / "z.npz")
    assert scan(tmp_path / "z.npz", ReadConfig(field="b")).components == 2


def text(folder: Path, heading: str, rows: list[list[object]]) -> Path:
    path = folder / "z.csv"
    lines = [heading, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(line for line in lines if line is not None) + "\n", encoding="utf-8")
    return path


def test_tables_never_make_an_index_a_component(tmp_path: Path) -> None:
    fractions: list[list[object]] = [[f"{value:.6f}" for value in row] for row in Z[:, :2]]
    numbered = [[row, *values] for row, values in enumerate(fractions)]
    assert "is an index, which would become a component" in refused(text(tmp_path, ",a,b", numbered))
    assert "cell holds whole numbers" in refused(text(tmp_path, "cell,a,b", numbered))
    path = text(tmp_path, "cell,a,b", numbered)
    assert scan(path, ReadConfig(names="cell")).components == 2
    assert scan(path, ReadConfig(columns=("b",))).components == 1
    named = text(tmp_path, ",a,b", [[f"p{row}", *values] for row, values in enumerate(fractions)])
    found = beside(open_source(named, ReadConfig()), ReadConfig())
    assert found.names is not None
    assert found.names[:2] == ["p0", "p1"]


def test_an_empty_cell_is_no_row_to_leave_out(tmp_path: Path) -> None:
    rows: list[list[object]] = [[f"{value:.6f}" for value in row] for row in Z[:, :2]]
    rows[4][1] = ""
    assert "no row is left out silently" in refused(text(tmp_path, "a,b", rows))


def test_parquet(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    expected = scan(npy(tmp_path, Z), ReadConfig()).digest
    path = tmp_path / "z.parquet"

    def written(**columns: object) -> Path:
        pq.write_table(pa.table(columns), path)
        return path

    columns = {f"z{place}": Z[:, place] for place in range(COMPONENTS)}
    assert scan(written(**columns), ReadConfig()).digest == expected
    assert scan(written(z=pa.array(list(Z)), other=["x"] * ROWS), ReadConfig()).digest == expected
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(Z.ravel()), COMPONENTS)
    assert scan(written(z=fixed), ReadConfig()).digest == expected
    assert "cell holds whole numbers" in refused(written(**columns, cell=np.arange(ROWS) % 4))
    assert "z0 has no value in row 0" in refused(written(z0=pa.array([None, *Z[1:, 0].tolist()], pa.float32())))
    rows: list[list[float | None] | None] = [list(map(float, row)) for row in Z]
    rows[3] = None
    assert "z has no value in row 3" in refused(written(z=pa.array(rows, pa.list_(pa.float64(), COMPONENTS))))
    rows[3] = [1.0, None, 2.0, 3.0, 4.0]
    assert "z has no value in row 3" in refused(written(z=pa.array(rows)))
    rows[3] = [1.0]
    assert "1 values in row 3, but 5 in the first" in refused(written(z=pa.array(rows)))
    about = {"index_columns": ["row"]}
    table = pa.table({"row": np.linspace(0, 1, ROWS), **columns})
    pq.write_table(table.replace_schema_metadata({"pandas": json.dumps(about)}), path)
    assert "the column row is an index" in refused(path)


def test_anndata_by_h5py_alone(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "cells.h5ad"
    with h5py.File(path, "w") as file:
        file["X"] = np.zeros((ROWS, 50))
        file["obsm/X_scVI"] = Z
        file["obs/_index"] = np.array([f"cell{row}" for row in range(ROWS)], dtype="S")
        file["obs"].attrs["_index"] = "_index"
        file["obs/kind/codes"] = np.arange(ROWS) % 2
        file["obs/kind/categories"] = np.array(["b cell", "t cell"], dtype="S")
    config = ReadConfig(labels="kind")
    found = beside(open_source(path, config), config)
    assert found.categories == ("b cell", "t cell")
    assert found.names is not None
    assert found.names[0] == "cell0"
    assert scan(path, config).components == COMPONENTS
    with h5py.File(path, "a") as file:
        file["obsm/X_umap"] = Z[:, :2]
        file.create_group("obsm/table")["a"] = Z[:, 0]
    assert "obsm/X_scVI (300 × 5), obsm/X_umap (300 × 2)" in refused(path)
    assert scan(path, ReadConfig(field="X_umap")).components == 2
    assert "a table or a sparse matrix" in refused(path, field="obsm/table")
