"""An id tells when and by whom it was made, whether it was kept, and nothing else."""

import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.errors import RecommendationIdMalformed
from recommender_api.tracing.ids import NOBODY, event_id_of, new_id, read_id
from recommender_store.objects.append_log import new_writer_id


@pytest.mark.parametrize("is_kept", [False, True])
def test_an_id_tells_when_by_whom_and_whether_it_was_kept(is_kept):
    writer, before_ms = new_writer_id(), time.time_ns() // 1_000_000
    text = new_id(writer, is_kept=is_kept)
    after_ms = time.time_ns() // 1_000_000

    told = read_id(text)

    assert (told.text, told.writer, told.is_kept) == (text, writer, is_kept)
    assert before_ms <= round(told.at.timestamp() * 1000) <= after_ms
    assert told.event_id == event_id_of(text)


def test_an_id_is_safe_in_a_path_and_short_enough_for_an_event():
    made = new_id(NOBODY, is_kept=True)

    assert re.fullmatch(r"rec_[0-9a-f]+", made)
    assert len(event_id_of(made)) < 64


def test_ids_of_one_moment_differ():
    assert len({new_id(NOBODY, is_kept=False) for _ in range(20_000)}) > 19_990


def test_ids_sort_by_time():
    first = new_id(new_writer_id(), is_kept=True)
    time.sleep(0.002)

    assert first < new_id(new_writer_id(), is_kept=False)


@given(at_ms=st.integers(0, 16**11 - 1))
def test_every_millisecond_that_an_id_can_hold_is_read_exactly(at_ms):
    told = read_id(f"rec_{at_ms:011x}{NOBODY}{'0' * 8}1")

    assert (told.at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000 == pytest.approx(
        at_ms, abs=0.01
    )
    assert told.at.microsecond % 1000 == 0


@given(text=st.text() | st.from_regex(r"rec_[0-9a-fA-F_/.]{30,34}", fullmatch=True))
def test_what_is_no_id_is_told_so_and_an_id_is_read(text):
    if re.fullmatch(r"rec_[0-9a-f]{31}[01]", text):
        assert read_id(text).text == text
    else:
        with pytest.raises(RecommendationIdMalformed):
            read_id(text)
