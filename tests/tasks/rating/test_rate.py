"""The level that is judged, and what a sampler's table holds."""

from tasks.rating.rate import promise


def numbers(auc: float, energy: float = 0.1, copied: float = 0.0) -> dict[str, float]:
    return {"auc_trees": auc, "auc_neighbours": 0.5, "energy": energy, "copied": copied}


def test_the_level_that_is_told_apart_least_is_the_most_promising() -> None:
    assert promise(numbers(0.6, energy=0.9), 0.1) < promise(numbers(0.7), 0.1)
    assert promise(numbers(0.7), 0.1) < promise(numbers(0.5, copied=0.2), 0.1)


def test_where_all_draws_are_recognised_the_distance_decides() -> None:
    assert promise(numbers(0.9999, energy=0.2), 0.1) < promise(numbers(0.9997, energy=0.8), 0.1)
