"""Settings are read once; what contradicts itself is an error that says what to do."""

import pytest
from pydantic import ValidationError

from recommender_api.history.on_redis.server import shown
from recommender_api.settings import ApiSettings, read_tokens


def refusal(environment: dict[str, str] | None = None, **arguments: object) -> str:
    with pytest.raises(ValidationError) as caught:
        ApiSettings.from_environment(environment or {}, **arguments)
    return str(caught.value.errors()[0]["msg"])


def test_without_anything_the_defaults_hold():
    settings = ApiSettings.from_environment({})

    assert (settings.host, settings.port, settings.internal_port) == ("127.0.0.1", 8000, 9100)
    assert settings.admin_tokens == {}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_dev_mode_listens_on_loopback(host):
    assert ApiSettings.from_environment({}, dev=True, host=host).dev


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "shop.example"])
def test_dev_mode_refuses_to_listen_beyond_loopback(host):
    assert "RECOMMENDER_ADMIN_TOKEN" in refusal(dev=True, host=host)


def test_more_than_one_worker_needs_a_history_that_they_share():
    assert "RECOMMENDER_REDIS_URL" in refusal(workers=2)
    shared = {"RECOMMENDER_REDIS_URL": "redis://localhost:6379"}
    assert ApiSettings.from_environment(shared, workers=2).workers == 2


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "unix:///tmp/redis"])
def test_an_address_that_is_none_of_redis_is_refused_with_what_to_write(url):
    assert "redis://host:6379" in refusal({"RECOMMENDER_REDIS_URL": url})


def test_the_password_of_redis_is_never_shown():
    url = "redis://:hush@localhost:6379"
    settings = ApiSettings.from_environment({"RECOMMENDER_REDIS_URL": url})

    assert "hush" not in repr(settings)
    assert "hush" not in shown(url)
    assert "hush" not in refusal({"RECOMMENDER_REDIS_URL": f"http{url}"})


def test_metrics_never_share_the_public_port():
    assert "must differ" in refusal(port=8000, internal_port=8000)
    assert ApiSettings.from_environment({}, port=0, internal_port=0).port == 0


def test_an_unknown_setting_is_an_error():
    assert refusal(prot=80)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", {}),
        (" , ", {}),
        ("secret", {"secret": "admin"}),
        ("ann=one, bob=two", {"one": "ann", "two": "bob"}),
        ("ci=YWJj==", {"YWJj==": "ci"}),
    ],
)
def test_admin_tokens_are_named_or_not(text, tokens):
    assert read_tokens(text) == tokens
    settings = ApiSettings.from_environment({"RECOMMENDER_ADMIN_TOKEN": text})
    assert settings.admin_tokens == tokens


@pytest.mark.parametrize("text", ["ann=", "YWJj==", "=secret", "a=b=c", "good,two words", "a=b c"])
def test_a_token_that_cannot_be_read_is_an_error_that_does_not_repeat_it(text):
    message = refusal({"RECOMMENDER_ADMIN_TOKEN": text})

    assert "RECOMMENDER_ADMIN_TOKEN: entry" in message
    assert text not in message
