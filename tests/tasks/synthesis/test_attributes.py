import re

from tasks.synthesis.attributes import ATTRIBUTES, attributes
from tasks.synthesis.factors import draw_face

CELEBA = re.findall(
    r"\w+",
    """5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair Blond_Hair
    Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones Male
    Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose Receding_Hairline Rosy_Cheeks
    Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick Wearing_Necklace
    Wearing_Necktie Young""",
)


def say(face):
    return dict(zip(ATTRIBUTES, attributes(face), strict=True))


def test_names_are_celebas_in_celebas_order():
    assert len(ATTRIBUTES) >= 20
    assert list(ATTRIBUTES) == [name for name in CELEBA if name in ATTRIBUTES]


def test_a_chosen_face_is_described_as_drawn(make_face):
    said = say(make_face(glasses=0.5, smile=0.9, mouth_open=0.7, hair_darkness=0.1, hair_redness=0, greyness=0))
    for name in ("Eyeglasses", "Smiling", "Mouth_Slightly_Open", "Blond_Hair", "No_Beard", "Young"):
        assert said[name] == 1
    for name in ("Male", "Black_Hair", "Gray_Hair", "Bald", "Wearing_Hat", "Mustache"):
        assert said[name] == -1


def test_attributes_do_not_contradict_each_other():
    hair = ("Bald", "Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair")
    for index in range(800):
        face = draw_face(6, index)
        said = say(face)
        assert sum(said[name] == 1 for name in hair) <= 1
        assert not (said["Straight_Hair"] == 1 and said["Wavy_Hair"] == 1)
        if said["No_Beard"] == 1:
            assert all(said[name] == -1 for name in ("5_o_Clock_Shadow", "Goatee", "Mustache"))
        if said["Wearing_Necktie"] == 1:
            assert said["Male"] == 1


def test_every_attribute_occurs_both_ways():
    said = [attributes(draw_face(0, index)) for index in range(1500)]
    for name, column in zip(ATTRIBUTES, zip(*said, strict=True), strict=True):
        assert 0.005 < column.count(1) / len(column) < 0.9, name
