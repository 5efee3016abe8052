import math
from pathlib import Path

import pytest

from storage.files import write_json
from tasks.assessment.tables import DRAW_COLUMNS, DrawScore, write_table
from tasks.finished.estimates import Estimate
from tasks.finished.verdict import Judged, Verdict, decide, judged_rows, numbers_kept, read_verdict
from tests.judged import GOOD


def around(value: float, reach: float) -> Estimate:
    return Estimate(value, value - reach, value + reach)


def row(
    sampler: str,
    distance: float,
    reach: float = 0.1,
    label: str = "all",
    kid: float | None = None,
    broken: float = 0.05,
    copied: float = 0.05,
) -> Judged:
    kernel = around(distance / 10 if kid is None else kid, reach / 10)
    shares = (around(share, 0.01) for share in (broken, copied))
    return Judged(sampler, label, around(distance, reach), kernel, *shares, n=2000, draws=(distance,))


def verdict(*rows: Judged, **autoencoder: object) -> Verdict:
    return decide(rows, {**GOOD, **autoencoder}, lambda row: numbers_kept(row, training=3000, components=64))


NORMAL, MIXTURE = (
    row("multivariate_normal", 1.5, label="scale=1.0"),
    row("gaussian_mixture", 0.8, label="components=10"),
)
PAIRS = row("pair_mixture", 0.5)


def test_the_closest_wins_where_no_interval_overlaps():
    found = verdict(NORMAL, MIXTURE, PAIRS)
    assert found.pick == PAIRS
    assert found.tied == (PAIRS,)
    assert found.leaders == found.candidates == (PAIRS, MIXTURE, NORMAL)
    assert found.withheld == found.remedy == ""
    assert found.reservations == ()


def test_overlapping_intervals_are_a_tie_of_which_the_one_that_keeps_least_is_named():
    # A mean and a covariance of 64 components are 2,144 numbers, ten of them with weights 21,450; 3,000 points 192,000.
    close = row("multivariate_normal", 0.65, label="scale=1.0")
    near = row("gaussian_mixture", 0.6, label="components=10")
    found = verdict(PAIRS, near, close)
    assert [(one.sampler, numbers_kept(one, 3000, 64)) for one in found.tied] == [
        ("multivariate_normal", 2144),
        ("gaussian_mixture", 21450),
        ("pair_mixture", 192000),
    ]
    assert found.pick == close
    # The tie is with the closest one and no chain: the third overlaps with the second alone.
    found = verdict(PAIRS, row("gaussian_mixture", 0.69, label="components=5"), row("uniform_component", 0.85))
    assert [one.sampler for one in found.tied] == ["gaussian_mixture", "pair_mixture"]


def test_of_tied_ones_that_keep_as_much_the_closest_is_named():
    found = verdict(row("shuffled", 0.55), row("pair_mixture", 0.5), row("neighbour_corrected", 0.45))
    assert [one.sampler for one in found.tied] == ["pair_mixture", "shuffled", "neighbour_corrected"]


@pytest.mark.parametrize("fault", [{"broken": 0.21}, {"copied": 0.11}, {"broken": 1.0, "copied": 1.0}])
def test_broken_faces_and_copies_are_no_candidates_however_close(fault):
    found = verdict(row("manifold_parzen", 0.1, **fault), NORMAL)
    assert found.pick == NORMAL
    assert found.candidates == (NORMAL,)
    assert [one.sampler for one in found.leaders] == ["manifold_parzen", "multivariate_normal"]
    assert found.breaks(found.leaders[0]) == ("broken" in fault)
    assert found.copies(found.leaders[0]) == ("copied" in fault)


def test_a_share_at_its_limit_is_allowed():
    assert verdict(row("shuffled", 1.0, broken=0.2, copied=0.1)).pick is not None


def test_the_limits_are_the_studys_own():
    broken = row("shuffled", 1.0, broken=0.3)
    assert verdict(broken).pick is None
    assert verdict(broken, most_broken=0.4).pick == broken
    assert verdict(row("shuffled", 1.0, copied=0.08), most_copied=0.05).pick is None


def test_a_sampler_leads_with_its_best_allowed_level():
    usual, promising = (
        row("multivariate_normal", 1.4, label="scale=1.0"),
        row("multivariate_normal", 0.9, label="scale=0.75"),
    )
    found = verdict(usual, promising, row("shuffled", 2.0))
    assert found.leader("multivariate_normal") == promising
    assert found.at("multivariate_normal", "scale=1.0") == usual
    assert found.leader("resampled") is found.at("shuffled", "x=1") is None
    broken = row("multivariate_normal", 0.2, label="scale=0.5", broken=0.9)
    assert verdict(broken, usual).pick == usual


