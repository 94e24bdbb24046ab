import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.foreign_logs.declarations.kinds import is_kind
from recommender_api.foreign_logs.guess.names import SURE_SCORE, score
from recommender_api.foreign_logs.guess.words import kind_in_name, kind_map, kind_of


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("pv", "view"),
        ("page_view", "view"),
        ("Product Viewed", "view"),
        ("addToCart", "cart"),
        ("ADD_TO_CART", "cart"),
        ("Product Added", "cart"),
        ("Order Completed", "purchase"),
        ("transaction", "purchase"),
        ("fav", "favorite"),
        ("remove_from_cart", None),
        ("Cart Viewed", None),
        ("Checkout Started", None),
        ("session_start", None),
        ("", None),
    ],
)
def test_a_word_means_one_kind_or_none(word, kind):
    assert kind_of(word) == kind


@given(st.lists(st.text(max_size=12), max_size=6))
def test_every_word_of_a_map_becomes_a_valid_kind(words):
    kinds = kind_map(["view", "view2", *words, "buy", "cart", "click", "fav", "rate", "order"])

    assert kinds is not None
    assert all(is_kind(kind) for kind in kinds.values())


def test_a_column_of_mostly_unknown_words_is_no_kind():
    assert kind_map(["red", "green", "view"]) is None
    assert kind_map([]) is None


def test_the_name_of_a_file_may_tell_the_kind():
    assert kind_in_name("yoochoose-clicks.dat") == "click"
    assert kind_in_name("orders_2024.csv.gz") == "purchase"
    assert kind_in_name("data.csv") is None


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("CustomerID", "user"),
        ("$.user.id", "user"),
        ("household_id", "user"),
        ("productId", "item"),
        ("Stock Code", "item"),
        ("t_dat", "time"),
        ("transaction_timestamp", "time"),
        ("basket_id", "session"),
        ("event_type", "kind"),
    ],
)
def test_common_names_are_known_for_sure(name, role):
    assert score(name, role) >= SURE_SCORE


def test_a_word_in_a_name_counts_less_than_the_name():
    assert 0 < score("web_user_ref", "user") < score("user_id", "user")
    assert score("color", "user") == 0
