from pathlib import Path

import pytest

from loggers_sdk import ConfigInvalid, EventLogger
from loggers_sdk.config import Config, read_environment
from loggers_sdk.testing import RecordingTransport

GOOD = {"endpoint": "https://recommender.internal", "tenant": "shop", "api_key": "k"}


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"endpoint": "recommender.internal"}, "endpoint"),
        ({"endpoint": "ftp://recommender.internal"}, "endpoint"),
        ({"endpoint": "http://host:port"}, "endpoint"),
        ({"endpoint": "http://"}, "endpoint"),
        ({"endpoint": None}, "endpoint"),
        ({"endpoint": 3}, "endpoint"),
        ({"tenant": ""}, "tenant"),
        ({"api_key": None}, "api_key"),
        ({"api_key": "k\r\nX-Admin: 1"}, "api_key"),
        ({"durability": "disk"}, "durability"),
        ({"durability": "spool_always"}, "spool_dir"),
        ({"buffer_limit_events": 0}, "buffer_limit_events"),
        ({"batch_limit_events": 1001}, "batch_limit_events"),
        ({"batch_limit_bytes": 3 * 1024 * 1024}, "batch_limit_bytes"),
        ({"request_timeout_s": -1}, "request_timeout_s"),
    ],
)
def test_a_contradiction_is_an_error_at_the_start(changes: dict, setting: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        Config(**{**GOOD, **changes})

    assert caught.value.setting == setting


def test_the_key_is_not_shown() -> None:
    assert "hidden" not in repr(Config(**{**GOOD, "api_key": "hidden"}))


def test_no_two_tenants_share_a_folder_and_none_leaves_the_spool(tmp_path: Path) -> None:
    tenants = ["shop", "shop/x", "..", ".", "SHOP", "a b"]
    folders = [Config(**{**GOOD, "tenant": t}, spool_dir=tmp_path).spool_folder for t in tenants]

    assert len(set(folders)) == len(tenants)
    assert all(folder is not None and folder.parent == tmp_path for folder in folders)


def test_memory_has_no_folder(tmp_path: Path) -> None:
    assert Config(**GOOD, spool_dir=tmp_path, durability="memory").spool_folder is None


def test_an_empty_variable_counts_as_absent() -> None:
    environment = {"RECOMMENDER_TENANT": "shop", "RECOMMENDER_API_KEY": "", "HOME": "/root"}

    assert read_environment(environment) == {"tenant": "shop"}


def test_a_logger_from_the_environment_says_which_variable_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECOMMENDER_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("RECOMMENDER_API_KEY", "k")
    monkeypatch.setenv("RECOMMENDER_SPOOL_DIR", str(tmp_path))
    monkeypatch.delenv("RECOMMENDER_TENANT", raising=False)
    with pytest.raises(ConfigInvalid, match="RECOMMENDER_TENANT"):
        EventLogger.from_env()

    monkeypatch.setenv("RECOMMENDER_TENANT", "shop")
    with EventLogger.from_env(transport=RecordingTransport(), durability="spool_always"):
        assert list(tmp_path.glob("tenant-shop/*.spool"))
