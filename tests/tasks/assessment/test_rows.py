import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.assessment.config import AssessConfig
from tasks.assessment.rows import RealImages, choose, evaluation_size
from tasks.assessment.tables import COLUMNS, Score, read_scores, write_table
from tasks.stage.errors import InputError


def partition(train: int, validation: int, test: int) -> np.ndarray:
    return np.repeat([0, 1, 2], [train, validation, test]).astype(np.int8)


def test_the_columns_are_those_that_other_programs_read():
    assert ",".join(COLUMNS) == "sampler,label,metric,features,reference,value,spread,n,seed"


@pytest.mark.parametrize(
    ("sizes", "count", "repeats", "n"),
    [
        ((2100, 390, 510), 900, 3, 300),
        ((2100, 100, 101), 900, 3, 67),
        ((50, 400, 400), 900, 2, 25),
        ((9, 9, 9), 7, 3, 2),
    ],
)
def test_n_is_what_the_smallest_pool_allows(sizes, count, repeats, n):
    assert evaluation_size(AssessConfig(count=count, repeats=repeats), partition(*sizes)) == n


def test_too_few_images_are_the_users_to_mend():
    with pytest.raises(InputError, match=r"100 training and 5 held-out .* need 6 of each; .* or set assess.repeats=2$"):
        evaluation_size(AssessConfig(), partition(100, 3, 2))
    with pytest.raises(InputError, match=r"need 6 of each; add images$"):  # one draw has no spread
        evaluation_size(AssessConfig(), partition(3, 100, 2))
    assert evaluation_size(AssessConfig(repeats=2), partition(100, 3, 2)) == 2


@settings(max_examples=40)
@given(st.integers(1, 30), st.integers(1, 5), st.integers(0, 20), st.integers(0, 2**40))
def test_draws_are_disjoint_and_from_the_pool(n, repeats, spare, seed):
    pool = np.arange(n * repeats + spare) * 7
    draws = choose(pool, n, repeats, seed, "rows")
    together = np.concatenate(draws)
    assert [len(draw) for draw in draws] == [n] * repeats
    assert len(set(together.tolist())) == n * repeats
    assert set(together.tolist()) <= set(pool.tolist())
    for draw, again in zip(draws, choose(pool, n, repeats, seed, "rows"), strict=True):
        np.testing.assert_array_equal(draw, again)


def test_purpose_and_seed_decide_the_draws():
    pool = np.arange(1000)
    draws = [choose(pool, 100, 1, *key)[0] for key in ((0, "a"), (0, "b"), (1, "a"), (0, "a", "b"))]
    assert len({draw.tobytes() for draw in draws}) == 4


def test_scores_read_back_exactly(tmp_path):
    rows = [
        Score("a", "fact=1.0,k=2", "fd", "random", "train", 1 / 3, math.pi * 1e-9, 300, 4),
        Score("real", "", "swd", "pixels", "heldout", 2.0, 0.0, 300, 4),
    ]
    write_table(tmp_path / "scores.csv", COLUMNS, rows)
    assert read_scores(tmp_path / "scores.csv") == rows
    assert (tmp_path / "scores.csv").read_text().splitlines()[1].startswith('a,"fact=1.0,k=2",fd,random,train,0.3333')


def test_another_table_is_refused_by_name(tmp_path):
    (tmp_path / "scores.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"scores\.csv has no columns sampler"):
        read_scores(tmp_path / "scores.csv")


def test_references_and_fixed_rows_never_share_an_image(study, sources, config):
    real = RealImages.open(sources, study["baselines"])
    for name in ("train", "heldout"):
        members = set(real.of(name).tolist())
        rows = np.concatenate(real.unseen(name, config))
        assert len(rows) == len(set(rows.tolist())) == 36
        assert not members & set(rows.tolist())
        reference = real.reference(name, real.spaces[0], config)
        assert len(reference.images) == len(reference.shown) == 12
        assert len(reference.features) == len(reference.known.features) == len(members)
        np.testing.assert_array_equal(reference.unseen.latents.all(), real.z.take(rows))


def test_a_cap_limits_what_a_distribution_is_fitted_to_but_not_the_neighbours(study, sources, config):
    real = RealImages.open(sources, study["baselines"])
    reference = real.reference("train", real.spaces[0], config.model_copy(update={"reference_count": 25}))
    assert len(reference.features) == 25
    assert len(reference.known.features) == 60
