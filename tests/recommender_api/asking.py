"""Asking for recommendations, and reading the answer."""

import httpx


def answered(response: httpx.Response) -> dict:
    assert response.status_code == 200, response.text
    return response.json()


def ids(answer: dict) -> list[str]:
    return [item["item_id"] for item in answer["items"]]


def codes(answer: dict) -> set[str]:
    return {warning["code"] for warning in answer["warnings"]}


def asked(shop: httpx.Client, placement: str = "similar", **body: object) -> dict:
    return answered(shop.post(f"/placements/{placement}:recommend", json=body))
