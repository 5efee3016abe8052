"""The base of all stages' configurations."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class StageConfig(BaseModel):
    """Frozen, closed to unknown fields, every default validated."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    def identity(self) -> dict[str, Any]:
        """The configured values that decide the result, as JSON types; those marked otherwise are left out."""
        excluded = {
            name
            for name, field in type(self).model_fields.items()
            if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("identity") is False
        }
        identity = self.model_dump(mode="json", exclude=excluded)
        nested = {name: value for name in identity if isinstance(value := getattr(self, name), StageConfig)}
        return identity | {name: value.identity() for name, value in nested.items()}


def machine_field(default: Any, **arguments: Any) -> Any:
    """A field that belongs to the machine (workers, device), not to the identity of the result."""
    return Field(default, json_schema_extra={"identity": False}, **arguments)
