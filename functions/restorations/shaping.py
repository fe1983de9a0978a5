"""Rows into wire models, with addresses signed for whoever reads them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from darkroom import clock, ids, storage
from darkroom.settings import settings
from restorations import keys
from restorations.queries.orders import Order, Summary
from restorations.queries.photos import Photo
from restorations.schemas import orders as models
from restorations.schemas import uploads as upload_models
from restorations.service import duplicates
from restorations.service.uploads import Opened, Place, Session

_SENT_BACK: Final = "It was to go back, and did not arrive. We look after it."


def opened(session: Opened) -> upload_models.UploadOpened:
    return upload_models.UploadOpened(
        session_id=session.id,
        session_token=session.token,
        uploads=[_target(place) for place in session.places],
        expires_at=session.expires_at,
    )


def targets(places: Sequence[Place]) -> upload_models.FileTargets:
    return upload_models.FileTargets(uploads=[_target(place) for place in places])


def _target(place: Place) -> upload_models.FileTarget:
    upload = place.upload
    return upload_models.FileTarget(upload_id=place.upload_id, url=upload.url, method="PUT", headers=upload.headers)


def session(found: Session) -> upload_models.UploadSession:
    firsts = duplicates.firsts(found.files)
    return upload_models.UploadSession(
        session_id=found.id,
        expires_at=found.expires_at,
        files=[
            upload_models.UploadedFile(
                upload_id=file.id,
                filename=file.filename,
                status=file.status,  # type: ignore[arg-type]  # the column's own words
                width=file.width,
                height=file.height,
                preview_url=storage.read_url(file.preview_key) if file.preview_key else None,
                reason=file.reason,
                duplicate_of=firsts.get(file.id),
            )
            for file in found.files
        ],
        order_id=found.order_id,
    )


def order(row: Order, photos: Sequence[Photo]) -> models.Order:
    return models.Order.model_validate(
        {
            **row._asdict(),
            "held_reason": _SENT_BACK if row.is_owed else row.held_reason,
            "options": {"fidelity": row.fidelity, "colorize": row.colorize, "upscale": row.upscale},
            "checkout_url": row.stripe_session_url if row.paid_at is None else None,
            "images": [_image(row, photo) for photo in photos],
        }
    )


def _image(order: Order, photo: Photo) -> dict[str, object]:
    is_out_of_reach = order.is_frozen or photo.is_given_back
    is_shown = photo.status == "completed" and photo.restored_key is not None and not is_out_of_reach
    # What was never paid for goes with its session.
    is_kept = photo.original_key is not None or order.status in {"pending_payment", "processing"}
    has_views = photo.status == "completed"
    return {
        "id": photo.id,
        "filename": photo.filename,
        "status": photo.status,
        "progress": 100 if photo.status == "completed" else photo.progress,
        "width": photo.width,
        "height": photo.height,
        "original_url": storage.read_url(photo.original_key or photo.temp_key) if is_kept else None,
        "restored_url": storage.read_url(photo.restored_key) if is_shown and photo.restored_key else None,
        "original_view_url": (
            storage.picture_url(keys.original_view(photo.id, keys.VIEW_EDGE)) if has_views else _preview(photo)
        ),
        "restored_view_url": storage.picture_url(keys.restored_view(photo.id, keys.VIEW_EDGE)) if is_shown else None,
        "error": photo.trouble,
    }


def _preview(photo: Photo) -> str | None:
    """Until its views are made, what was shown before it was paid for; that goes when the upload session ends."""
    named = keys.of_temp(photo.temp_key)
    if named is None:
        return None
    session_id, upload_id = named
    ends = ids.made_at(session_id) + timedelta(seconds=settings().upload_session_seconds)
    return storage.read_url(keys.preview(session_id, upload_id)) if ends > clock.now() else None


def summary(row: Summary) -> models.OrderSummary:
    cover = None
    if row.cover_id is not None and not row.is_frozen:
        cover = storage.picture_url(keys.restored_view(row.cover_id, keys.THUMBNAIL_EDGE))
    return models.OrderSummary.model_validate({**row._asdict(), "cover_url": cover})
