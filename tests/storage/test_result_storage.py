from pathlib import Path

import pytest

from storage.failure import StoreFailed
from storage.record import PLAIN_JSON, RECORD, read_record
from storage.result_storage import ResultStorage, plain_serializer
from tests.storage.records import KEY, record


def test_prefects_own_serializer_writes_what_is_trusted() -> None:
    assert plain_serializer().model_dump() == PLAIN_JSON


@pytest.mark.parametrize(
    "serializer",
    [
        {**PLAIN_JSON, "object_decoder": "os.system"},
        {**PLAIN_JSON, "jsonlib": "evil"},
        {**PLAIN_JSON, "loads_kwargs": {"cls": "evil"}},
        {"type": "pickle"},
    ],
)
def test_records_that_name_code_are_refused(tmp_path: Path, serializer: dict[str, object]) -> None:
    content = record({"facts": {}}, serializer)
    with pytest.raises(ValueError, match="serializer"):
        read_record(content)
    path = tmp_path / "model" / KEY / RECORD
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(StoreFailed, match="cannot be trusted"):
        ResultStorage(root=str(tmp_path)).read_path(f"model/{KEY}/{RECORD}")


def test_it_keeps_to_its_root(tmp_path: Path) -> None:
    storage = ResultStorage(root=str(tmp_path))
    for path in ("../x", "/etc/passwd"):
        with pytest.raises(StoreFailed, match="not a path inside the store"):
            storage.write_path(path, b"")
    with pytest.raises(FileNotFoundError):
        storage.read_path(f"model/{KEY}/{RECORD}")
