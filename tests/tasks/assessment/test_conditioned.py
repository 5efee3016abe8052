from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from storage.arrays import open_complete, read_array
from storage.rows import StoredRows
from tasks.assessment.conditioned import FACES, Judge, assess_conditioned, commonest
from tasks.assessment.config import AssessConfig
from tasks.assessment.rows import Sources
from tasks.autoencoder.network import Autoencoder
from tasks.finished.conditioned import Orders, read_orders
from tasks.sampling import guided
from tasks.sampling.labels import Labels
from tasks.sampling.learning import fit


@pytest.fixture(scope="module")
def folders(
    tmp_path_factory: pytest.TempPathFactory,
    squares: Callable[[int, int], tuple[np.ndarray, np.ndarray]],
    write_study: Callable[..., dict[str, Path]],
    config: AssessConfig,
    autoencoder: Autoencoder,
) -> dict[str, Path]:
    """300 images of squares, bright or dark; a third attribute is a coin's, a fourth nearly always there."""
    images, truth = squares(300, 4)
    rng = np.random.default_rng(0)
    value = np.column_stack([truth[:, 0], rng.choice([1, -1], 300), np.where(rng.random(300) < 0.97, 1, -1)])
    partition = np.repeat([0, 1, 2], [180, 60, 60])[rng.permutation(300)]
    return write_study(tmp_path_factory.mktemp("orders"), images, partition, value, config, autoencoder)


@pytest.fixture(scope="module")
def orders(
    folders: dict[str, Path],
    sources_of: Callable[[dict[str, Path]], Sources],
    config: AssessConfig,
    tmp_path_factory: pytest.TempPathFactory,
) -> Orders:
    out = tmp_path_factory.mktemp("conditioned")
    facts = assess_conditioned(sources_of(folders), folders["baselines"], config, out)
    assert facts == {"attributes": 2, "faces": 8 * FACES}
    return read_orders(out)


def test_what_is_asked_for_is_seen(orders: Orders) -> None:
    """Brightness is in the features, a coin is not."""
    bright, coin = (next(row for row in orders.used if row.found.name == f"attribute {number}") for number in (0, 1))
    assert bright.told
    assert bright.found.auc > 0.9
    assert 0.3 < coin.found.auc < 0.7
    counts = {"drawn": bright.drawn.seen, "having": bright.found.having, "lacking": bright.found.lacking}
    share = {kind: count.seen / count.n for kind, count in counts.items()}
    assert share["having"] > 0.85
    assert share["lacking"] < 0.3
    assert share["drawn"] > 0.8 * share["having"]
    plain = bright.found.unconditioned
    assert plain.seen / plain.n == pytest.approx(0.5, abs=0.2)


def test_counts_are_those_of_the_data(orders: Orders, folders: dict[str, Path]) -> None:
    group = open_complete(folders["dataset"] / "images.zarr")
    value, train = read_array(group, "attribute"), read_array(group, "partition") == 0
    for row in orders.used:
        column = int(row.found.name[-1])
        assert row.found.training_with == (value[train, column] == 1).sum()
        assert row.found.training_known == 180
        assert (row.found.having.n, row.found.lacking.n) == tuple(
            (value[~train, column] == side).sum() for side in (1, -1)
        )
        assert row.drawn.seen.n == row.found.unconditioned.n == 8 * FACES
    assert orders.images.shape == (1, 2, 12, 32, 32, 3)


def test_the_same_bytes_again(
    orders: Orders,
    folders: dict[str, Path],
    sources_of: Callable[[dict[str, Path]], Sources],
    config: AssessConfig,
    contents: Callable[[Path], dict[str, bytes]],
    tmp_path: Path,
) -> None:
    assess_conditioned(sources_of(folders), folders["baselines"], config, tmp_path)
    assert orders.folder is not None
    assert contents(tmp_path) == contents(orders.folder)


def test_a_flow_is_looked_at_beside_normal_distributions(
    folders: dict[str, Path],
    sources_of: Callable[[dict[str, Path]], Sources],
    config: AssessConfig,
    orders: Orders,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"STEPS": 20, "FLOW_STEPS": 2, "MOMENTS_OF": 200}.items():
        monkeypatch.setattr(guided, name, value)
    monkeypatch.setattr(fit, "ROUNDS", 2)
    points = (folders[name] for name in ("dataset", "latents", "statistics"))
    assert not guided.fit_guided(*points, 0, tmp_path / "fit")["diverged"]
    assess_conditioned(sources_of(folders), folders["baselines"], config, tmp_path, guided=tmp_path / "fit")
    both = read_orders(tmp_path)
    assert list(both.ways) == ["linear_normal", "guided_flow"]
    assert both.ways["linear_normal"][0].drawn == orders.used[0].drawn
    assert both.used == both.ways["guided_flow"]
    assert both.used[0].drawn != orders.used[0].drawn
    assert both.images.shape == (2, 2, 12, 32, 32, 3)


def test_without_attributes_there_is_nothing_to_look_at(
    study: dict[str, Path], folders: dict[str, Path], sources: Sources, config: AssessConfig,
    write_dataset: Callable[..., None], tmp_path: Path,
) -> None:  # fmt: skip
    group = open_complete(study["dataset"] / "images.zarr")
    write_dataset(tmp_path / "dataset", read_array(group, "image"), read_array(group, "partition"), None)
    bare = Sources(tmp_path / "dataset", sources.model, sources.latents, sources.statistics, sources.features)
    assert assess_conditioned(bare, study["baselines"], config, tmp_path / "out")["attributes"] == 0
    assert read_orders(tmp_path / "out").used == ()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["conditioned.json"]


def test_the_commonest_attributes_with_enough_images_on_either_side() -> None:
    shares = {"half": 0.5, "most": 0.95, "some": 0.3, "few": 0.1, "none": 0.0}
    training, held_out = (
        np.stack([np.where(np.arange(count) < share * count, 1, -1) for share in shares.values()], axis=1)
        for count in (400, 100)
    )
    labels = Labels(tuple(shares), training.astype(np.int8))
    assert commonest(labels, held_out.astype(np.int8)) == ["half", "some"]


def test_the_judge_leaves_out_what_is_unknown() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((300, 3))
    value = np.sign(features[:, 0]).astype(np.int8)
    value[:100] = 0
    features[:100, 0] *= -1
    features[:, 2] = 1.0
    judge = Judge(StoredRows(features), value, 0)
    new = rng.standard_normal((200, 3))
    having, lacking = new[new[:, 0] > 0.1], new[new[:, 0] < -0.1]
    assert judge.seen(having).seen / len(having) > 0.97
    assert judge.seen(lacking).seen / len(lacking) < 0.03
    assert judge.auc(having, lacking) > 0.99
