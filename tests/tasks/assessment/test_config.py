import pytest
from pydantic import ValidationError

from tasks.assessment.config import AssessConfig
from tasks.assessment.metrics import registered
from tasks.assessment.metrics.swd import PatchDistance


def test_every_metric_has_a_group_of_its_own():
    config = AssessConfig(swd={"patches": 5})
    assert config.swd == PatchDistance(patches=5)
    assert set(registered()) <= set(AssessConfig.model_fields)


def test_every_field_is_described():
    assert all(field.description for field in AssessConfig.model_fields.values())
    assert all(field.description for field in AssessConfig.model_fields["network"].annotation.model_fields.values())


def test_the_features_depend_on_the_network_alone_and_the_device_on_nothing():
    config = AssessConfig()
    changed = [
        AssessConfig(count=30),
        AssessConfig(seed=9),
        AssessConfig(swd={"patches": 5}),
        AssessConfig(device="cpu"),
    ]
    assert all(other.for_features() == config.for_features() for other in changed)
    assert AssessConfig(network={"epochs": 3}).for_features() != config.for_features()
    assert AssessConfig(device="cpu").identity() == config.identity()
    assert all(other.identity() != config.identity() for other in changed[:3])


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"repeats": 1}, {"swd": {"patches": 0}}, {"network": {"epochs": 0}}, {"kid": 1}]
)
def test_impossible_values_are_refused(wrong):
    with pytest.raises(ValidationError):
        AssessConfig(**wrong)
