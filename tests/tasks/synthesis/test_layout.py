from tasks.synthesis import layout
from tasks.synthesis.attributes import ATTRIBUTES


def test_rows_have_the_official_spacing():
    # The first row of the official landmark list, and the beginning of the official attribute list's.
    values = [69, 109, 106, 113, 77, 142, 73, 152, 108, 154]
    official = "000001.jpg 69  109  106  113   77  142   73  152  108  154"
    assert layout.landmark_line("000001.jpg", values) == official
    assert layout.attribute_line("000001.jpg", [-1, 1, 1, -1]) == "000001.jpg -1  1  1 -1"
    assert layout.partition_line("162771.jpg", 1) == "162771.jpg 1"


def test_names_count_from_one_with_six_digits():
    assert [layout.image_name(index) for index in (0, 9, 202598)] == ["000001.jpg", "000010.jpg", "202599.jpg"]


def test_lists_begin_with_count_and_names(tmp_path):
    rows = [(f"{name} -1", f"{name} 0", f"{name} 1") for name in ("a", "b")]
    layout.write_lists(tmp_path, rows)
    attribute = (tmp_path / "list_attr_celeba.txt").read_text().split("\n")
    assert attribute == ["2", " ".join(ATTRIBUTES) + " ", "a -1", "b -1", ""]
    assert (tmp_path / "list_eval_partition.txt").read_text() == "a 0\nb 0\n"
    landmark = (tmp_path / "list_landmarks_align_celeba.txt").read_text().split("\n")
    assert landmark[0] == "2"
    assert landmark[1].split()[:3] == ["lefteye_x", "lefteye_y", "righteye_x"]
    assert len(landmark[1].split()) == 10
