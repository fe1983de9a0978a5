-- The ground floor: what every product stands on.
-- Forward only. Names of constraints are given, so that code can tell them apart.

CREATE TABLE users (
    id                 uuid PRIMARY KEY,
    email              text,                       -- null once the account is deleted
    name               text NOT NULL,
    password_hash      text,                       -- null once the account is deleted
    role               text NOT NULL DEFAULT 'user',
    email_confirmed_at timestamptz,
    phone              text,
    phone_confirmed_at timestamptz,
    suspended_at       timestamptz,
    deleted_at         timestamptz,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_role_known CHECK (role IN ('user', 'admin')),
    CONSTRAINT users_name_bounded CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT users_email_bounded CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT users_live_has_email CHECK (deleted_at IS NOT NULL OR email IS NOT NULL)
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_created_idx ON users (created_at DESC, id DESC);

-- A session is one sign-in: the family of its rotating refresh tokens.
CREATE TABLE sessions (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL CONSTRAINT sessions_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    created_at     timestamptz NOT NULL DEFAULT now(),
    last_used_at   timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    revoked_reason text
);
CREATE INDEX sessions_user_idx ON sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_expiry_idx ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL CONSTRAINT refresh_tokens_session_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL DEFAULT now(),
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);

-- Links and codes that work once: password resets, e-mail confirmations, phone codes.
CREATE TABLE one_time_tokens (
    token_hash bytea PRIMARY KEY,
    purpose    text NOT NULL,
    user_id    uuid NOT NULL CONSTRAINT one_time_tokens_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    subject    text,                               -- what it confirms: an address or a number
    attempts   integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX one_time_tokens_user_idx ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_expiry_idx ON one_time_tokens (expires_at);

-- Tokens of callers without an account of their own: devices, orders, upload sessions, kiosks.
CREATE TABLE opaque_tokens (
    token_hash bytea PRIMARY KEY,
    kind       text NOT NULL,
    subject_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX opaque_tokens_subject_idx ON opaque_tokens (kind, subject_id);

-- A sliding window is one row: the times of its hits, at most as many as the limit. One statement counts and records,
-- under the row's lock, so the count is exact however many ask at once.
CREATE TABLE throttles (
    scope      text NOT NULL,
    subject    bytea NOT NULL,                     -- hashed: no address is kept in clear
    hits       timestamptz[] NOT NULL,
    expires_at timestamptz NOT NULL,               -- when the last hit leaves the window
    CONSTRAINT throttles_pkey PRIMARY KEY (scope, subject)
);
CREATE INDEX throttles_expiry_idx ON throttles (expires_at);

CREATE TABLE idempotency_keys (
    caller          text NOT NULL,                 -- user:<id>, order:<id>, or address and route, hashed
    key             text NOT NULL,
    request_hash    bytea NOT NULL,
    response_status integer,                       -- null while the first request runs
    response        bytea,                         -- headers and body, encrypted
    created_at      timestamptz NOT NULL DEFAULT now(),
    lease_until     timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);

-- Every photo a person has, whatever brought it.
CREATE TABLE images (
    id                uuid PRIMARY KEY,
    user_id           uuid NOT NULL CONSTRAINT images_user_fkey REFERENCES users (id),
    source            text NOT NULL,
    storage_key       text NOT NULL CONSTRAINT images_storage_key_key UNIQUE,
    original_filename text NOT NULL,
    content_type      text NOT NULL,
    file_size_bytes   bigint NOT NULL,
    width             integer,
    height            integer,
    sha256            bytea,
    crc32             bigint,
    phash             bigint,
    taken_at          timestamptz,
    taken_at_offset   text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    trashed_at        timestamptz,
    CONSTRAINT images_source_known CHECK (source IN ('upload', 'capture', 'restoration')),
    CONSTRAINT images_size_positive CHECK (file_size_bytes > 0)
);
CREATE INDEX images_user_idx ON images (user_id, created_at DESC, id DESC);

-- Work that outlives its request.
CREATE TABLE jobs (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL CONSTRAINT jobs_user_fkey REFERENCES users (id),
    kind           text NOT NULL,
    status         text NOT NULL DEFAULT 'pending',
    stage          text,
    done           integer NOT NULL DEFAULT 0,
    total          integer NOT NULL DEFAULT 0,
    input          jsonb NOT NULL DEFAULT '{}',
    result         jsonb,
    error_message  text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    started_at     timestamptz,
    completed_at   timestamptz,
    CONSTRAINT jobs_status_known CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    CONSTRAINT jobs_progress_bounded CHECK (done BETWEEN 0 AND total)
);
CREATE INDEX jobs_user_idx ON jobs (user_id, created_at DESC, id DESC);
CREATE INDEX jobs_unfinished_idx ON jobs (created_at) WHERE status IN ('pending', 'processing');

-- Money. Append-only: balances are sums over it, and nothing about money is written anywhere else.
CREATE TABLE ledger_entries (
    id                  uuid PRIMARY KEY,
    user_id             uuid NOT NULL CONSTRAINT ledger_entries_user_fkey REFERENCES users (id),
    kind                text NOT NULL,
    amount_cents        bigint NOT NULL,
    balance_after_cents bigint NOT NULL,           -- available credits after this entry
    currency            text NOT NULL DEFAULT 'usd',
    reference           text NOT NULL,
    reason              text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ledger_entries_kind_known
        CHECK (kind IN ('capture', 'hold', 'release', 'restoration', 'refund', 'adjustment')),
    CONSTRAINT ledger_entries_once UNIQUE (user_id, kind, reference),
    CONSTRAINT ledger_entries_never_below_zero CHECK (balance_after_cents >= 0)
);
CREATE INDEX ledger_entries_user_idx ON ledger_entries (user_id, id DESC);

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger_entries is append-only';
END $$;
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();

-- What must happen after a commit. Sent right after it; what a crash left behind, the relay sends.
CREATE TABLE outbox (
    id             uuid PRIMARY KEY,
    channel        text NOT NULL,                  -- queue, event, qstash
    destination    text NOT NULL,                  -- the queue's name, the event's type, the webhook's path
    body           jsonb NOT NULL,
    delay_seconds  integer NOT NULL DEFAULT 0,
    attempts       integer NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT now(),
    leased_until   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_channel_known CHECK (channel IN ('queue', 'event', 'qstash'))
);
CREATE INDEX outbox_due_idx ON outbox (leased_until, id);

-- Messages whose effect has happened: a second delivery finds its row and does nothing.
CREATE TABLE processed_messages (
    consumer     text NOT NULL,
    message_id   uuid NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT processed_messages_pkey PRIMARY KEY (consumer, message_id)
);
CREATE INDEX processed_messages_at_idx ON processed_messages (processed_at);

CREATE TABLE emails (
    id                  uuid PRIMARY KEY,
    user_id             uuid CONSTRAINT emails_user_fkey REFERENCES users (id),
    to_address          text NOT NULL,
    template            text NOT NULL,
    data                jsonb NOT NULL DEFAULT '{}',
    attachments         jsonb NOT NULL DEFAULT '[]',
    dedupe_key          text CONSTRAINT emails_dedupe_key_key UNIQUE,
    status              text NOT NULL DEFAULT 'pending',
    attempts            integer NOT NULL DEFAULT 0,
    provider_message_id text,
    error_message       text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    leased_until        timestamptz,
    sent_at             timestamptz,
    CONSTRAINT emails_status_known CHECK (status IN ('pending', 'sending', 'sent', 'failed'))
);
CREATE INDEX emails_unsent_idx ON emails (created_at) WHERE status IN ('pending', 'sending');
CREATE INDEX emails_provider_message_idx ON emails (provider_message_id) WHERE provider_message_id IS NOT NULL;

-- Addresses that bounced or complained: nothing is sent there any more.
CREATE TABLE email_suppressions (
    address    text PRIMARY KEY,                   -- lower case
    reason     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE realtime_tickets (
    token_hash  bytea PRIMARY KEY,
    caller_kind text NOT NULL,
    caller_id   uuid NOT NULL,
    session_id  uuid,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX realtime_tickets_expiry_idx ON realtime_tickets (expires_at);

CREATE TABLE realtime_connections (
    id           text PRIMARY KEY,
    caller_kind  text NOT NULL,
    caller_id    uuid NOT NULL,
    session_id   uuid,
    connected_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX realtime_connections_caller_idx ON realtime_connections (caller_kind, caller_id);
CREATE INDEX realtime_connections_age_idx ON realtime_connections (connected_at);

CREATE TABLE realtime_subscriptions (
    topic         text NOT NULL,
    connection_id text NOT NULL
        CONSTRAINT realtime_subscriptions_connection_fkey REFERENCES realtime_connections (id) ON DELETE CASCADE,
    CONSTRAINT realtime_subscriptions_pkey PRIMARY KEY (topic, connection_id)
);
CREATE INDEX realtime_subscriptions_connection_idx ON realtime_subscriptions (connection_id);

CREATE TABLE realtime_topics (
    topic         text PRIMARY KEY,
    last_sequence bigint NOT NULL DEFAULT 0
);

CREATE TABLE realtime_messages (
    topic    text NOT NULL,
    sequence bigint NOT NULL,
    type     text NOT NULL,
    data     jsonb NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT realtime_messages_pkey PRIMARY KEY (topic, sequence)
);
CREATE INDEX realtime_messages_at_idx ON realtime_messages (at);

CREATE TABLE push_subscriptions (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL CONSTRAINT push_subscriptions_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    endpoint   text NOT NULL CONSTRAINT push_subscriptions_endpoint_key UNIQUE,
    p256dh     text NOT NULL,
    auth       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX push_subscriptions_user_idx ON push_subscriptions (user_id);