WITHHELD = {
    "too few references": ({"references": 499}, (NORMAL,), "499 training images are too few", "at least 500 training"),
    "images that are all the same": ({"error_share": None}, (NORMAL,), "do not differ", "different faces"),
    "held-out error": ({"error_share": 0.26}, (NORMAL,), "26 % of the variance of their pixels", "train.epochs"),
    "too few components": ({"error_share": 0.4, "pca_share": 0.3}, (NORMAL,), "40 %", "train.latent_dim"),
    "noise for images": ({"error_share": 6.5}, (NORMAL,), "650", "train.epochs"),
    "the decoder": ({"decoder_share": 0.26}, (NORMAL,), "26 % of the variance away", "train.epochs"),
    "a decoder without a distance": ({"decoder_share": None}, (NORMAL,), "undefined distance", "train.epochs"),
    "no sampler": ({}, (), "no sampler was judged", "sample.samplers"),
    "no candidate": (
        {},
        (row("shuffled", 1, broken=0.5), row("resampled", 0.1, copied=1), row("uniform_common", 2, broken=1, copied=1)),
        "2 of 3 have more than 20 % broken faces, and 1 of the others more than 10 % copies",
        "train.epochs",
    ),
    "no distance": ({}, (row("shuffled", math.nan), row("resampled", math.nan)), "too few faces", "assess.judge.count"),
}


@pytest.mark.parametrize("case", WITHHELD)
def test_without_grounds_nothing_is_recommended_and_the_way_out_is_named(case):
    autoencoder, rows, why, remedy = WITHHELD[case]
    found = verdict(*rows, **autoencoder)
    assert found.pick is None
    assert found.tied == ()
    assert why in found.withheld
    assert remedy in found.remedy
    assert len(found.leaders) == len(rows)


@pytest.mark.parametrize("case", WITHHELD)
def test_no_setting_of_a_training_is_named_where_the_autoencoder_comes_from_elsewhere(case):
    autoencoder, rows, why, remedy = WITHHELD[case]
    found = decide(rows, {**GOOD, **autoencoder}, lambda row: 1, adopted=True)
    assert why in found.withheld
    if remedy.startswith("train."):
        assert found.remedy == (
            "study images like those it was trained on, or train the autoencoder longer where it was made"
        )
    else:
        assert remedy in found.remedy


@pytest.mark.parametrize("autoencoder", [{"references": 500}, {"error_share": 0.25}, {"decoder_share": 0.25}])
def test_an_autoencoder_at_the_limit_is_still_asked(autoencoder):
    assert verdict(NORMAL, **autoencoder).pick == NORMAL


def test_one_that_the_limits_exclude_by_chance_alone_is_named():
    # Limits of 20 % and 10 %; shares are known within one per cent.
    narrow = row("gaussian_mixture", 0.65, label="components=10", broken=0.205)
    found = verdict(PAIRS, narrow)
    assert (found.pick, found.tied, found.narrowly_excluded) == (PAIRS, (PAIRS,), (narrow,))
    assert verdict(PAIRS, row("resampled", 0.1, copied=0.109)).narrowly_excluded[0].sampler == "resampled"
    # Not those that are excluded beyond chance, by either limit, are farther off, or are not excluded.
    assert verdict(PAIRS, row("gaussian_mixture", 0.65, broken=0.25)).narrowly_excluded == ()
    assert verdict(PAIRS, row("gaussian_mixture", 0.65, broken=0.205, copied=0.2)).narrowly_excluded == ()
    assert verdict(PAIRS, row("gaussian_mixture", 0.9, broken=0.205)).narrowly_excluded == ()
    assert verdict(PAIRS, row("gaussian_mixture", 0.65)).narrowly_excluded == ()
    # Without an answer nothing is said of what might have been one.
    assert verdict(PAIRS, narrow, references=60).narrowly_excluded == ()


def test_too_few_images_are_said_before_all_else():
    found = verdict(references=60, error_share=6.5, decoder_share=None)
    assert found.withheld.startswith("60 training images")


@pytest.mark.parametrize("order", [1, -1])
def test_an_undefined_distance_is_last_and_never_recommended(order):
    unknown = row("resampled", math.nan)
    found = verdict(*[unknown, NORMAL, row("shuffled", math.nan, broken=0.9), PAIRS][::order])
    assert found.pick == PAIRS
    assert found.candidates == (PAIRS, NORMAL)
    assert found.leaders[:2] == (PAIRS, NORMAL)


def test_distances_below_0_are_of_no_harm():
    best = row("resampled", -0.02, 0.05)
    assert verdict(NORMAL, best).pick == best


