import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis

from storage.arrays import open_complete, read_array
from tasks.assessment.broken import Brokenness, Cycle, cycle
from tasks.assessment.quality import assess_sampler
from tasks.assessment.tables import read_scores
from tasks.autoencoder.codec import decode_images, encode_images


def logs(change: list[float], distance: list[float]) -> Cycle:
    return Cycle(np.exp(change), np.exp(distance))


def test_the_measure_by_hand():
    # Logarithms -1, 0, 1 have mean 0 and deviation 1; 0, 2, 4 have mean 2 and deviation 2.
    measure = Brokenness.calibrated(logs([-1, 0, 1], [0, 2, 4]))
    assert measure.change == pytest.approx((0, 1))
    assert measure.distance == pytest.approx((2, 2))
    # b of the three: -1, 0, 1, of which the 95 % quantile is 0.9.
    assert measure.threshold == pytest.approx(0.9)
    assert measure(logs([0, 3, 1, -4], [2, 4, 2, 2])) == pytest.approx([0, 2, 0.5, -2])
    assert measure.share(logs([0, 3, 1, -4], [2, 4, 2, 2])) == 0.25


def test_it_counts_5_of_100_of_what_it_is_calibrated_on_and_of_others_like_them():
    rng = np.random.default_rng(0)
    known, others = (Cycle(*rng.lognormal(size=(2, 2000))) for _ in range(2))
    measure = Brokenness.calibrated(known)
    assert measure.share(known) == 0.05
    assert measure.share(others) == pytest.approx(0.05, abs=0.02)


def test_either_fault_is_enough_if_it_is_large():
    rng = np.random.default_rng(1)
    known = Cycle(*rng.lognormal(0, 0.2, (2, 500)))
    measure = Brokenness.calibrated(known)
    assert measure.share(Cycle(known.change * 3, known.distance)) > 0.9
    assert measure.share(Cycle(known.change, known.distance * 3)) > 0.9
    assert measure.share(Cycle(known.change / 3, known.distance / 3)) == 0


def test_images_that_a_cycle_does_not_change_are_not_broken():
    still = Cycle(np.zeros(50), np.linspace(1, 2, 50))
    measure = Brokenness.calibrated(still)
    assert np.isfinite(measure(still)).all()
    assert measure.share(Cycle(np.zeros(3), np.full(3, 1.5))) == 0
    assert measure.share(Cycle(np.full(3, 0.1), np.full(3, 1.5))) == 1


def test_a_cycle_is_the_change_of_pixels_and_scipys_mahalanobis_distance(autoencoder, squares):
    images = squares(5, 1)[0]
    encoded = encode_images(autoencoder, images)
    mean, spread = np.arange(6.0), np.diag([1.0, 2, 3, 4, 5, 6]) + 0.1
    found = cycle(images, encoded, decode_images(autoencoder, encoded), mean, spread)
    for row, (image, z) in enumerate(zip(images, encoded, strict=True)):
        again = decode_images(autoencoder, encoded)[row]
        change = np.sqrt(np.mean(((again.astype(float) - image) / 255) ** 2))
        assert found.change[row] == pytest.approx(change, rel=1e-4)
        assert found.distance[row] == pytest.approx(mahalanobis(z, mean, spread), rel=1e-5)
    some = found.at(np.array([4, 0]))
    assert some.change.tolist() == found.change[[4, 0]].tolist()


def test_what_the_decoder_makes_far_outside_is_broken(study, sources, samples, config, tmp_path):
    assess_sampler(sources, study["baselines"], samples, config, tmp_path)
    rows = [*read_scores(tmp_path / "scores.csv"), *read_scores(study["baselines"] / "scores.csv")]
    broken = {(row.sampler, row.label): row.value for row in rows if (row.metric, row.reference) == ("broken", "train")}
    assert broken["drawn", "far"] == 1
    # Draws of 36: 5 % of them are two.
    assert broken["drawn", "copies"] == pytest.approx(0.05, abs=0.1)
    assert broken["drawn", "heldout"] == pytest.approx(0.05, abs=0.1)
    assert broken["reconstruction", ""] == pytest.approx(0.05, abs=0.1)


def test_the_fixed_row_and_the_stored_reconstructions_agree(study, autoencoder):
    z = read_array(open_complete(study["latents"] / "latents.zarr"), "z")
    statistics = open_complete(study["statistics"] / "statistics.zarr")
    images = decode_images(autoencoder, z)
    mean, precision = (read_array(statistics, name) for name in ("mean", "precision"))
    encoded = encode_images(autoencoder, images)
    found = cycle(images, encoded, decode_images(autoencoder, encoded), mean, precision)
    stored = open_complete(study["baselines"] / "reconstructions.zarr")
    np.testing.assert_allclose(read_array(stored, "cycle_change"), found.change, rtol=0.02)
    np.testing.assert_allclose(read_array(stored, "cycle_distance"), found.distance, rtol=0.02)
