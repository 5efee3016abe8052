from tasks.assessment.metrics import registered
from tasks.finished.metrics import by_order, is_level, metric_named


def test_every_metric_says_what_it_is():
    for name in registered():
        shown = metric_named(name)
        assert shown.title
        assert shown.meaning


def test_titles_and_places_are_each_metrics_own():
    shown = [metric_named(name) for name in registered()]
    for values in (
        [one.title for one in shown],
        [one.order for one in shown],
        [one.ladder for one in shown if one.ladder],
    ):
        assert len(set(values)) == len(values)


def test_a_level_of_a_pyramid_is_called_by_its_height():
    level = metric_named("swd_16")
    assert (level.title, level.heading) == ("SWD 16 px", "SWD 16 px ↓")
    assert is_level("swd_16")
    assert not is_level("novelty_latent")


def test_an_unknown_metric_is_shown_by_its_name_and_last():
    assert metric_named("house_special").heading == "house special"
    assert by_order(["house_special", "swd_16", "swd_8", "kid", "fd"]) == [
        "fd",
        "kid",
        "swd_8",
        "swd_16",
        "house_special",
    ]
