"""
Options that several verbs share.
"""

from typing import Annotated

import typer

Tenant = Annotated[str, typer.Option("--tenant", help="The tenant's id.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
