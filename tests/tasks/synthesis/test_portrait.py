import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from tasks.synthesis.anatomy import landmarks
from tasks.synthesis.canvas import POLE_X, POLE_Y
from tasks.synthesis.factors import draw_face
from tasks.synthesis.portrait import render


def picture(face):
    return np.asarray(render([face])[0]).astype(float)


def difference(first, second):
    return np.abs(picture(first) - picture(second)).sum(axis=2)


def test_the_picture_has_celebas_size():
    (image,) = render([draw_face(0, 0)])
    assert (image.size, image.mode) == ((178, 218), "RGB")


def test_a_face_looks_the_same_whatever_is_rendered_with_it():
    faces = [draw_face(0, index) for index in range(12)]
    together = [image.tobytes() for image in render(faces)]
    assert [image.tobytes() for few in (faces[:5], faces[5:]) for image in render(few)] == together
    assert [render([face])[0].tobytes() for face in faces[::4]] == together[::4]


def test_a_turned_picture_is_the_picture_turned(make_face):
    angle = np.radians(2.6)
    still, turned = (picture(make_face(tilt=tilt, ground_glow=0.0)) for tilt in (0, 2.6))
    v, u = np.mgrid[:218, :178] - np.array([POLE_Y, POLE_X]).reshape(2, 1, 1)
    source = [np.cos(angle) * v - np.sin(angle) * u + POLE_Y, np.sin(angle) * v + np.cos(angle) * u + POLE_X]
    expected = np.stack([map_coordinates(still[..., band], source, order=1) for band in range(3)], axis=2)

    def difference_of_faces(first, second):
        # The film's grain is not turned.
        return np.abs(gaussian_filter(first - second, (1, 1, 0)))[85:185, 55:124].mean()

    assert difference_of_faces(turned, expected) < 0.35 * difference_of_faces(turned, still)


@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (1.8, -1.5, 2.5)])
def test_pupils_are_at_the_landmarks(make_face, shift):
    face = make_face(position_x=shift[0], position_y=shift[1], tilt=shift[2], gaze_x=0, gaze_y=0.3, eye_darkness=0.0)
    image = picture(face).sum(axis=2)
    for x, y in zip(landmarks(face)[0:4:2], landmarks(face)[1:4:2], strict=True):
        patch = np.clip(150 - image[y - 4 : y + 5, x - 4 : x + 5], 0, None)
        rows, columns = np.mgrid[-4:5, -4:5]
        assert (patch * columns).sum() / patch.sum() == pytest.approx(0, abs=1.2)
        assert (patch * rows).sum() / patch.sum() == pytest.approx(0, abs=1.6)


def test_mouth_corners_are_at_the_landmarks(make_face):
    face = make_face(makeup=1.0, lip_hue=1.0, smile=0.0, mouth_open=-1, skin_tone=0.2)
    image = picture(face)
    red = (image[..., 0] - image[..., 1] > 90) & (image[..., 1] < 110)
    columns = np.flatnonzero(red[148:165].any(axis=0))
    left, right = landmarks(face)[6], landmarks(face)[8]
    assert columns.min() == pytest.approx(left, abs=4)
    assert columns.max() == pytest.approx(right, abs=4)


def test_the_nose_is_nearest_to_the_landmark(make_face):
    # Lengthening the nose moves shading about the landmark, and nothing above the eyes.
    short, long = make_face(nose_length=-2), make_face(nose_length=2)
    change = difference(short, long)
    x, y = landmarks(long)[4:6]
    assert change[y - 8 : y + 12, x - 12 : x + 13].mean() > 8
    assert change[:60].max() <= 6


def test_glasses_change_the_eyes_and_nothing_far_away(make_face):
    change = difference(make_face(glasses=-1), make_face(glasses=0.6))
    assert change[98:132, 50:128].mean() > 25
    assert change[150:].max() == 0
    assert change[:85].max() == 0


def test_fair_hair_is_lighter_than_black_hair_and_leaves_the_cheeks(make_face):
    fair, black = picture(make_face(hair_darkness=0.1)), picture(make_face(hair_darkness=0.98))
    assert fair[44:54, 80:98].mean() > black[44:54, 80:98].mean() + 60
    np.testing.assert_allclose(fair[135:145, 66:74], black[135:145, 66:74], atol=2)


def test_grey_hair_has_less_colour(make_face):
    def saturation(face):
        top = picture(face)[44:54, 80:98]
        return (top.max(axis=2) - top.min(axis=2)).mean()

    assert saturation(make_face(greyness=1.0, hair_darkness=0.4)) < 0.5 * saturation(
        make_face(greyness=0.0, hair_darkness=0.4)
    )


def test_bangs_cover_the_forehead(make_face):
    bare, fringe = (picture(make_face(bangs=amount, hair_darkness=1.0, hat=-1)) for amount in (-1, 0.9))
    assert fringe[78:84, 80:98].mean() < bare[78:84, 80:98].mean() - 50


@pytest.mark.parametrize(
    ("factor", "rows", "columns"),
    [
        ("beard", (168, 180), (78, 100)),
        ("goatee", (172, 182), (82, 96)),
        ("mustache", (145, 149), (80, 98)),
    ],
)
def test_facial_hair_darkens_its_place(make_face, factor, rows, columns):
    man = {"masculinity": 0.9, "hair_darkness": 1.0, "skin_tone": 0.1, "hair_length": 0.1}
    without, with_it = (picture(make_face(**man, **{factor: amount})) for amount in (-1, 0.9))
    place = (slice(*rows), slice(*columns))
    assert with_it[place].mean() < without[place].mean() - 25
    np.testing.assert_allclose(with_it[60:95, 70:110], without[60:95, 70:110], atol=2)


@pytest.mark.parametrize(
    ("factor", "rows"),
    [("hat", (0, 110)), ("necklace", (190, 218)), ("earrings", (125, 165)), ("formality", (180, 218))],
)
def test_what_is_worn_shows_where_it_belongs(make_face, factor, rows):
    change = difference(make_face(**{factor: -1}), make_face(**{factor: 0.8}))
    assert (change > 60).sum() > 30
    outside = np.ones(218, bool)
    outside[slice(*rows)] = False
    assert change[outside].max() == 0


def test_light_from_the_left_brightens_the_left_cheek(make_face):
    left, right = picture(make_face(light_side=-0.8)), picture(make_face(light_side=0.8))
    assert left[130:150, 55:65].mean() > right[130:150, 55:65].mean() + 10
    assert left[130:150, 113:123].mean() < right[130:150, 113:123].mean() - 10


def test_an_open_smile_shows_teeth(make_face):
    face = make_face(smile=0.9, mouth_open=0.8)
    x = (landmarks(face)[6] + landmarks(face)[8]) // 2
    mouth = picture(face)[145:165, x - 4 : x + 5]
    assert mouth.min(axis=2).max() > 190
