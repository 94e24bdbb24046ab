"""Writers side by side, and readers that take up where they left."""

import threading

from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_store.objects.append_log import AppendLog, advanced
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope


def everything(log: AppendLog) -> list[bytes]:
    return [line for segment in log.segments() for line in log.read(segment)]


def test_a_writers_segments_come_in_the_order_of_writing() -> None:
    times = iter([5, 5, 3, 100, 99])
    log = AppendLog(Scope(BucketObjects(MemoryStore())), clock_us=lambda: next(times))
    for number in range(5):
        log.append([b"%d" % number])

    assert everything(log) == [b"0", b"1", b"2", b"3", b"4"]
    names = [segment.name.written_at_us for segment in log.segments()]
    assert names == sorted(set(names))


def test_two_instances_never_write_as_one() -> None:
    scope = Scope(BucketObjects(MemoryStore()))
    one, other = AppendLog(scope), AppendLog(scope)
    one.append([b"a"])
    other.append([b"b"])

    assert one.writer != other.writer
    assert one.writers() == sorted([one.writer, other.writer])


def test_many_threads_may_append_at_once() -> None:
    log = AppendLog(Scope(BucketObjects(MemoryStore())))

    def append(name: int) -> None:
        for number in range(25):
            log.append([b"%d-%d" % (name, number)])

    threads = [threading.Thread(target=append, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(everything(log))) == len(everything(log)) == 100


def test_a_writer_without_segments_is_no_writer() -> None:
    scope = Scope(BucketObjects(MemoryStore()))
    log = AppendLog(scope)
    segment = log.append([b"a"])
    scope.delete(segment.key)

    assert log.writers() == []
    assert list(log.segments({segment.writer: str(segment.name)})) == []


steps = st.lists(st.one_of(st.sampled_from(["a", "b"]), st.just("read")), max_size=20)


@given(steps=steps)
def test_a_reader_with_marks_sees_every_segment_once(steps: list[str]) -> None:
    scope = Scope(BucketObjects(MemoryStore()))
    logs = {"a": AppendLog(scope), "b": AppendLog(scope)}
    marks: dict[str, str] = {}
    written, seen = [], []
    for number, step in enumerate([*steps, "read"]):
        if step == "read":
            new = list(logs["a"].segments(marks))
            seen += [line for segment in new for line in logs["a"].read(segment)]
            marks = advanced(marks, new)
        else:
            logs[step].append([b"%d" % number])
            written.append(b"%d" % number)

    assert sorted(seen) == sorted(written)


def test_marks_never_go_back() -> None:
    log = AppendLog(Scope(BucketObjects(MemoryStore())))
    older, newer = log.append([b"a"]), log.append([b"b"])

    assert advanced(advanced({}, [newer]), [older]) == {log.writer: str(newer.name)}
