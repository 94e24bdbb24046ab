"""Where the store lies and what signs for it, as the environment says."""

import os
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from recommender_store.errors import SecretKeyMissing, SecretKeyUnreadable, SettingInvalid
from recommender_store.settings import DEFAULT_CACHE_BYTES, DEFAULT_URL, StoreSettings


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = StoreSettings.from_environment({})

    assert settings.url == DEFAULT_URL
    assert settings.cache_bytes == DEFAULT_CACHE_BYTES
    assert settings.folder == Path.cwd() / ".recommender"
    assert settings.cache_folder() == Path.cwd() / ".recommender" / "cache"


def test_an_unset_and_an_empty_variable_are_the_same() -> None:
    names = ["STORE_URL", "SECRET_KEY", "CACHE_DIR", "CACHE_BYTES"]
    settings = StoreSettings.from_environment({f"RECOMMENDER_{name}": "" for name in names})

    assert settings.model_dump(exclude={"environment"}) == StoreSettings().model_dump(
        exclude={"environment"}
    )


@pytest.mark.parametrize("value", ["lots", "-1", "0", "1e9", "20 GB", "²", "1.5"])
def test_a_number_of_bytes_that_is_none_is_told_with_its_variable(value: str) -> None:
    with pytest.raises(SettingInvalid, match="RECOMMENDER_CACHE_BYTES") as caught:
        StoreSettings.from_environment({"RECOMMENDER_CACHE_BYTES": value})
    assert caught.value.value == value


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError):
        StoreSettings.model_validate({"urll": "memory://"})
    with pytest.raises(ValidationError):
        StoreSettings(cache_bytes=0)


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///var/lib/r", Path("/var/lib/r")),
        ("file:///var/lib/a%20b", Path("/var/lib/a b")),
        ("file://./r", Path.cwd() / "r"),
        ("s3://bucket/prefix", None),
        ("memory://", None),
    ],
)
def test_only_a_folder_store_has_a_folder(url: str, folder: Path | None) -> None:
    assert StoreSettings(url=url).folder == folder


def test_a_cache_lies_where_it_is_wanted_or_in_the_users_cache_folder() -> None:
    def cache(**environment: str) -> Path:
        given = {"RECOMMENDER_STORE_URL": "s3://bucket", **environment}
        return StoreSettings.from_environment(given).cache_folder()

    assert cache(RECOMMENDER_CACHE_DIR="/models") == Path("/models")
    assert cache(XDG_CACHE_HOME="/home/me/c") == Path("/home/me/c/recommender")
    assert cache() == Path.home() / ".cache" / "recommender"


def test_a_comma_list_of_secrets_is_taken_newest_first() -> None:
    assert StoreSettings(secret_key=" new ,, old,").signing_secrets() == ["new", "old"]


def test_a_folder_keeps_a_secret_of_its_own_for_its_owner_alone(tmp_path: Path) -> None:
    settings = StoreSettings(url=f"file://{tmp_path}")
    usual = os.umask(0)
    try:
        first = settings.signing_secrets()
    finally:
        os.umask(usual)

    assert settings.signing_secrets() == first
    assert len(first[0]) == 64
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_set_secret_leaves_the_folder_alone(tmp_path: Path) -> None:
    assert StoreSettings(url=f"file://{tmp_path}", secret_key="s").signing_secrets() == ["s"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_secret_that_cannot_be_read_is_told_and_not_replaced(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "secret.key").write_bytes(content)

    with pytest.raises(SecretKeyUnreadable, match=r"secret\.key"):
        StoreSettings(url=f"file://{tmp_path}").signing_secrets()
    assert (tmp_path / "secret.key").read_bytes() == content


@pytest.mark.parametrize("url", ["s3://bucket", "s3://bucket/prefix", "gs://bucket", "az://box"])
def test_a_bucket_needs_a_secret_from_outside(url: str) -> None:
    with pytest.raises(SecretKeyMissing, match="RECOMMENDER_SECRET_KEY") as caught:
        StoreSettings(url=url, secret_key=" , ").signing_secrets()
    assert caught.value.code == "secret_key_missing"


def test_memory_signs_for_itself() -> None:
    assert StoreSettings(url="memory://a").signing_secrets() == (
        StoreSettings(url="memory://b").signing_secrets()
    )


def test_no_secret_is_shown() -> None:
    environment = {"RECOMMENDER_SECRET_KEY": "hush", "AWS_SECRET_ACCESS_KEY": "quiet"}
    shown = repr(StoreSettings.from_environment(environment))

    assert "hush" not in shown
    assert "quiet" not in shown
