"""What docs/hooks.md shows runs, and what it lists is all that there is."""

import json
import tomllib
from typing import get_args

import yaml

from recommender_api.rules.checking import Known, read_rule
from recommender_api.rules.hooks.child import GROUP, answered
from recommender_api.rules.hooks.columns import Candidates, Request
from recommender_api.rules.hooks.process import HANDED_ON
from recommender_api.rules.hooks.wire import Call, How
from recommender_store.catalog.cells import AttributeType
from recommender_store.tenants.settings import HookSettings
from tests.docs.pages import blocks, codes, page, rows, section

PAGE = "hooks.md"


def test_the_hook_of_the_page_does_what_it_is_there_for():
    (code,) = blocks(page(PAGE), "python")
    (project,) = blocks(page(PAGE), "toml")
    ((name, where),) = tomllib.loads(project)["project"]["entry-points"][GROUP].items()
    module: dict = {}
    exec(compile(code, PAGE, "exec"), module)
    hook = module[where.partition(":")[2]]
    candidates = Candidates(["a", "b"], [3.0, 2.0], {"margin": ["low", "high"]})

    reply = answered(
        Call(1, name, Request(placement="for_you", limit=2, at_s=0), candidates), {name: hook}
    )

    assert (reply.how, reply.places, reply.scores) == ("applied", [1, 0], [4.0, 3.0])


def test_the_settings_and_the_rule_of_the_page_can_be_written():
    settings = HookSettings.model_validate(yaml.safe_load(blocks_of("yaml"))["hooks"])
    known = Known({"margin": AttributeType.STRING}, ["for_you"], [], settings.allowed)

    assert read_rule(json.loads(blocks_of("json")), known).id == "margin"


def test_every_outcome_of_a_call_is_explained():
    told = {codes(cells[0])[0] for cells in rows(section(PAGE, "What can go wrong"))}

    assert told == set(get_args(How))


def test_every_field_of_what_a_hook_is_given_is_explained():
    told = set(codes(section(PAGE, "Write one")))

    assert {*Request.__struct_fields__, *Candidates.__struct_fields__} <= told


def test_every_variable_that_a_hook_sees_is_named():
    assert set(HANDED_ON) <= set(codes(section(PAGE, "How it is run")))


def blocks_of(language: str) -> str:
    """The block of the list in "Switch it on", without its indent."""
    (text,) = blocks(section(PAGE, "Switch it on").replace("\n   ", "\n"), language)
    return text
