"""
What only people with a browser can do wrong.

    ApiError
    └── FormStale  form_stale  a form without the token of this session, or of another one
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from typing import ClassVar

from recommender_api.errors import ApiError


class FormStale(ApiError):
    code: ClassVar[str] = "form_stale"

    def __init__(self) -> None:
        super().__init__(
            "this form is not of your present session, and nothing was changed: "
            "go back, load the page again, and send it once more"
        )
