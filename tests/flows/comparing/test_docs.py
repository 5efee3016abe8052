"""The examples of docs/compare.md are what they claim to be."""

import re
from pathlib import Path

import pytest
import yaml

from flows.comparing.config import CompareConfig, configurations
from storage.keys import PROJECT
from tasks.autoencoder.trial import check_custom

DOCS = (PROJECT / "docs" / "compare.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)


def test_every_comparison_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inception = tmp_path / "inception-2015-12-05.pt"
    inception.write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    whole = [config for text in blocks("yaml") if "grid" in (config := yaml.safe_load(text))]
    assert len(whole) >= 2
    assert [len(configurations(CompareConfig.model_validate(config))) for config in whole][:2] == [13, 3]


def test_the_own_network_works_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = [text for text in blocks("python") if "def encoder" in text]
    (tmp_path / "mynet.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    bases = [yaml.safe_load(text).get("base", {}) for text in blocks("yaml")]
    (base,) = [one for one in bases if "encoder" in one.get("train", {})]
    config = CompareConfig.model_validate({"base": base, "grid": {"train.family": ["ae", "vae", "rae"]}})
    for member in configurations(config):
        check_custom(member.study.train.autoencoder(32))
