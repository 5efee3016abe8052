import json
from pathlib import Path

import pytest

from flows.cli.commands import app
from flows.housekeeping.doctor import LOCK, differing_versions, examine, locked_versions


def verdicts(store: Path, api: str | None) -> dict[str, str]:
    return {finding.about: finding.verdict for finding in examine(str(store), api)}


def test_a_sound_machine_has_no_problem_but_what_differs_from_the_lock(tmp_path: Path, prefect_server: str) -> None:
    found = verdicts(tmp_path / "store", prefect_server)
    assert {found[name] for name in ("python", "device", "server", "store")} == {"ok"}
    assert not list(tmp_path.iterdir())


def test_a_server_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    found = {finding.about: finding for finding in examine(str(tmp_path), "http://127.0.0.1:9/api")}
    assert found["server"].verdict == "problem"
    assert "http://127.0.0.1:9/api does not answer" in found["server"].text


def test_a_store_that_is_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert verdicts(tmp_path / "file", None)["store"] == "problem"


def test_versions_are_compared_with_the_lock(tmp_path: Path) -> None:
    locked = locked_versions(LOCK)
    assert locked["prefect"] == "3.8.8"
    assert differing_versions({"prefect": locked["prefect"], "torch": locked["torch"]}) == []
    (tmp_path / "lock").write_text("prefect==3.8.7\nno-such-package==1.0\n# comment\n")
    assert differing_versions(locked_versions(tmp_path / "lock")) == [
        "prefect 3.8.8 (locked: 3.8.7)",
        "no-such-package is not installed (locked: 1.0)",
    ]


def test_the_exit_status_says_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}), pytest.raises(SystemExit) as ended:
        app(["doctor", "--json", "--store", str(tmp_path)], standalone_mode=False)
    assert ended.value.code == 1
    found = {finding["about"]: finding["verdict"] for finding in json.loads(capsys.readouterr().out)}
    assert found["server"] == "problem"
