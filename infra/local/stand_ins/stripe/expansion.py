"""`expand`: an object in place of its id."""

from collections.abc import Callable
from typing import Any

from infra.local.stand_ins.stripe import objects
from infra.local.stand_ins.stripe.refused import Refused
from infra.local.stand_ins.stripe.store import Store

_DEPTH_MAX = 4
_KINDS = {"payment_intent": "payment_intent", "latest_charge": "charge", "charge": "charge"}
Document = dict[str, Any]


class Shop:
    """Shows objects, with what is to be expanded in them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._included: dict[tuple[str, str], Callable[[Document], Document]] = {
            ("checkout.session", "line_items"): self._line_items,
            ("charge", "refunds"): self._refunds,
        }

    def show(self, document: Document, wanted: list[str]) -> Document:
        found = objects.shown(document)
        for path in wanted:
            self._expand(document, found, path.split("."), path)
        return found

    def show_list(self, documents: list[Document], url: str, *, more: bool, wanted: list[str]) -> Document:
        inside = [path.removeprefix("data.") for path in wanted if path.startswith("data.")]
        if len(inside) < len(wanted):
            raise _unknown(next(path for path in wanted if not path.startswith("data.")))
        data = [self.show(document, inside) for document in documents]
        return {"object": "list", "data": data, "has_more": more, "url": url}

    def _expand(self, document: Document, found: Document, steps: list[str], path: str) -> None:
        if len(steps) > _DEPTH_MAX:
            raise Refused("You cannot expand more than 4 levels of a property", param="expand")
        step, rest = steps[0], steps[1:]
        include = self._included.get((document["object"], step))
        if include is not None and not rest:
            found[step] = include(document)
            return
        if step not in _KINDS or step not in document:
            raise _unknown(path)
        identifier = document[step]
        if identifier is None:
            return
        target = self._store.find(_KINDS[step], identifier)
        assert target is not None
        if not isinstance(found[step], dict):
            found[step] = objects.shown(target)
        if rest:
            self._expand(target, found[step], rest, path)

    def _line_items(self, session: Document) -> Document:
        url = f"/v1/checkout/sessions/{session['id']}/line_items"
        return self.show_list(session["_items"][:10], url, more=len(session["_items"]) > 10, wanted=[])

    def _refunds(self, charge: Document) -> Document:
        made, more = self._store.page("refund", equal={"charge": charge["id"]})
        return self.show_list(made, f"/v1/charges/{charge['id']}/refunds", more=more, wanted=[])


def _unknown(path: str) -> Refused:
    return Refused(f"This property cannot be expanded ({path}).", param="expand")
