"""
`recommender experiments list|show`: a tenant's experiments, and what they showed so far.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson, Tenant
from .output import emit, fail, table
from .stores import tenant_space

if TYPE_CHECKING:
    from recommender_api.experiments.figures import Figures, Interval, Rate, VariantFigures

app = typer.Typer(no_args_is_help=True, help="Variants of answers beside each other.")


@app.command("list")
def list_experiments(tenant: Tenant, as_json: AsJson = False) -> None:
    """
    The experiments, the disabled and the ended ones too.

    Example: recommender experiments list --tenant shop
    """
    now_s = datetime.now(UTC).timestamp()
    found = tenant_space(tenant).policies.decided().experiments
    document = {"experiments": [one.model_dump(mode="json", exclude_none=True) for one in found]}
    rows = [
        (
            one.id,
            "on" if one.is_on_at(now_s) else "off",
            ", ".join(one.placements),
            ", ".join(variant.id for variant in one.variants),
            f"{one.traffic[0]:g} to {one.traffic[1]:g} of {one.layer}",
        )
        for one in found
    ]
    headers = ["experiment", "now", "placements", "variants", "traffic"]
    emit(document, as_json=as_json, lines=[table(headers, rows)])


@app.command()
def show(
    tenant: Tenant,
    experiment: Annotated[str, typer.Argument(help="Its id.")],
    as_json: AsJson = False,
) -> None:
    """
    What came of each variant's answers, with 95 % intervals; and what the figures rest on.

    Example: recommender experiments show mixed-home --tenant shop
    """
    from recommender_api.experiments.figures import figures_of

    space = tenant_space(tenant)
    known = {one.id: one for one in space.policies.decided().experiments}
    if experiment not in known:
        fail(f"there is no experiment '{experiment}'; there are: {', '.join(known) or 'none'}")
    figures = figures_of(space, known[experiment], datetime.now(UTC))
    document = {"experiment": experiment, "figures": figures.model_dump(mode="json")}
    emit(document, as_json=as_json, lines=_lines(experiment, figures))


def _lines(experiment: str, figures: "Figures") -> list[Any]:
    headers = ["variant", "units", "answers", "shown"]
    for what in ("clicked", "bought"):
        headers += [what, "rate", "over the control"]
    period = f"{figures.since:%Y-%m-%d %H:%M} to {figures.until:%Y-%m-%d %H:%M} UTC"
    return [
        f"{experiment}, {period}",
        table(headers, map(_row, figures.variants)),
        *(f"note: {note}" for note in figures.notes),
    ]


def _row(one: "VariantFigures") -> list[object]:
    name = f"{one.variant} (control)" if one.is_control else one.variant
    return [name, one.units, one.answers, one.shown, *_rate(one.clicked), *_rate(one.converted)]


def _rate(rate: "Rate") -> tuple[object, ...]:
    return rate.answers, _spelt(rate.rate), _spelt(rate.over_control, sign="+")


def _spelt(interval: "Interval | None", sign: str = "") -> str:
    if interval is None:
        return ""
    value, low, high = (
        format(100 * one, f"{sign}.2f") for one in (interval.value, interval.low, interval.high)
    )
    return f"{value} % ({low} to {high})"
