"""Distances between distributions, with answers that can be reckoned by hand."""

import numpy as np
import pytest

from trainers.datasets.divergence import jensen_shannon, ks, psi

DISTANCES = (psi, jensen_shannon)


def counts(*values):
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize("distance", [*DISTANCES, ks])
def test_the_same_shares_are_no_distance_apart(distance):
    assert distance(counts(10, 20, 30), counts(10, 20, 30)) == 0
    assert distance(counts(100, 200, 300), counts(1_000, 2_000, 3_000)) == pytest.approx(0)


def test_two_that_share_nothing_are_a_bit_apart():
    assert jensen_shannon(counts(1e9, 0), counts(0, 1e9)) == pytest.approx(1)


def test_a_known_divergence_comes_out():
    """Of shares (1, 0) and (1/2, 1/2): H(3/4, 1/4) - H(1/2, 1/2) / 2 = 0.8113 - 0.5 bits."""
    assert jensen_shannon(counts(1e9, 0), counts(5e8, 5e8)) == pytest.approx(0.3113, abs=1e-4)


def test_a_known_stability_index_comes_out():
    """Of shares (0.5, 0.5) and (0.25, 0.75): 0.25 ln 2 + 0.25 ln 1.5."""
    assert psi(counts(5e8, 5e8), counts(2.5e8, 7.5e8)) == pytest.approx(0.27465, abs=1e-4)


@pytest.mark.parametrize("distance", DISTANCES)
def test_two_samples_of_the_same_are_nearly_always_no_distance_apart(distance):
    rng = np.random.default_rng(3)
    shares = rng.dirichlet(np.ones(50))

    found = [
        distance(*(rng.multinomial(n, shares).astype(float) for n in (20_000, 1_000)))
        for _ in range(200)
    ]

    assert np.mean(np.array(found) > 0) < 0.05


@pytest.mark.parametrize("distance", DISTANCES)
def test_what_neither_holds_changes_nothing(distance):
    one, other = counts(500, 100, 400), counts(300, 300, 400)

    assert distance(counts(0, *one), counts(0, *other)) == distance(one, other) > 0
