"""Everything the environment decides, read once and typed. The only module that reads `os.environ`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True)
class Settings:
    """Names are those of the environment in lower case; numbers are limits that a stage may change."""

    stage: str = "local"

    # Database: a whole URL (local, tests, migrations), or RDS Proxy with an IAM token for the user.
    database_url: str = ""
    database_host: str = ""
    database_port: int = 5432
    database_name: str = "darkroom"
    database_user: str = "darkroom_app"
    database_ca_file: str = "/etc/pki/tls/certs/ca-bundle.crt"
    database_connect_timeout_seconds: int = 5

    # Migrations only: past the proxy, with the administrator's secret; and the secret of the role they prepare.
    database_direct_host: str = ""
    database_admin_secret_arn: str = ""
    database_app_secret_arn: str = ""

    secrets_arn: str = ""
    secrets_json: str = field(default="", repr=False)

    aws_region: str = "us-east-1"
    aws_endpoint_url: str = ""
    aws_access_key_id: str = ""
    aws_secret_access_key: str = field(default="", repr=False)
    aws_session_token: str = field(default="", repr=False)
    aws_container_credentials_full_uri: str = ""
    aws_container_authorization_token: str = field(default="", repr=False)
    uploads_bucket: str = ""
    event_bus: str = ""
    schedule_group: str = ""
    scheduler_role_arn: str = ""
    queue_url_prefix: str = ""  # a queue's URL is this and its name
    queue_arn_prefix: str = ""  # and its ARN this and its name
    queues: str = ""  # the names of all, for the function that counts what waits
    failed_invocations_arn: str = ""  # where Scheduler puts what it could not deliver

    api_origin: str = ""
    web_origin: str = ""
    pictures_origin: str = ""  # the CDN before the derivatives; empty: storage itself
    public_websocket_url: str = ""
    websocket_endpoint: str = ""
    qstash_url: str = "https://qstash.upstash.io"
    stripe_url: str = "https://api.stripe.com"
    replicate_url: str = "https://api.replicate.com"
    faces_endpoint: str = ""

    mail_from: str = "Darkroom <no-reply@localhost>"
    mail_configuration_set: str = ""
    sendgrid_url: str = "https://api.sendgrid.com"

    # The vision model that makes albums; it is asked when there is a key for it
    gemini_url: str = "https://generativelanguage.googleapis.com"
    gemini_model: str = "gemini-3.8-flash"
    gemini_timeout_seconds: int = 45
    gemini_photos_per_call: int = 40
    gemini_calls_per_job: int = 40
    gemini_attempts: int = 4  # for one batch of photos

    # Captures
    capture_pays_cents: int = 50
    captures_paid_per_device_day: int = 48
    captures_paid_per_person_day: int = 96
    near_duplicate_bits: int = 6  # of the perceptual hash's 64
    near_duplicate_photos: int = 200  # how far back it looks
    device_offline_seconds: int = 90
    devices_per_person: int = 50
    schedules_per_device: int = 50
    captures_waiting_per_device: int = 50
    poll_environments: int = 20  # waiting polls share so many; beyond, waits become shorter

    # Restorations
    restoration_price_cents: int = 900  # of one photo
    restoration_files_max: int = 50
    restoration_retries: int = 3  # after a first try that failed
    restoration_timeout_seconds: int = 900  # of one try
    # owner/name, or owner/name:version, which every model needs that is not Replicate's own
    replicate_model: str = (
        "microsoft/bringing-old-photos-back-to-life:c75db81db6cbd809d93cc3b7e7a088a351a3349c9fa02b6d393e35e0d51ba799"
    )
    replicate_input: str = '{"image": "$image", "with_scratch": true}'  # JSON; $-words are filled in for each photo
    scaling: str = ""  # JSON: each queue's event source, its workers usually, and at most while its alarm rings
    identity_gate: int = 1  # 0 where biometric law asks for a consent that was not given
    download_count: int = 10  # of one link
    download_seconds: int = 7 * 86_400

    # Sizes (conventions: sizes and limits)
    request_bytes_max: int = 6_000_000
    answer_bytes_max: int = 4_000_000

    # Times
    access_token_seconds: int = 900
    refresh_token_seconds: int = 30 * 86_400
    password_reset_seconds: int = 3_600
    email_confirmation_seconds: int = 86_400
    phone_code_seconds: int = 600
    pairing_code_seconds: int = 600
    capture_expires_seconds: int = 300
    capture_waits_seconds: int = 86_400  # for a device that is to take the photo when it is back
    upload_abandoned_seconds: int = 86_400
    upload_session_seconds: int = 86_400
    idempotency_lease_seconds: int = 60
    idempotency_keep_seconds: int = 86_400

    # Guards against guessing, kept in every stage
    login_failures_per_account: int = 10
    login_failures_per_address: int = 50
    login_window_seconds: int = 900
    reset_failures_per_address: int = 50
    phone_code_attempts: int = 5
    pairing_failures_per_address: int = 10
    pairing_window_seconds: int = 900
    password_hash_cost: int = 12  # bcrypt's: each step doubles the work
    # Courtesy limits a caller and hour; 0 switches one off (the local stack does)
    registrations_per_address_hour: int = 30
    password_resets_per_address_hour: int = 20
    password_resets_per_account_hour: int = 5
    confirmations_per_account_hour: int = 5
    phone_codes_per_account_hour: int = 5
    exports_per_account_hour: int = 10
    uploads_per_caller_hour: int = 3_000
    curations_per_caller_hour: int = 200
    downloads_per_caller_hour: int = 60
    captures_per_caller_hour: int = 1_000
    photos_per_device_hour: int = 7_200
    timelapses_per_caller_hour: int = 30
    upload_sessions_per_address_hour: int = 60
    checkouts_per_address_hour: int = 60
    lookups_per_address_hour: int = 10
    lookups_per_email_hour: int = 5
    order_downloads_per_caller_hour: int = 200

    def queue_url(self, name: str) -> str:
        """Where the queue of this logical name is (`mail`)."""
        return self.queue_url_prefix + name

    @property
    def is_local(self) -> bool:
        return self.stage == "local"


def _read(environment: Mapping[str, str]) -> Settings:
    values: dict[str, object] = {}
    for name, spec in Settings.__dataclass_fields__.items():
        text = environment.get(name.upper())
        if text:
            values[name] = int(text) if spec.type is int else text
    return Settings(**values)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """This environment's settings. Tests call `settings.cache_clear()` after changing the environment."""
    return _read(os.environ)
