import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray
import zarr

from storage.arrays import (
    create_array,
    finish,
    open_complete,
    open_for_writing,
    read_array,
    read_rows,
    rows_per_chunk,
    write_array,
)


def make(path: Path) -> None:
    group = open_for_writing(path)
    array = create_array(group, "z", (10, 3), np.float32, ["image", "component"], chunks=(4, 3))
    array[...] = np.arange(30, dtype=np.float32).reshape(10, 3)
    write_array(group, "name", np.array([f"{i}.jpg" for i in range(10)]), ["image"])
    finish(path)


def test_xarray_opens_it_with_labels_and_without_warnings(tmp_path: Path) -> None:
    make(tmp_path / "a.zarr")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = xarray.open_zarr(tmp_path / "a.zarr").load()
    assert data.z.dims == ("image", "component")
    assert data.name[3] == "3.jpg"


def test_a_missing_chunk_is_named_and_not_read_as_zeros(tmp_path: Path) -> None:
    make(tmp_path / "a.zarr")
    (tmp_path / "a.zarr" / "z" / "c" / "1" / "0").unlink()
    with pytest.raises(ValueError, match="z lacks 1 of 3 chunks"):
        open_complete(tmp_path / "a.zarr")


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    make(tmp_path / "a.zarr")
    chunk = tmp_path / "a.zarr" / "z" / "c" / "2" / "0"
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(ValueError, match="checksum"):
        read_array(open_complete(tmp_path / "a.zarr"), "z")


def test_chunks_of_zeros_are_written(tmp_path: Path) -> None:
    group = open_for_writing(tmp_path / "a.zarr")
    write_array(group, "zero", np.zeros((5, 2)), ["image", "component"])
    assert read_array(open_complete(tmp_path / "a.zarr"), "zero").sum() == 0


def test_chunks_of_zeros_are_written_to_an_array_opened_again(tmp_path: Path) -> None:
    create_array(open_for_writing(tmp_path / "a.zarr"), "z", (4, 3), np.float32, ["image", "component"], (2, 3))
    again = open_for_writing(tmp_path / "a.zarr")["z"]
    again[:] = 0  # type: ignore[index]
    assert read_array(open_complete(tmp_path / "a.zarr"), "z").shape == (4, 3)


def test_another_shape_is_refused_and_an_absent_array_named(tmp_path: Path) -> None:
    make(tmp_path / "a.zarr")
    with pytest.raises(ValueError, match="a different shape"):
        create_array(open_for_writing(tmp_path / "a.zarr"), "z", (11, 3), np.float32, ["image", "component"])
    with pytest.raises(KeyError, match="no array 'w'"):
        read_array(open_complete(tmp_path / "a.zarr"), "w")


def test_two_dimensions_of_one_name_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    group = open_for_writing(tmp_path / "a.zarr")
    with pytest.raises(ValueError, match=r"covariance: two dimensions share a name in \('component', 'component'\)"):
        write_array(group, "covariance", np.eye(3), ("component", "component"))
    assert list(group.array_keys()) == []


def test_rows_per_chunk() -> None:
    assert rows_per_chunk(1024, 10**6) == 4096
    assert rows_per_chunk(1024, 100) == 100
    assert rows_per_chunk(10**9, 100) == 1


def test_rows_come_in_the_order_asked_for(tmp_path: Path) -> None:
    make(tmp_path / "a.zarr")
    z = open_complete(tmp_path / "a.zarr")["z"]
    whole = np.arange(30, dtype=np.float32).reshape(10, 3)
    for rows in ([], [9], [7, 0, 0, 5, 9, 4]):
        np.testing.assert_array_equal(read_rows(z, rows), whole[np.array(rows, int)])  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "packed"), [("uint8", False), ("float32", False), ("float64", True), ("int8", True)])
def test_points_and_pixels_alone_are_kept_as_they_are(tmp_path: Path, kind: str, packed: bool) -> None:
    group = open_for_writing(tmp_path / "a.zarr")
    write_array(group, "a", np.zeros((1000, 1000), kind), ("y", "x"))
    array = group["a"]
    assert isinstance(array, zarr.Array)
    assert (array.nbytes_stored() < array.nbytes / 2) == packed
