"""How levels are named, and what they are measured in."""

from tasks.page.wording import short
from tasks.reporting.levels import UNITS, unit
from tasks.sampling.config import SampleConfig


def test_every_sampler_with_levels_says_what_they_are_measured_in():
    config = SampleConfig()
    swept = {name for name in config.samplers if config.settings(name).parameters()}
    assert swept == set(UNITS)


def test_units_are_those_of_the_study(correlated):
    study = correlated.study()
    common, component = study.samples["uniform_common"], study.samples["uniform_component"]
    assert f"b = 1 is b0 = {short(common.facts['b0'])}" in unit(study, common)
    middle = sorted(float(one) for one in study.statistic("half_width"))
    assert f"{short((middle[2] + middle[3]) / 2)} in the median one" in unit(study, component)
    assert unit(study, study.samples["resampled"]) == ""


def test_levels_are_named_by_what_varies(scarce):
    blend = scarce.study().samples["house_blend"]
    assert [blend.brief(level) for level in range(4)] == [
        "k=2, mix=0.25", "k=2, mix=0.75", "k=4, mix=0.25", "k=4, mix=0.75"
    ]  # fmt: skip
    assert scarce.study().samples["shuffled"].brief(0) == "single level"
