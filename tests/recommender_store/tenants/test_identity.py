"""What can be a tenant's id, and what cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.objects.keys import tenant_root
from recommender_store.tenants.errors import TenantIdInvalid
from recommender_store.tenants.identity import parse_tenant_id


@pytest.mark.parametrize("text", ["ab", "shop", "shop-eu", "a1", "a-1-b", "platform", "x" * 63])
def test_lower_case_letters_digits_and_single_hyphens_are_an_id(text: str) -> None:
    assert parse_tenant_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "x" * 64, "x" * 10_000),
        *("Shop", "SHOP", "shöp", "\u017fhop", "\uff53hop", "shop\uff11", "sh\u0000op"),
        *("-shop", "shop-", "sh--op", "1shop", "--", "_shop", "sh_op"),
        *(".", "..", "../a", "a/b", "a\\b", "/shop", "shop/", "sh%2fop", "sh.op"),
        *("shop\n", "\nshop", " shop", "shop ", "sh op", "shop\t", "shop\r\nx"),
        *("sh:op", "sh@op", "sh'op", 'sh"op', "sh;op", "sh*op", "sh?op", "sh#op", "$shop", "~shop"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(TenantIdInvalid) as caught:
        parse_tenant_id(text)
    assert caught.value.code == "tenant_id_invalid"
    assert len(str(caught.value)) < 500


@given(text=st.text(max_size=70))
def test_an_id_never_leaves_its_folder(text: str) -> None:
    try:
        tenant_id = parse_tenant_id(text)
    except TenantIdInvalid:
        return
    assert tenant_root(tenant_id) == f"tenants/{text}"
    assert "/" not in text
    assert text == text.lower()
