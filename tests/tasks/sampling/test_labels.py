import numpy as np
import pytest

from storage.arrays import open_for_writing, write_array
from tasks.sampling.labels import Labels, asked_for, load_labels, load_split_labels
from tasks.stage.errors import InputError


@pytest.fixture
def labels() -> Labels:
    """100 points: half of them smile, every fourth is bald, 3 of them wear hats; of one nothing is known."""
    value = np.full((100, 3), -1, np.int8)
    value[:50, 0] = 1
    value[::4, 1] = 1
    value[[0, 1, 60], 2] = 1
    value[99] = 0
    return Labels(("Smiling", "Bald", "Wearing_Hat"), value)


def test_a_group_has_all_that_is_asked(labels):
    assert np.flatnonzero(labels.group({"Smiling": 1, "Bald": -1})).tolist() == [i for i in range(50) if i % 4]


def test_a_point_of_which_nothing_is_known_is_in_no_group(labels):
    assert not labels.group({"Smiling": -1})[99]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"smiling": 1},
            r"unknown attribute 'smiling'; did you mean Smiling\? The data set has Smiling, Bald, Wearing",
        ),
        ({"Beard": 1}, r"unknown attribute 'Beard'; The data set has"),
        ({"Smiling": 0}, r"attribute Smiling=0: give 1 for faces with it, -1 for faces without"),
        (
            {"Wearing_Hat": 1},
            r"^3 of 100 training points match: with Wearing_Hat; too few to learn from: 20 are needed; ask",
        ),
        (
            {"Smiling": 1, "Bald": 1},
            r"^13 of 100 training points match: with Smiling, with Bald; too few to learn from: 20 are needed; "
            r"with Smiling: 50; with Bald: 25; ask for fewer attributes$",
        ),
        ({}, "no attribute is asked for"),
    ],
)
def test_what_cannot_be_learned_is_refused(labels, asked, message):
    with pytest.raises(InputError, match=message):
        labels.group(asked)


def test_contradictions_are_refused():
    assert asked_for(["Smiling", "Smiling"], ["Bald"]) == {"Smiling": 1, "Bald": -1}
    with pytest.raises(InputError, match="Smiling is asked for both with and without"):
        asked_for(["Bald", "Smiling"], ["Smiling"])


def test_labels_are_those_of_the_training_images(tmp_path):
    group = open_for_writing(tmp_path / "images.zarr")
    write_array(group, "partition", np.array([0, 1, 0, 2], np.int8), ("image",))
    with pytest.raises(InputError, match="this data set has no attributes"):
        load_labels(tmp_path)
    write_array(group, "attribute", np.array([[1], [1], [-1], [0]], np.int8), ("image", "attribute"))
    write_array(group, "attribute_name", np.array(["Bald"]), ("attribute",))
    labels = load_labels(tmp_path)
    assert labels.names == ("Bald",)
    assert labels.value.tolist() == [[1], [-1]]
    assert load_split_labels(tmp_path)[1].tolist() == [[1], [0]], "those of the held-out images"
