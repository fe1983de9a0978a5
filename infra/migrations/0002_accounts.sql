-- Accounts: the dashboard in one round trip, the administrators' search, and what a deleted account leaves in storage.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Sums and counts are read from these indexes alone.
CREATE INDEX ledger_entries_earned_idx ON ledger_entries (user_id, created_at) INCLUDE (amount_cents)
    WHERE kind IN ('capture', 'adjustment');
CREATE INDEX images_size_idx ON images (user_id) INCLUDE (file_size_bytes, trashed_at);

-- When a code was handed to the carrier: an SMS costs money and is never sent twice.
ALTER TABLE one_time_tokens ADD COLUMN sent_at timestamptz;

-- Administrators find people by a part of the address or the name.
CREATE INDEX users_search_idx ON users USING gin (lower(email || ' ' || name) gin_trgm_ops)
    WHERE deleted_at IS NULL;

-- The dashboard's numbers. Each product answers for its own part: its migration replaces its function here with one
-- that counts its tables (CREATE OR REPLACE, same columns), and nothing else changes.
CREATE FUNCTION stats_of_captures(account uuid)
    RETURNS TABLE (captures bigint, schedules bigint, active_schedules bigint)
    LANGUAGE sql STABLE AS $$ SELECT 0::bigint, 0::bigint, 0::bigint $$;

CREATE FUNCTION stats_of_galleries(account uuid)
    RETURNS TABLE (albums bigint)
    LANGUAGE sql STABLE AS $$ SELECT 0::bigint $$;

CREATE FUNCTION stats_of_vision(account uuid)
    RETURNS TABLE (datasets bigint, models bigint)
    LANGUAGE sql STABLE AS $$ SELECT 0::bigint, 0::bigint $$;

CREATE FUNCTION stats_of_attendance(account uuid)
    RETURNS TABLE (events bigint)
    LANGUAGE sql STABLE AS $$ SELECT 0::bigint $$;

-- Photos are those on show; storage is what they all take, the trashed ones too.
CREATE FUNCTION stats_of_photos(account uuid)
    RETURNS TABLE (photos bigint, storage_bytes bigint)
    LANGUAGE sql STABLE AS $$
        SELECT count(*) FILTER (WHERE trashed_at IS NULL), coalesce(sum(file_size_bytes), 0)::bigint
          FROM images WHERE user_id = account
    $$;

-- The last entry carries the sum of all entries; what was earned is the sum of the two kinds that earn.
CREATE FUNCTION stats_of_earnings(account uuid, today timestamptz)
    RETURNS TABLE (balance_cents bigint, available_credits_cents bigint, earned_today_cents bigint)
    LANGUAGE sql STABLE AS $$
        SELECT coalesce(sum(amount_cents), 0)::bigint,
               coalesce((SELECT balance_after_cents FROM ledger_entries
                          WHERE user_id = account ORDER BY id DESC LIMIT 1), 0),
               coalesce(sum(amount_cents) FILTER (WHERE created_at >= today), 0)::bigint
          FROM ledger_entries
         WHERE user_id = account AND kind IN ('capture', 'adjustment')
    $$;

CREATE FUNCTION account_stats(account uuid, today timestamptz)
    RETURNS TABLE (
        photos bigint, captures bigint, schedules bigint, active_schedules bigint, albums bigint,
        datasets bigint, models bigint, events bigint,
        balance_cents bigint, available_credits_cents bigint, earned_today_cents bigint, storage_bytes bigint)
    LANGUAGE sql STABLE AS $$
        SELECT photos, captures, schedules, active_schedules, albums, datasets, models, events,
               balance_cents, available_credits_cents, earned_today_cents, storage_bytes
          FROM stats_of_photos(account), stats_of_captures(account), stats_of_galleries(account),
               stats_of_vision(account), stats_of_attendance(account), stats_of_earnings(account, today)
    $$;

-- Objects whose rows are gone and that the erasing worker still has to delete. When a person deletes the account
-- (users.deleted_at is set), each product deletes its own rows and lists its own objects here, in the same
-- transaction, by a trigger of its own migration on that column; the ground floor's rows are accounts' to delete.
CREATE TABLE storage_erasures (
    storage_key text PRIMARY KEY,
    owner_id    uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX storage_erasures_owner_idx ON storage_erasures (owner_id, storage_key);

-- A person's export holds one JSON document for each of these functions: `export_of_<document>` writes
-- <document>.json, a row an object. A product's migration adds its own and they are found by their names.
CREATE FUNCTION export_of_account(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', id, 'email', email, 'name', name, 'role', role, 'phone', phone, 'created_at', created_at,
               'email_confirmed_at', email_confirmed_at, 'phone_confirmed_at', phone_confirmed_at)
      FROM users WHERE id = account
$$;

CREATE FUNCTION export_of_ledger(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(entry) - 'user_id' FROM ledger_entries AS entry WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION export_of_sessions(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(session) - 'user_id' FROM sessions AS session WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION export_of_photos(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', id, 'source', source, 'original_filename', original_filename, 'content_type', content_type,
               'file_size_bytes', file_size_bytes, 'width', width, 'height', height,
               'sha256', encode(sha256, 'hex'), 'taken_at', taken_at, 'taken_at_offset', taken_at_offset,
               'created_at', created_at, 'trashed_at', trashed_at)
      FROM images WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION export_of_mails(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', id, 'to', to_address, 'template', template, 'status', status,
               'created_at', created_at, 'sent_at', sent_at)
      FROM emails WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION export_of_push_subscriptions(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', id, 'endpoint', endpoint, 'created_at', created_at)
      FROM push_subscriptions WHERE user_id = account ORDER BY id
$$;
