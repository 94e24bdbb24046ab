"""A part is read when its head has moved, and a fault never spreads."""

from recommender_api.serving.part import RETRY_S, Part


class Chain:
    """A head, and what happens when it is read."""

    def __init__(self):
        self.number, self.reads, self.now_s = 1, [], 0.0
        self.head_fault = self.read_fault = None
        self.part = Part("model", self.head, self.read, lambda: self.now_s)

    def head(self):
        if self.head_fault:
            raise self.head_fault
        return self.number

    def read(self):
        self.reads.append(self.number)
        if self.read_fault:
            raise self.read_fault


def test_a_part_is_read_once_for_each_number():
    chain = Chain()

    assert [chain.part.refresh() for _ in range(3)] == [True, False, False]
    chain.number = 2
    assert chain.part.refresh()
    assert chain.reads == [1, 2]


def test_a_fault_is_told_and_tried_again_after_a_while():
    chain = Chain()
    chain.read_fault = ValueError("cut off")
    assert chain.part.refresh()
    assert chain.part.fault == "the newest model cannot be read: cut off"
    assert not chain.part.refresh()
    assert not chain.part.is_due

    chain.now_s, chain.read_fault = RETRY_S, None
    assert chain.part.is_due
    assert chain.part.refresh()

    assert chain.part.fault is None
    assert chain.reads == [1, 1]


def test_a_newer_number_is_tried_at_once():
    chain = Chain()
    chain.read_fault = ValueError("cut off")
    chain.part.refresh()
    chain.number, chain.read_fault = 2, None

    assert chain.part.refresh()
    assert chain.part.fault is None


def test_a_head_that_cannot_be_asked_keeps_what_is_there():
    chain = Chain()
    chain.part.refresh()
    chain.head_fault = OSError("no network")
    assert chain.part.refresh()
    assert "no network" in chain.part.fault
    chain.head_fault = None

    assert chain.part.refresh()
    assert chain.part.fault is None
    assert chain.reads == [1]
