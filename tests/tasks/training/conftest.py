import numpy as np
import pytest
import torch

from storage.arrays import create_array, finish, open_for_writing, write_array


def soft_blobs(count, size, seed):
    """Images (count, size, size, 3) uint8 of one soft blob each: six numbers decide position, width and colour."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    centre_y, centre_x = random.uniform(0.3, 0.7, (2, count, 1, 1))
    width = random.uniform(0.1, 0.3, (count, 1, 1))
    blob = np.exp(-((y - centre_y) ** 2 + (x - centre_x) ** 2) / (2 * width**2))
    colour = random.uniform(0.2, 1, (count, 1, 1, 3))
    return (255 * blob[..., None] * colour).round().astype(np.uint8)


def write_dataset(folder, images, partition, chunk_rows=50):
    group = open_for_writing(folder / "images.zarr")
    names = ("image", "y", "x", "channel")
    create_array(group, "image", images.shape, np.uint8, names, (chunk_rows, *images.shape[1:]))[...] = images
    write_array(group, "partition", np.asarray(partition, np.int8), ("image",))
    write_array(group, "name", [f"{index:06}.png" for index in range(len(images))], ("image",))
    finish(folder / "images.zarr")
    return folder


@pytest.fixture(scope="session")
def blobs(tmp_path_factory):
    """A data set of 160 images of 32×32 pixels, partitions mixed, in chunks of 50."""
    partition = np.random.default_rng(1).choice([0, 0, 0, 1, 2], 160)
    return write_dataset(tmp_path_factory.mktemp("blobs"), soft_blobs(160, 32, 0), partition)


@pytest.fixture(autouse=True)
def one_thread():
    """Networks this small gain nothing from threads, which wait for each other where cores are busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
