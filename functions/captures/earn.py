"""The Lambda that pays for photos, once each."""

from captures.service import earnings
from darkroom import events, worker

handler = worker.sqs_worker({events.PHOTO_CAPTURED: earnings.pay})
