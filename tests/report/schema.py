"""The JSON Schema that is shipped, as a judge of reports."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final

from jsonschema import Draft202012Validator

SCHEMA: Final[dict[str, Any]] = json.loads(
    resources.files("poros_tui.report")
    .joinpath("schema/poros-tui.schema.json")
    .read_text(encoding="utf-8")
)
_VALIDATOR: Final = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults(report: object, kind: str = "") -> list[str]:
    """What the schema has against a report, or against a part of it of that `kind`; of an object
    what its own kind has."""
    if isinstance(report, dict):
        kind = kind or ("untraced" if "error" in report else "run")
        judge = _VALIDATOR.evolve(schema=SCHEMA | {"oneOf": [{"$ref": f"#/$defs/{kind}"}]})
    else:
        judge = _VALIDATOR
    return [
        f"{error.json_path}: {error.message}"
        for found in judge.iter_errors(report)
        for error in (found.context or [found])
    ]