def test_what_weakens_an_answer_is_said_first():
    said = verdict(NORMAL, features="random", alike=False).reservations
    assert len(said) == 2
    assert "untrained network" in said[0]
    assert "held-out faces differ" in said[1]
    withheld = verdict(NORMAL, features="random", references=10)
    assert withheld.pick is None
    assert len(withheld.reservations) == 1


def test_a_second_opinion_that_disagrees_is_said():
    found = verdict(row("pair_mixture", 0.5, kid=0.2), row("multivariate_normal", 1.5, label="scale=1.0", kid=0.01))
    assert found.pick.sampler == "pair_mixture"
    assert found.reservations == (
        "The kernel distance (KID) disagrees with FD∞: it prefers multivariate_normal (scale=1.0).",
    )
    # One that is broken has no say, nor has one whose interval overlaps.
    assert verdict(row("pair_mixture", 0.5, kid=0.2), row("shuffled", 1.5, kid=0.01, broken=1)).reservations == ()
    assert verdict(row("pair_mixture", 0.5, kid=0.2), row("shuffled", 1.5, kid=0.19)).reservations == ()


def test_samplers_whose_file_is_gone_keep_unknown_much():
    gone = row("my_old_one", 0.5, label="words=a,b,c=1,t=0.5")
    assert numbers_kept(gone, 3000, 64) == math.inf
    assert verdict(gone, row("pair_mixture", 0.5)).pick.sampler == "pair_mixture"
    assert verdict(gone, NORMAL).pick == gone


@pytest.mark.parametrize(
    ("sampler", "label", "numbers"),
    [
        ("uniform_common", "b=1.0", 1),
        ("uniform_component", "fact=1.0", 8),
        ("multivariate_normal", "scale=1.0", 4 + 10),
        ("gaussian_mixture", "components=5", 5 * (1 + 14)),
        ("neighbour_corrected", "spread=kept,strength=0.5", 400 + 14),
        ("interpolation", "mode=linear,t=0.5", 400 + 14),
        ("path", "along=offset,reach=2.0", math.inf),
        ("pair_mixture", "all", 400),
    ],
)
def test_what_a_draw_keeps_of_100_points_with_4_components(sampler, label, numbers):
    assert numbers_kept(row(sampler, 1.0, label=label), 100, 4) == numbers


def fresh(sampler: str, label: str, values: dict[str, list[float]]) -> list[DrawScore]:
    return [
        DrawScore(sampler, label, metric, "attributes", "train", draw, value, 250, 1)
        for metric, draws in values.items()
        for draw, value in enumerate(draws)
    ]


def test_rows_are_means_and_intervals_of_the_draws():
    values = {"fd_debiased": [1.0, 3.0], "kid_decoded": [0.1, 0.1], "broken": [0.0, 0.2], "copied": [0.04, 0.06]}
    (found,) = judged_rows(fresh("shuffled", "all", values))
    assert (found.n, found.draws, found.name) == (500, (1.0, 3.0), "shuffled")
    assert found.distance.value == 2
    assert found.distance.low < 1 < 3 < found.distance.high
    assert found.kid == pytest.approx((0.1, 0.1, 0.1))
    assert (found.broken.value, found.copied.value) == pytest.approx((0.1, 0.05))


def test_two_rows_are_compared_draw_by_draw():
    values = {"kid_decoded": [0.0] * 4, "broken": [0.0] * 4, "copied": [0.0] * 4}
    draws = [1.0, 2.0, 3.0, 4.0]
    first, second = judged_rows(
        [
            *fresh("shuffled", "all", {"fd_debiased": draws, **values}),
            *fresh("multivariate_normal", "scale=1.0", {"fd_debiased": [value + 0.5 for value in draws], **values}),
        ]
    )
    assert first.distance.overlaps(second.distance)
    assert first.against(second).better
    assert first.against(second).gap == pytest.approx((0.5, 0.5, 0.5))
    assert second.name == "multivariate_normal (scale=1.0)"


def test_a_verdict_is_read_from_the_files_of_the_scores(tmp_path: Path):
    values = {"fd_debiased": [0.9, 1.1], "kid_decoded": [0.1, 0.1], "broken": [0.0, 0.1], "copied": [0.0, 0.1]}
    write_json(tmp_path / "autoencoder.json", GOOD)
    write_table(tmp_path / "judged_draws.csv", DRAW_COLUMNS, fresh("shuffled", "all", values))
    found = read_verdict(tmp_path, 3000, 64)
    assert found.pick is not None
    assert found.pick.sampler == "shuffled"
    assert found.reconstructions == GOOD["heldout"]
    (tmp_path / "judged_draws.csv").write_text("a,b\n")
    with pytest.raises(ValueError, match=r"judged_draws\.csv has no columns sampler"):
        read_verdict(tmp_path, 3000, 64)
