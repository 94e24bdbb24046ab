"""Asking as an application would: titles, reasons, rules, what was removed, and why not."""

import json

from tests.recommender_api.console.visitor import text_of

TRY = "/tenants/shop/try"


def test_an_answer_is_told_with_titles_scores_sources_and_reasons(admin):
    text = text_of(admin.get(TRY, placement="similar", item_id="item-000001", limit="3"))

    assert "At shop item 1" in text
    assert "neighbours" in text
    assert "similar_to:item-000001" in text
    assert "served by model" in text


def test_why_not_tells_what_kept_an_item_out(admin):
    asked = {"placement": "for_you", "user_id": "user-000001", "why_not": "item-000003,nothing"}

    text = text_of(admin.get(TRY, **asked))

    assert "it is not available now" in text
    assert "nothing is known of this item" in text


def test_what_a_rule_removed_is_told_with_the_rule(own_admin):
    rule = {"id": "no-cheap", "kind": "exclude", "filter": "price < 150"}
    own_admin.post("/tenants/shop/rule", text=json.dumps(rule), revision="0", do="save")

    text = text_of(own_admin.get(TRY, placement="for_you", user_id="user-000001"))

    assert "rule:no-cheap" in text
    assert "no-cheap exclude" in text


def test_nothing_that_is_tried_is_written_down(own_admin, own):
    log = own.store.tenant("shop").events
    before = log.lines_after({})[0]

    own_admin.get(TRY, placement="for_you", user_id="user-000001")

    assert len(log.lines_after({})[0]) == len(before)


def test_a_wrong_field_is_told_beside_it(admin):
    limited = admin.get(TRY, status=422, placement="similar", item_id="item-000001", limit="many")
    filtered = admin.get(TRY, status=422, placement="popular", filter="price <")

    assert 'id="limit-fault"' in limited.text
    assert 'id="filter-fault"' in filtered.text


def test_an_unknown_placement_is_told_with_those_there_are(admin):
    assert "for_you" in text_of(admin.get(TRY, status=404, placement="nowhere"))


def test_items_are_found_by_title_and_by_id_and_a_user_by_the_whole_id(admin):
    by_title = text_of(admin.get(TRY, q="SHOP ITEM 19"))
    by_id = text_of(admin.get(TRY, q="item-000042"))
    user = text_of(admin.get(TRY, q="user-000010"))
    nobody = text_of(admin.get(TRY, q="user-00001"))

    assert "shop item 19 item-000019" in by_title
    assert "shop item 42 item-000042" in by_id
    assert "user-000010" in user
    assert "user-000010" not in nobody


def test_who_finds_nothing_is_told_so(admin):
    text = text_of(admin.get(TRY, q="no such thing"))

    assert "No item is called so." in text
