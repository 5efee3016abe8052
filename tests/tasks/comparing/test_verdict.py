import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tasks.comparing.answers import concordance
from tasks.comparing.axes import seed_words, seeds_of
from tasks.comparing.compared import Compared
from tasks.comparing.config import ComparisonConfig, Member
from tasks.comparing.headline import Figure
from tasks.comparing.seeds import answer, spreads
from tasks.comparing.study import ComparedStudy
from tasks.comparing.verdict import Verdict, judge, relative_spread
from tasks.finished.artifacts import Artifacts


def studies_of(settings: dict[str, dict[str, Any]]) -> list[ComparedStudy]:
    nowhere = Artifacts(Path(), Path(), Path(), Path())
    return [ComparedStudy(nowhere, Member(name=name, values=values)) for name, values in settings.items()]


def verdicts(figures: dict[str, dict[str, float]], settings: dict[str, dict[str, Any]]) -> dict[str, Verdict]:
    studies = studies_of(settings)

    def reader(values: dict[str, float]) -> Any:
        return lambda study: values[study.name]

    made = [Figure(name, name, "offset", "made up", reader(values)) for name, values in figures.items()]
    return {found.figure.name: found for found in judge(made, studies, 0.05, 0.05)}


SETTINGS = {
    f"{size} {norm} {seed}": {"train.latent_dim": size, "train.normalisation": norm, "train.seed": seed}
    for size in (16, 32, 64)
    for norm in ("batch", "none")
    for seed in (0, 1)
}


def test_each_figure_is_given_to_whom_it_belongs() -> None:
    rng = np.random.default_rng(5)
    noise = {name: 0.2 * rng.standard_normal() for name in SETTINGS}
    found = verdicts(
        {
            "size": {name: values["train.latent_dim"] + noise[name] for name, values in SETTINGS.items()},
            "norm": {
                name: 5 * (values["train.normalisation"] == "batch") + 10 + noise[name]
                for name, values in SETTINGS.items()
            },
            "run": {name: 1 + values["train.seed"] + noise[name] for name, values in SETTINGS.items()},
            "same": {name: 10 + 0.2 * noise[name] for name in SETTINGS},
            "both": {
                name: 4
                + {16: 1, 32: -2, 64: 1}[values["train.latent_dim"]] * (-1) ** (values["train.normalisation"] == "none")
                + 0.2 * noise[name]
                for name, values in SETTINGS.items()
            },
        },
        SETTINGS,
    )  # fmt: skip
    assert (found["size"].kind, found["size"].axis) == ("axis", "train.latent_dim")
    assert (found["norm"].kind, found["norm"].axis) == ("axis", "train.normalisation")
    assert found["run"].kind == "run"
    assert found["same"].kind == "stable"
    assert found["size"].belongs == "the latent size"
    assert found["size"].sentence.startswith("Size belongs to the latent size: 100.0 % of the variance")
    assert "Run belongs to the run: " in found["run"].sentence
    assert "is stable" in found["same"].sentence
    assert found["both"].kind == "cells"
    assert found["both"].belongs == "the configuration"


def test_runs_that_are_alike_prove_nothing_where_they_are_few() -> None:
    """Two cells of two runs each: mean squares 4 and ½, F = 8 with (1, 2) degrees of freedom, p = 0.11."""
    few = {f"{size} {seed}": {"train.latent_dim": size, "train.seed": seed} for size in (1, 2) for seed in (0, 1)}
    values = dict(zip(few, (0.0, 1.0, 2.0, 3.0), strict=True))
    found = verdicts({"size": values}, few)["size"]
    assert found.probability["train.latent_dim"] == pytest.approx(float(stats.f_oneway([0, 1], [2, 3]).pvalue))
    assert found.kind == "undecided"
    assert found.parts is not None
    assert found.parts.intraclass == pytest.approx((4 - 0.5) / (4 + 0.5))


def test_with_one_run_each_nobody_can_tell() -> None:
    once = {name: values for name, values in SETTINGS.items() if values["train.seed"] == 0}
    found = verdicts({"size": {name: values["train.latent_dim"] for name, values in once.items()}}, once)["size"]
    assert found.kind == "unreplicated"
    assert "one run of each configuration" in found.sentence


