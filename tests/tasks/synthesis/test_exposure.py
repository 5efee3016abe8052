import numpy as np

from tasks.synthesis.canvas import HEIGHT, WIDTH
from tasks.synthesis.exposure import expose
from tasks.synthesis.noise import GRAIN
from tasks.synthesis.palette import colour


def test_light_scales_the_channels_and_cuts_what_is_too_dark_or_too_bright():
    picture = np.empty((3, HEIGHT, WIDTH), np.float32)
    picture[:] = colour(-0.5, 0.4, 1.8)[:, None, None]
    exposed = expose(picture, colour(1, 0.5, 1), 40)
    assert exposed.shape == (3, HEIGHT, WIDTH)
    assert (exposed[0] == 0).all()
    assert (exposed[2] == 255).all()
    grain = GRAIN[40 : 40 + HEIGHT, 40 : 40 + WIDTH]
    np.testing.assert_allclose(exposed[1], np.floor(0.4 * 0.5 * 255 + 1.2 * grain), atol=1)
