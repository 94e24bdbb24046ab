"""Traces: from an SDK's batch to its segment, from a request to its stages."""

import sys

import pytest
import structlog

from loggers_sdk import EventLogger
from recommender_api.exchange.laps import laps_of_now
from recommender_api.exchange.traceparent import read_traceparent
from recommender_api.exchange.visit import Visit, visiting
from recommender_api.telemetry.log_lines import name_request
from recommender_api.telemetry.spans import chosen_spans
from recommender_store.catalog.log import ItemFields
from recommender_store.tenants.identity import parse_tenant_id
from tests.recommender_api.served import AUTHOR, serving, store_in, until
from tests.recommender_api.telemetry.collector import collecting

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED, NOT_SAMPLED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"


@pytest.fixture
def collector(monkeypatch):
    with collecting() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        yield running


@pytest.fixture
def store(tmp_path):
    made = store_in(tmp_path, create=True)
    space = made.create_tenant("shop", "Shop", author=AUTHOR)
    space.catalog.write([ItemFields("i", {"title": "a"}), ItemFields("j", {"title": "b"})])
    return made


def asked(store, path, share, **headers):
    with serving(store, otel_share=share) as served:
        return served.of("shop").get(path, headers=headers)


def test_one_trace_reaches_from_an_sdks_batch_to_the_segment_that_holds_it(store, collector):
    with serving(store, otel_share=1.0) as served:
        logger = EventLogger(served.base_url, "shop", served.key("shop"))
        logger.view(user_id="ann", item_id="i")
        assert logger.flush(timeout_s=60).delivered == 1
        logger.close()

    (request,) = (span for span in collector.spans if span.name == "POST events")
    inside = {span.name: span for span in collector.spans if span.parent_span_id == request.span_id}
    assert request.parent_span_id  # the SDK's, which made it itself
    assert {span.trace_id for span in inside.values()} == {request.trace_id}
    assert {"door", "body", "verdicts", "durable", "segment commit", "history"} <= set(inside)
    (segment,) = (one.value.string_value for one in inside["segment commit"].attributes)
    (lying,) = (store.settings.folder / "tenants/shop/events/segments").rglob("*.zst")
    assert segment.endswith(lying.name)
    assert collector.services == {"recommender-api"}


def test_a_requests_stages_are_spans_below_it_and_its_trace_is_the_senders(store, collector):
    answer = asked(store, "/items/i/similar", 1.0, traceparent=SAMPLED)

    assert answer.status_code == 200
    (request,) = (span for span in collector.spans if span.name == "GET similar")
    stages = [one.name for one in collector.spans if one.parent_span_id == request.span_id]
    assert request.trace_id.hex() == TRACE
    assert request.parent_span_id.hex() == SPAN
    assert {"door", "history", "sources", "filters and scores", "answer", "response"} <= set(stages)


@pytest.mark.parametrize(("share", "sent"), [(1.0, NOT_SAMPLED), (0.0, SAMPLED)])
def test_a_trace_that_is_not_to_be_recorded_is_not(store, collector, share, sent):
    assert asked(store, "/popular", share, traceparent=sent).status_code == 200

    assert not [span for span in collector.spans if span.trace_id.hex() == TRACE]


def trained_over_rest(store, share, **headers):
    """A training of a log without events, from its request to its end; what was answered."""
    with serving(store, otel_share=share) as served:
        shop = served.of("shop")
        run_id = shop.post("/runs", headers=headers).json()["run_id"]
        until(lambda: shop.get(f"/runs/{run_id}").json()["status"] == "refused", 60)
        return shop.get(f"/runs/{run_id}").json()


def named(collector, name):
    (one,) = (span for span in collector.spans if span.name == name)
    return one


def test_a_job_and_its_steps_are_spans_below_the_request_that_asked_for_it(store, collector):
    told = trained_over_rest(store, 1.0, traceparent=SAMPLED)

    job, step = named(collector, "train"), named(collector, "snapshot")
    (asked,) = (span for span in collector.spans if span.span_id == job.parent_span_id)
    assert asked.name.startswith("POST ")
    assert (asked.trace_id, asked.parent_span_id) == (bytes.fromhex(TRACE), bytes.fromhex(SPAN))
    assert job.trace_id == asked.trace_id
    assert (step.trace_id, step.parent_span_id) == (job.trace_id, job.span_id)
    attributes = {one.key: one.value.string_value for one in job.attributes}
    assert attributes == {"recommender.tenant": "shop", "recommender.run": told["run_id"]}
    assert collector.services == {"recommender-api", "recommender-job"}


@pytest.mark.parametrize(("sent", "is_recorded"), [(SAMPLED, True), (NOT_SAMPLED, False)])
def test_a_job_of_a_request_that_is_not_recorded_goes_by_its_senders_word(
    store, collector, sent, is_recorded
):
    trained_over_rest(store, 0.0, traceparent=sent)

    jobs = [span for span in collector.spans if span.name == "train"]
    assert [span.parent_span_id.hex() for span in jobs] == ([SPAN] if is_recorded else [])


def test_without_somebody_who_takes_traces_in_there_are_none():
    assert chosen_spans(1.0, {}) is None


def test_without_the_extra_a_server_starts_and_says_what_is_missing(monkeypatch):
    name = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    monkeypatch.setitem(sys.modules, name, None)

    with structlog.testing.capture_logs() as lines:
        assert chosen_spans(1.0, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}) is None

    assert [line["event"] for line in lines] == ["spans_off"]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00-1-2-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
    ],
)
def test_what_is_no_traceparent_is_as_if_none_was_sent(text):
    assert read_traceparent(text) is None


def test_a_traceparent_of_a_later_version_is_read_as_far_as_it_is_known():
    assert read_traceparent(f"01-{TRACE}-{SPAN}-03-more") == (TRACE, SPAN, True)


def test_log_lines_name_the_request_its_tenant_and_its_trace():
    headers = [(b"x-request-id", b"r-1"), (b"traceparent", SAMPLED.encode())]
    visit = Visit({"headers": headers, "method": "GET"}, send=None)
    visit.tenant_id = parse_tenant_id("shop")
    token = visiting.set(visit)
    try:
        line = name_request(None, "info", {"event": "e", "tenant_id": "given"})
    finally:
        visiting.reset(token)

    assert line == {"event": "e", "tenant_id": "given", "request_id": "r-1", "trace_id": TRACE}
    assert name_request(None, "info", {"event": "e"}) == {"event": "e"}
    assert laps_of_now() is None