def test_an_undefined_value_is_left_out() -> None:
    values = {name: float(of["train.latent_dim"]) + 0.01 * of["train.seed"] for name, of in SETTINGS.items()}
    values["16 batch 0"] = np.nan
    found = verdicts({"size": values}, SETTINGS)["size"]
    assert found.parts is not None
    assert found.parts.within.freedom == 5
    assert found.axis == "train.latent_dim"


def test_relative_spread_by_hand() -> None:
    assert relative_spread(np.array([1.0, 3.0, np.nan]), None) == pytest.approx(np.sqrt(2) / 2)
    assert relative_spread(np.array([-0.1, 0.1]), 1.0) == pytest.approx(np.sqrt(0.02))


def test_concordance_is_friedmans_statistic_in_another_unit() -> None:
    """Kendall's W = χ² / (m (n − 1)) with Friedman's χ²."""
    values = np.random.default_rng(2).random((7, 5))
    expected = stats.friedmanchisquare(*values.T).statistic / (7 * 4)
    assert concordance(values) == pytest.approx(expected)
    assert concordance(np.tile(np.arange(4.0), (3, 1))) == pytest.approx(1)


RUNS = {f"seed={seed}": {"train.seed": seed, "train.latent_dim": 8} for seed in (0, 1, 2)}


def test_runs_of_one_configuration_tell_of_the_seed_alone() -> None:
    """Values 1, 2, 3: mean 2, standard deviation 1, so a spread of a half; 100, 101, 102: a spread of 1/101."""
    figures = {
        "wide": dict(zip(RUNS, (1.0, 2.0, 3.0), strict=True)),
        "narrow": dict(zip(RUNS, (100.0, 101.0, 102.0), strict=True)),
        "absent": dict(zip(RUNS, (1.0, math.nan, 3.0), strict=True)),
        "about zero": dict(zip(RUNS, (-1.0, 0.0, 1.0), strict=True)),
    }
    found = verdicts(figures, RUNS)
    assert {name: verdict.kind for name, verdict in found.items()} == {
        "wide": "seed", "narrow": "stable", "absent": "seed", "about zero": "seed",
    }  # fmt: skip
    assert all(verdict.parts is None and not verdict.probability for verdict in found.values())
    assert found["wide"].belongs == "the seed"
    assert found["wide"].sentence == "Wide varies with the seed: 1.00 to 3.00, a spread of 50 % over 3 runs."
    assert found["absent"].sentence == "Absent varies with the seed: 1.00 to 3.00, a spread of 71 % over 2 runs."
    assert found["about zero"].sentence == "About zero varies with the seed: −1.00 to 1.00 over 3 runs."
    compared = Compared(studies_of(RUNS), ComparisonConfig())
    compared.verdicts = tuple(found.values())
    said = answer(compared)
    assert said.text == "Of 4 figures, 3 vary with the seed (train.seed) and 1 is stable."
    assert "what settings change, they cannot tell" in said.detail
    bars = {bar.label: bar.number for bar in spreads(compared.verdicts)}
    assert bars == {"wide": "50 %", "narrow": "1.0 %", "absent": "71 %"}


def test_a_figure_that_one_configuration_alone_has() -> None:
    settings = {f"{size} {seed}": {"train.latent_dim": size, "train.seed": seed} for size in (1, 2) for seed in (0, 1)}
    known = {name: 1.0 + values["train.seed"] if values["train.latent_dim"] == 1 else math.nan
             for name, values in settings.items()}  # fmt: skip
    found = verdicts({"half": known}, settings)["half"]
    assert (found.kind, found.parts) == ("seed", None)
    assert found.sentence == "Half varies with the seed: 1.00 to 2.00, a spread of 47 % over 2 runs."


def test_which_seeds_are_compared() -> None:
    both = [{"train.seed": seed, "sample.seed": seed, "assess.seed": 0, "train.epochs": 3} for seed in (0, 1)]
    assert seeds_of(both) == ["train.seed", "sample.seed"]
    assert seed_words(seeds_of(both)) == "the seeds (train.seed, sample.seed)"
    assert seeds_of([{"train.seed": 0, "train.epochs": 3}, {"train.seed": 1, "train.epochs": 4}]) == []
