"""Makes updates of nested stacks keep what they do not change.

ministack, updating a nested stack, forgets the attributes of every resource in it that stays as it is, and then cannot
resolve a Fn::GetAtt to one. The record it has is handed to it here.
"""

from typing import Any


def keep_attributes() -> None:
    from ministack.services import cloudformation  # after its environment is set
    from ministack.services.cloudformation import provisioners

    update = provisioners._update_resource  # noqa: SLF001

    def update_knowing_attributes(  # noqa: PLR0917 - ministack's own arguments
        kind: str,
        physical_id: str,
        before: dict[str, Any],
        after: dict[str, Any],
        stack: str,
        logical_id: str | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> Any:
        if attributes is None:
            resources = (cloudformation._stacks.get(stack) or {}).get("_resources", {})  # noqa: SLF001
            attributes = resources.get(logical_id, {}).get("Attributes")
        return update(kind, physical_id, before, after, stack, logical_id, attributes)

    provisioners._update_resource = update_knowing_attributes  # noqa: SLF001
