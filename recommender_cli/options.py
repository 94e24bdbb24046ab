"""
Options that several verbs share.
"""

from typing import Annotated, Literal

import typer

Tenant = Annotated[str, typer.Option("--tenant", help="The tenant's id.")]
Engine = Annotated[
    Literal["local", "spark"], typer.Option("--engine", help="Where the heavy steps run.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
