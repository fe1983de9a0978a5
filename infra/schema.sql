-- Generated from infra/migrations by `make generate`. Not a migration: nothing runs this file.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE FUNCTION public.account_stats(account uuid, today timestamp with time zone) RETURNS TABLE(photos bigint, captures bigint, schedules bigint, active_schedules bigint, albums bigint, datasets bigint, models bigint, events bigint, balance_cents bigint, available_credits_cents bigint, earned_today_cents bigint, storage_bytes bigint)
    LANGUAGE sql STABLE
    AS $$
        SELECT photos, captures, schedules, active_schedules, albums, datasets, models, events,
               balance_cents, available_credits_cents, earned_today_cents, storage_bytes
          FROM stats_of_photos(account), stats_of_captures(account), stats_of_galleries(account),
               stats_of_vision(account), stats_of_attendance(account), stats_of_earnings(account, today)
    $$;

CREATE FUNCTION public.captures_forget_account() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- Whoever is about to write a capture or a schedule of these devices waits here, and then finds them gone.
    PERFORM FROM devices WHERE user_id = NEW.id ORDER BY id FOR UPDATE;
    UPDATE opaque_tokens SET revoked_at = now()
     WHERE kind = 'device' AND revoked_at IS NULL AND subject_id IN (SELECT id FROM devices WHERE user_id = NEW.id);
    -- A photo that was not completed may have pictures that no image speaks for (captures.queries.arriving).
    INSERT INTO storage_erasures (storage_key, owner_id)
    SELECT storage_key, user_id FROM captures WHERE user_id = NEW.id AND storage_key IS NOT NULL
     UNION
    SELECT format('derivatives/%s-%s.webp', substring(storage_key FROM '/([^/.]+)[.]'), edge), user_id
      FROM captures, unnest(ARRAY[400, 1600]) AS edge
     WHERE user_id = NEW.id AND storage_key IS NOT NULL AND status <> 'completed'
    ON CONFLICT DO NOTHING;
    DELETE FROM captures WHERE user_id = NEW.id;
    WITH gone AS (DELETE FROM schedules WHERE user_id = NEW.id RETURNING id),
         told AS (SELECT id, uuidv7() AS message_id FROM gone)
    INSERT INTO outbox (id, channel, destination, body)
    SELECT message_id, 'queue', 'schedules', jsonb_build_object(
               'id', message_id, 'name', 'schedule.sync', 'version', 1, 'correlation_id', message_id, 'attempt', 1,
               'data', jsonb_build_object('schedule_id', id))
      FROM told;
    DELETE FROM devices WHERE user_id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION public.captures_move_in_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a capture does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'captures_status_order';
END $$;

CREATE FUNCTION public.emails_move_in_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'an e-mail does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'emails_status_order';
END $$;

CREATE FUNCTION public.export_of_account(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object(
               'id', id, 'email', email, 'name', name, 'role', role, 'phone', phone, 'created_at', created_at,
               'email_confirmed_at', email_confirmed_at, 'phone_confirmed_at', phone_confirmed_at)
      FROM users WHERE id = account
$$;

CREATE FUNCTION public.export_of_albums(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object(
               'id', a.id, 'title', a.title, 'theme_description', a.theme_description, 'curated_by', a.curated_by,
               'created_at', a.created_at, 'updated_at', a.updated_at,
               'image_ids', (SELECT coalesce(jsonb_agg(i.image_id ORDER BY i.display_order, i.image_id), '[]')
                               FROM album_images AS i WHERE i.album_id = a.id))
      FROM albums AS a WHERE a.user_id = account ORDER BY a.id
$$;

CREATE FUNCTION public.export_of_captures(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object(
               'id', id, 'device_id', device_id, 'schedule_id', schedule_id, 'due_at', due_at, 'status', status,
               'error', error, 'requested_at', requested_at, 'taken_at', taken_at, 'completed_at', completed_at,
               'image_id', image_id)
      FROM captures WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION public.export_of_devices(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object(
               'id', id, 'name', name, 'agent', agent, 'cameras', cameras, 'paired_at', paired_at,
               'last_seen_at', last_seen_at, 'paused_at', paused_at, 'created_at', created_at, 'deleted_at', deleted_at)
      FROM devices WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION public.export_of_ledger(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT to_jsonb(entry) - 'user_id' FROM ledger_entries AS entry WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION public.export_of_mails(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object(
               'id', id, 'to', to_address, 'template', template, 'status', status,
               'created_at', created_at, 'sent_at', sent_at)
      FROM emails WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION public.export_of_orders(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object(
               'id', o.id, 'email', o.email, 'status', o.status, 'payment_status', o.payment_status,
               'pay_with', o.pay_with, 'currency', o.currency, 'total_cents', o.total_cents,
               'refunded_cents', o.refunded_cents, 'created_at', o.created_at, 'paid_at', o.paid_at,
               'completed_at', o.completed_at,
               'images', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                                     'id', i.id, 'filename', i.filename, 'status', i.status, 'error', i.error)
                                     ORDER BY i.position), '[]')
                            FROM order_images i WHERE i.order_id = o.id))
      FROM orders o WHERE o.user_id = account ORDER BY o.id
$$;

CREATE FUNCTION public.export_of_photos(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object(
               'id', id, 'source', source, 'original_filename', original_filename, 'content_type', content_type,
               'file_size_bytes', file_size_bytes, 'width', width, 'height', height,
               'sha256', encode(sha256, 'hex'), 'taken_at', taken_at, 'taken_at_offset', taken_at_offset,
               'latitude', latitude, 'longitude', longitude, 'created_at', created_at, 'trashed_at', trashed_at)
      FROM images WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION public.export_of_push_subscriptions(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('id', id, 'endpoint', endpoint, 'created_at', created_at)
      FROM push_subscriptions WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION public.export_of_schedules(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT to_jsonb(schedule) - 'user_id' - 'version' - 'synced_version'
      FROM schedules AS schedule WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION public.export_of_sessions(account uuid) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT to_jsonb(session) - 'user_id' FROM sessions AS session WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION public.galleries_forget_account() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM albums WHERE user_id = NEW.id;
    DELETE FROM curations WHERE user_id = NEW.id;
    INSERT INTO storage_erasures (storage_key, owner_id)
    SELECT storage_key, user_id FROM uploads WHERE user_id = NEW.id
    ON CONFLICT DO NOTHING;
    DELETE FROM uploads WHERE user_id = NEW.id;
    DELETE FROM image_duplicates WHERE user_id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION public.ledger_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'ledger_entries is append-only';
END $$;

CREATE FUNCTION public.ops_of_restorations(since timestamp with time zone) RETURNS TABLE(finished bigint, failed bigint, p50_seconds double precision, p95_seconds double precision, waiting bigint, oldest_seconds double precision)
    LANGUAGE sql STABLE
    AS $$
        WITH ended AS (
            SELECT i.status, extract(epoch FROM i.completed_at - o.paid_at)::float AS seconds
              FROM order_images i JOIN orders o ON o.id = i.order_id
             WHERE i.status IN ('completed', 'failed') AND i.completed_at >= since AND o.paid_at IS NOT NULL)
        SELECT count(*), count(*) FILTER (WHERE status = 'failed'),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE status = 'completed'),
               percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE status = 'completed'),
               (SELECT count(*) FROM order_images i JOIN orders o ON o.id = i.order_id
                 WHERE o.status = 'processing' AND i.status NOT IN ('completed', 'failed')),
               (SELECT extract(epoch FROM now() - min(paid_at))::float FROM orders WHERE status = 'processing')
          FROM ended
    $$;

CREATE FUNCTION public.ops_of_restorations_by_hour(since timestamp with time zone) RETURNS TABLE(hour timestamp with time zone, finished bigint, failed bigint, p50_seconds double precision, p95_seconds double precision)
    LANGUAGE sql STABLE
    AS $$
        SELECT date_trunc('hour', i.completed_at, 'UTC'), count(*), count(*) FILTER (WHERE i.status = 'failed'),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM i.completed_at - o.paid_at)::float)
                   FILTER (WHERE i.status = 'completed'),
               percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM i.completed_at - o.paid_at)::float)
                   FILTER (WHERE i.status = 'completed')
          FROM order_images i JOIN orders o ON o.id = i.order_id
         WHERE i.status IN ('completed', 'failed') AND i.completed_at >= since AND o.paid_at IS NOT NULL
         GROUP BY 1
         ORDER BY 1
    $$;

CREATE FUNCTION public.ops_of_storage() RETURNS TABLE(bytes bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT ((SELECT coalesce(sum(file_size_bytes), 0) FROM images)
          + (SELECT coalesce(sum(size_bytes + coalesce(restored_bytes, 0)), 0) FROM order_images
              WHERE original_key IS NOT NULL)
          + (SELECT coalesce(sum(coalesce(size_bytes, announced_bytes)), 0) FROM upload_files)
          + (SELECT coalesce(sum(size_bytes), 0) FROM order_archives WHERE status = 'ready'))::bigint
$$;

CREATE FUNCTION public.ops_of_storage_by_day(since timestamp with time zone) RETURNS TABLE(day timestamp with time zone, bytes bigint)
    LANGUAGE sql STABLE
    AS $$
        WITH kept AS (
            SELECT created_at, file_size_bytes AS bytes FROM images
             UNION ALL
            SELECT created_at, size_bytes + coalesce(restored_bytes, 0) FROM order_images
             WHERE original_key IS NOT NULL
             UNION ALL
            SELECT s.created_at, coalesce(f.size_bytes, f.announced_bytes)
              FROM upload_files f JOIN upload_sessions s ON s.id = f.session_id
             UNION ALL
            SELECT created_at, size_bytes FROM order_archives WHERE status = 'ready'),
        came AS (
            SELECT date_trunc('day', greatest(created_at, since), 'UTC') AS day, sum(bytes) AS bytes
              FROM kept GROUP BY 1)
        SELECT each, coalesce(sum(came.bytes) OVER (ORDER BY each), 0)::bigint
          FROM generate_series(date_trunc('day', since, 'UTC'), date_trunc('day', now(), 'UTC'),
                               interval '1 day') AS each
          LEFT JOIN came ON came.day = each
         ORDER BY each
    $$;

CREATE FUNCTION public.order_images_move_in_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a photo of an order does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_images_status_order';
END $$;

CREATE FUNCTION public.orders_move_in_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'an order does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_status_order';
END $$;

CREATE FUNCTION public.restoration_jobs_move_in_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a restoration does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'restoration_jobs_status_order';
END $$;

CREATE FUNCTION public.restorations_forget_account() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM FROM orders WHERE user_id = NEW.id ORDER BY id FOR UPDATE;
    UPDATE opaque_tokens SET revoked_at = now()
     WHERE kind = 'order' AND revoked_at IS NULL AND subject_id IN (SELECT id FROM orders WHERE user_id = NEW.id);
    UPDATE download_links SET revoked_at = now()
     WHERE revoked_at IS NULL AND order_id IN (SELECT id FROM orders WHERE user_id = NEW.id);
    UPDATE order_archives SET status = 'failed', error = 'the account was deleted'
     WHERE status <> 'failed' AND order_id IN (SELECT id FROM orders WHERE user_id = NEW.id);
    INSERT INTO storage_erasures (storage_key, owner_id)
    SELECT key, NEW.id
      FROM order_images i JOIN orders o ON o.id = i.order_id,
           unnest(ARRAY[i.temp_key, i.original_key, i.restored_key,
                        format('uploads/inputs/%s/IMG_%s.jpg', o.id, lpad(i.position::text, 3, '0')),
                        format('derivatives/%s-original-400.webp', i.id),
                        format('derivatives/%s-original-1600.webp', i.id),
                        format('derivatives/%s-restored-400.webp', i.id),
                        format('derivatives/%s-restored-1600.webp', i.id)]) AS key
     WHERE o.user_id = NEW.id AND key IS NOT NULL
     UNION
    SELECT a.storage_key, NEW.id FROM order_archives a JOIN orders o ON o.id = a.order_id WHERE o.user_id = NEW.id
    ON CONFLICT DO NOTHING;
    UPDATE order_images SET filename = 'photo'
      FROM orders o WHERE o.id = order_images.order_id AND o.user_id = NEW.id;
    UPDATE orders SET email = NULL, customer_id = NULL WHERE user_id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION public.stats_of_attendance(account uuid) RETURNS TABLE(events bigint)
    LANGUAGE sql STABLE
    AS $$ SELECT 0::bigint $$;

CREATE FUNCTION public.stats_of_captures(account uuid) RETURNS TABLE(captures bigint, schedules bigint, active_schedules bigint)
    LANGUAGE sql STABLE
    AS $$
        SELECT (SELECT count(*) FROM captures WHERE user_id = account AND status = 'completed'),
               count(*), count(*) FILTER (WHERE enabled AND (ends_at IS NULL OR ends_at > now()))
          FROM schedules WHERE user_id = account
    $$;

CREATE FUNCTION public.stats_of_earnings(account uuid, today timestamp with time zone) RETURNS TABLE(balance_cents bigint, available_credits_cents bigint, earned_today_cents bigint)
    LANGUAGE sql STABLE
    AS $$
        SELECT coalesce(sum(amount_cents), 0)::bigint,
               coalesce((SELECT balance_after_cents FROM ledger_entries
                          WHERE user_id = account ORDER BY id DESC LIMIT 1), 0),
               coalesce(sum(amount_cents) FILTER (WHERE created_at >= today), 0)::bigint
          FROM ledger_entries
         WHERE user_id = account AND kind IN ('capture', 'adjustment')
    $$;

CREATE FUNCTION public.stats_of_galleries(account uuid) RETURNS TABLE(albums bigint)
    LANGUAGE sql STABLE
    AS $$ SELECT count(*) FROM albums WHERE user_id = account $$;

CREATE FUNCTION public.stats_of_photos(account uuid) RETURNS TABLE(photos bigint, storage_bytes bigint)
    LANGUAGE sql STABLE
    AS $$
        SELECT count(*) FILTER (WHERE trashed_at IS NULL), coalesce(sum(file_size_bytes), 0)::bigint
          FROM images WHERE user_id = account
    $$;

CREATE FUNCTION public.stats_of_vision(account uuid) RETURNS TABLE(datasets bigint, models bigint)
    LANGUAGE sql STABLE
    AS $$ SELECT 0::bigint, 0::bigint $$;

CREATE TABLE public.album_images (
    album_id uuid NOT NULL,
    image_id uuid NOT NULL,
    display_order integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.album_shares (
    album_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone
);

CREATE TABLE public.albums (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    job_id uuid,
    title text NOT NULL,
    theme_description text DEFAULT ''::text NOT NULL,
    curated_by text NOT NULL,
    cover_image_id uuid,
    touched_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT albums_curator_known CHECK ((curated_by = ANY (ARRAY['gemini'::text, 'fallback'::text, 'person'::text]))),
    CONSTRAINT albums_theme_bounded CHECK ((char_length(theme_description) <= 1000)),
    CONSTRAINT albums_title_bounded CHECK (((char_length(title) >= 1) AND (char_length(title) <= 120)))
);

CREATE TABLE public.captures (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    device_id uuid NOT NULL,
    schedule_id uuid,
    due_at timestamp with time zone,
    client_id uuid,
    when_online boolean DEFAULT false NOT NULL,
    status text DEFAULT 'requested'::text NOT NULL,
    error text,
    requested_at timestamp with time zone NOT NULL,
    dispatched_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    uploading_at timestamp with time zone,
    taken_at timestamp with time zone,
    completed_at timestamp with time zone,
    storage_key text,
    content_type text,
    file_size_bytes bigint,
    sha256 bytea,
    image_id uuid,
    phash bigint,
    thumbhash bytea,
    CONSTRAINT captures_completed_is_whole CHECK (((status <> 'completed'::text) OR ((completed_at IS NOT NULL) AND (storage_key IS NOT NULL) AND (phash IS NOT NULL)))),
    CONSTRAINT captures_status_known CHECK ((status = ANY (ARRAY['requested'::text, 'dispatched'::text, 'uploading'::text, 'completed'::text, 'failed'::text, 'expired'::text])))
);

CREATE TABLE public.curation_answers (
    job_id uuid NOT NULL,
    batch integer NOT NULL,
    answer jsonb NOT NULL
);

CREATE TABLE public.curation_photos (
    job_id uuid NOT NULL,
    "position" integer NOT NULL,
    storage_key text NOT NULL,
    image_id uuid,
    state text DEFAULT 'waiting'::text NOT NULL,
    reason text,
    CONSTRAINT curation_photos_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'ready'::text, 'skipped'::text])))
);

CREATE TABLE public.curations (
    job_id uuid NOT NULL,
    user_id uuid NOT NULL,
    instructions text,
    regroup boolean DEFAULT false NOT NULL,
    model_calls integer DEFAULT 0 NOT NULL,
    undo_job_id uuid
);

CREATE TABLE public.customers (
    id uuid NOT NULL,
    email text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT customers_email_bounded CHECK (((char_length(email) >= 3) AND (char_length(email) <= 254)))
);

CREATE TABLE public.device_pairings (
    device_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.device_pauses (
    device_id uuid NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

CREATE TABLE public.devices (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    agent jsonb,
    cameras jsonb DEFAULT '[]'::jsonb NOT NULL,
    disk_free bigint,
    queued bigint,
    revision bigint DEFAULT 1 NOT NULL,
    told_revision bigint DEFAULT 0 NOT NULL,
    told_at timestamp with time zone,
    polled_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    is_away boolean DEFAULT false NOT NULL,
    paused_at timestamp with time zone,
    paired_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT devices_name_bounded CHECK (((char_length(name) >= 1) AND (char_length(name) <= 120)))
);

CREATE TABLE public.disputes (
    id text NOT NULL,
    order_id uuid NOT NULL,
    amount_cents bigint NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT disputes_status_known CHECK ((status = ANY (ARRAY['open'::text, 'won'::text, 'lost'::text])))
);

CREATE TABLE public.download_links (
    id uuid NOT NULL,
    token_hash bytea NOT NULL,
    order_id uuid NOT NULL,
    image_ids uuid[] NOT NULL,
    is_archive boolean NOT NULL,
    downloads integer DEFAULT 0 NOT NULL,
    max_downloads integer NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    CONSTRAINT download_links_counted CHECK (((downloads >= 0) AND (downloads <= max_downloads))),
    CONSTRAINT download_links_names_photos CHECK ((cardinality(image_ids) > 0))
);

CREATE TABLE public.email_suppressions (
    address text NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.emails (
    id uuid NOT NULL,
    user_id uuid,
    to_address text NOT NULL,
    template text NOT NULL,
    attachments jsonb DEFAULT '[]'::jsonb NOT NULL,
    dedupe_key text,
    status text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    provider_message_id text,
    error_message text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    leased_until timestamp with time zone,
    sent_at timestamp with time zone,
    data bytea NOT NULL,
    CONSTRAINT emails_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'failed'::text])))
);

CREATE TABLE public.idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    response_status integer,
    response bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_until timestamp with time zone NOT NULL
);

CREATE TABLE public.image_duplicates (
    storage_key text NOT NULL,
    user_id uuid NOT NULL,
    image_id uuid NOT NULL
);

CREATE TABLE public.image_looks (
    image_id uuid NOT NULL,
    look bytea NOT NULL
);

CREATE TABLE public.images (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    source text NOT NULL,
    storage_key text NOT NULL,
    original_filename text NOT NULL,
    content_type text NOT NULL,
    file_size_bytes bigint NOT NULL,
    width integer,
    height integer,
    sha256 bytea,
    crc32 bigint,
    phash bigint,
    taken_at timestamp with time zone,
    taken_at_offset text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    trashed_at timestamp with time zone,
    latitude double precision,
    longitude double precision,
    thumbhash bytea,
    derived_at timestamp with time zone,
    CONSTRAINT images_size_positive CHECK ((file_size_bytes > 0)),
    CONSTRAINT images_source_known CHECK ((source = ANY (ARRAY['upload'::text, 'capture'::text, 'restoration'::text])))
);

CREATE TABLE public.jobs (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    stage text,
    done integer DEFAULT 0 NOT NULL,
    total integer DEFAULT 0 NOT NULL,
    input jsonb DEFAULT '{}'::jsonb NOT NULL,
    result jsonb,
    error_message text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    leased_until timestamp with time zone,
    CONSTRAINT jobs_progress_bounded CHECK (((done >= 0) AND (done <= total))),
    CONSTRAINT jobs_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'completed'::text, 'failed'::text])))
);

CREATE TABLE public.ledger_entries (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    amount_cents bigint NOT NULL,
    balance_after_cents bigint NOT NULL,
    currency text DEFAULT 'usd'::text NOT NULL,
    reference text NOT NULL,
    reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ledger_entries_kind_known CHECK ((kind = ANY (ARRAY['capture'::text, 'hold'::text, 'release'::text, 'restoration'::text, 'refund'::text, 'adjustment'::text]))),
    CONSTRAINT ledger_entries_never_below_zero CHECK ((balance_after_cents >= 0))
);

CREATE TABLE public.one_time_tokens (
    token_hash bytea NOT NULL,
    purpose text NOT NULL,
    user_id uuid NOT NULL,
    subject text,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    sent_at timestamp with time zone
);

CREATE TABLE public.opaque_tokens (
    token_hash bytea NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    owner_id uuid
);

CREATE TABLE public.order_archives (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    image_ids uuid[] NOT NULL,
    choice bytea NOT NULL,
    storage_key text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    upload_id text,
    layout bytea,
    parts text[] DEFAULT '{}'::text[] NOT NULL,
    size_bytes bigint,
    attempts integer DEFAULT 0 NOT NULL,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    leased_until timestamp with time zone,
    ready_at timestamp with time zone,
    CONSTRAINT order_archives_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'building'::text, 'ready'::text, 'failed'::text])))
);

CREATE TABLE public.order_images (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    "position" integer NOT NULL,
    filename text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    progress smallint DEFAULT 0 NOT NULL,
    error text,
    temp_key text NOT NULL,
    original_key text,
    restored_key text,
    content_type text NOT NULL,
    size_bytes bigint NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    sha256 bytea NOT NULL,
    crc32 bigint NOT NULL,
    restored_type text,
    restored_bytes bigint,
    restored_width integer,
    restored_height integer,
    restored_crc32 bigint,
    image_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT order_images_completed_is_whole CHECK (((status <> 'completed'::text) OR ((restored_key IS NOT NULL) AND (restored_type IS NOT NULL) AND (restored_bytes IS NOT NULL) AND (restored_width IS NOT NULL) AND (restored_height IS NOT NULL) AND (restored_crc32 IS NOT NULL) AND (completed_at IS NOT NULL)))),
    CONSTRAINT order_images_failed_says_why CHECK (((status <> 'failed'::text) OR (error IS NOT NULL))),
    CONSTRAINT order_images_original_is_there CHECK (((status = ANY (ARRAY['pending'::text, 'failed'::text])) OR (original_key IS NOT NULL))),
    CONSTRAINT order_images_progress_bounded CHECK (((progress >= 0) AND (progress <= 100))),
    CONSTRAINT order_images_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'uploaded'::text, 'processing'::text, 'completed'::text, 'failed'::text])))
);

CREATE TABLE public.orders (
    id uuid NOT NULL,
    session_id uuid,
    user_id uuid,
    customer_id uuid,
    email text,
    status text DEFAULT 'pending_payment'::text NOT NULL,
    payment_status text DEFAULT 'unpaid'::text NOT NULL,
    pay_with text NOT NULL,
    currency text DEFAULT 'usd'::text NOT NULL,
    price_cents bigint NOT NULL,
    total_cents bigint NOT NULL,
    paid_cents bigint,
    refunded_cents bigint DEFAULT 0 NOT NULL,
    fidelity double precision NOT NULL,
    colorize boolean NOT NULL,
    upscale smallint NOT NULL,
    pages integer DEFAULT 0 NOT NULL,
    stripe_session_id text,
    stripe_session_url text,
    stripe_payment_intent text,
    charge_refunded_cents bigint DEFAULT 0 NOT NULL,
    refund_told_cents bigint DEFAULT 0 NOT NULL,
    held_reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    paid_at timestamp with time zone,
    completed_at timestamp with time zone,
    CONSTRAINT orders_credits_have_an_owner CHECK (((pay_with <> 'credits'::text) OR (user_id IS NOT NULL))),
    CONSTRAINT orders_money_positive CHECK (((price_cents > 0) AND (total_cents > 0) AND (refunded_cents >= 0))),
    CONSTRAINT orders_options_bounded CHECK ((((fidelity >= (0)::double precision) AND (fidelity <= (1)::double precision)) AND (upscale = ANY (ARRAY[1, 2, 4])))),
    CONSTRAINT orders_pay_with_known CHECK ((pay_with = ANY (ARRAY['card'::text, 'credits'::text]))),
    CONSTRAINT orders_payment_status_known CHECK ((payment_status = ANY (ARRAY['unpaid'::text, 'held'::text, 'paid'::text, 'partially_refunded'::text, 'refunded'::text, 'disputed'::text]))),
    CONSTRAINT orders_refunds_bounded CHECK ((refunded_cents <= GREATEST(total_cents, paid_cents))),
    CONSTRAINT orders_status_known CHECK ((status = ANY (ARRAY['pending_payment'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'refunded'::text]))),
    CONSTRAINT orders_work_is_paid CHECK (((status <> ALL (ARRAY['processing'::text, 'completed'::text])) OR (paid_at IS NOT NULL)))
);

CREATE TABLE public.outbox (
    id uuid NOT NULL,
    channel text NOT NULL,
    destination text NOT NULL,
    body jsonb NOT NULL,
    delay_seconds integer DEFAULT 0 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    leased_until timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT outbox_channel_known CHECK ((channel = ANY (ARRAY['queue'::text, 'event'::text, 'qstash'::text])))
);

CREATE TABLE public.processed_messages (
    consumer text NOT NULL,
    message_id uuid NOT NULL,
    processed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.push_subscriptions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    endpoint text NOT NULL,
    p256dh text NOT NULL,
    auth text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.realtime_connections (
    id text NOT NULL,
    caller_kind text NOT NULL,
    caller_id uuid NOT NULL,
    session_id uuid,
    connected_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_reason text
);

CREATE TABLE public.users (
    id uuid NOT NULL,
    email text,
    name text NOT NULL,
    password_hash text,
    role text DEFAULT 'user'::text NOT NULL,
    email_confirmed_at timestamp with time zone,
    phone text,
    phone_confirmed_at timestamp with time zone,
    suspended_at timestamp with time zone,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_email_bounded CHECK (((char_length(email) >= 3) AND (char_length(email) <= 254))),
    CONSTRAINT users_live_has_email CHECK (((deleted_at IS NOT NULL) OR (email IS NOT NULL))),
    CONSTRAINT users_name_bounded CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT users_role_known CHECK ((role = ANY (ARRAY['user'::text, 'admin'::text])))
);

CREATE VIEW public.realtime_live_connections AS
 SELECT id,
    caller_kind,
    caller_id,
    session_id,
    connected_at
   FROM public.realtime_connections c
  WHERE
        CASE
            WHEN (caller_kind = 'user'::text) THEN (EXISTS ( SELECT
               FROM (public.sessions s
                 JOIN public.users u ON ((u.id = s.user_id)))
              WHERE ((s.id = c.session_id) AND (s.user_id = c.caller_id) AND (s.revoked_at IS NULL) AND (s.expires_at > now()) AND (u.suspended_at IS NULL) AND (u.deleted_at IS NULL))))
            ELSE (EXISTS ( SELECT
               FROM (public.opaque_tokens t
                 LEFT JOIN public.users u ON ((u.id = t.owner_id)))
              WHERE ((t.kind = c.caller_kind) AND (t.subject_id = c.caller_id) AND (t.revoked_at IS NULL) AND ((t.expires_at IS NULL) OR (t.expires_at > now())) AND (u.suspended_at IS NULL) AND (u.deleted_at IS NULL))))
        END;

CREATE TABLE public.realtime_messages (
    topic text NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    data jsonb NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.realtime_subscriptions (
    topic text NOT NULL,
    connection_id text NOT NULL,
    last_sent bigint DEFAULT 0 NOT NULL,
    leased_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL
);

CREATE TABLE public.realtime_tickets (
    token_hash bytea NOT NULL,
    caller_kind text NOT NULL,
    caller_id uuid NOT NULL,
    session_id uuid,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.realtime_topics (
    topic text NOT NULL,
    last_sequence bigint DEFAULT 0 NOT NULL,
    last_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.refresh_tokens (
    token_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    issued_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone
);

CREATE TABLE public.refunds (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    key text NOT NULL,
    payment_intent text,
    stripe_refund_id text,
    amount_cents bigint NOT NULL,
    reason text NOT NULL,
    image_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    status text DEFAULT 'wanted'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    refusals integer DEFAULT 0 NOT NULL,
    leased_until timestamp with time zone,
    touched_at timestamp with time zone DEFAULT now() NOT NULL,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT refunds_amount_positive CHECK ((amount_cents > 0)),
    CONSTRAINT refunds_status_known CHECK ((status = ANY (ARRAY['wanted'::text, 'pending'::text, 'requires_action'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text])))
);

CREATE TABLE public.restoration_jobs (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    image_id uuid NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    try_number integer DEFAULT 1 NOT NULL,
    fidelity double precision NOT NULL,
    prediction_id text,
    result_key text,
    error text,
    kind_of_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    submitted_at timestamp with time zone,
    leased_until timestamp with time zone,
    completed_at timestamp with time zone,
    tidied_at timestamp with time zone,
    CONSTRAINT restoration_jobs_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'queued'::text, 'processing'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT restoration_jobs_try_positive CHECK (((try_number >= 1) AND (try_number <= 100)))
);

CREATE TABLE public.schedules (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    device_id uuid NOT NULL,
    name text NOT NULL,
    expression text NOT NULL,
    timezone text NOT NULL,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    enabled boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    synced_version bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schedules_ends_after_start CHECK ((ends_at > starts_at)),
    CONSTRAINT schedules_name_bounded CHECK (((char_length(name) >= 1) AND (char_length(name) <= 120)))
);

CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.storage_erasures (
    storage_key text NOT NULL,
    owner_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.stripe_events (
    id text NOT NULL,
    type text NOT NULL,
    object jsonb NOT NULL,
    payment_intent text,
    created_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    handled_at timestamp with time zone,
    order_id uuid
);

CREATE TABLE public.stripe_payments (
    id text NOT NULL,
    order_id uuid,
    told_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.throttles (
    scope text NOT NULL,
    subject bytea NOT NULL,
    hits timestamp with time zone[] NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.upload_files (
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    "position" integer NOT NULL,
    filename text NOT NULL,
    announced_type text NOT NULL,
    announced_bytes bigint NOT NULL,
    storage_key text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    reason text,
    content_type text,
    size_bytes bigint,
    width integer,
    height integer,
    sha256 bytea,
    crc32 bigint,
    preview_key text,
    asked_at timestamp with time zone,
    checked_at timestamp with time zone,
    left_out_at timestamp with time zone,
    CONSTRAINT upload_files_invalid_says_why CHECK (((status <> 'invalid'::text) OR (reason IS NOT NULL))),
    CONSTRAINT upload_files_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'valid'::text, 'invalid'::text]))),
    CONSTRAINT upload_files_valid_is_whole CHECK (((status <> 'valid'::text) OR ((content_type IS NOT NULL) AND (size_bytes IS NOT NULL) AND (width IS NOT NULL) AND (height IS NOT NULL) AND (sha256 IS NOT NULL) AND (crc32 IS NOT NULL) AND (preview_key IS NOT NULL))))
);

CREATE TABLE public.upload_sessions (
    id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.uploads (
    storage_key text NOT NULL,
    user_id uuid NOT NULL,
    original_filename text NOT NULL,
    content_type text NOT NULL,
    file_size_bytes bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.worker_runs (
    name text NOT NULL,
    ran_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.album_images
    ADD CONSTRAINT album_images_one_album UNIQUE (image_id);

ALTER TABLE ONLY public.album_images
    ADD CONSTRAINT album_images_pkey PRIMARY KEY (album_id, image_id);

ALTER TABLE ONLY public.album_shares
    ADD CONSTRAINT album_shares_pkey PRIMARY KEY (album_id);

ALTER TABLE ONLY public.album_shares
    ADD CONSTRAINT album_shares_token_key UNIQUE (token_hash);

ALTER TABLE ONLY public.albums
    ADD CONSTRAINT albums_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.captures
    ADD CONSTRAINT captures_once_a_due_time UNIQUE (schedule_id, due_at);

ALTER TABLE ONLY public.captures
    ADD CONSTRAINT captures_once_a_report UNIQUE (device_id, client_id);

ALTER TABLE ONLY public.captures
    ADD CONSTRAINT captures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.captures
    ADD CONSTRAINT captures_storage_key_key UNIQUE (storage_key);

ALTER TABLE ONLY public.curation_answers
    ADD CONSTRAINT curation_answers_pkey PRIMARY KEY (job_id, batch);

ALTER TABLE ONLY public.curation_photos
    ADD CONSTRAINT curation_photos_pkey PRIMARY KEY (job_id, "position");

ALTER TABLE ONLY public.curations
    ADD CONSTRAINT curations_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.device_pairings
    ADD CONSTRAINT device_pairings_code_key UNIQUE (code_hash);

ALTER TABLE ONLY public.device_pairings
    ADD CONSTRAINT device_pairings_pkey PRIMARY KEY (device_id);

ALTER TABLE ONLY public.device_pauses
    ADD CONSTRAINT device_pauses_pkey PRIMARY KEY (device_id, began_at);

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.download_links
    ADD CONSTRAINT download_links_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.download_links
    ADD CONSTRAINT download_links_token_key UNIQUE (token_hash);

ALTER TABLE ONLY public.email_suppressions
    ADD CONSTRAINT email_suppressions_pkey PRIMARY KEY (address);

ALTER TABLE ONLY public.emails
    ADD CONSTRAINT emails_dedupe_key_key UNIQUE (dedupe_key);

ALTER TABLE ONLY public.emails
    ADD CONSTRAINT emails_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key);

ALTER TABLE ONLY public.image_duplicates
    ADD CONSTRAINT image_duplicates_pkey PRIMARY KEY (storage_key);

ALTER TABLE ONLY public.image_looks
    ADD CONSTRAINT image_looks_pkey PRIMARY KEY (image_id);

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_storage_key_key UNIQUE (storage_key);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT ledger_entries_once UNIQUE (user_id, kind, reference);

ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT ledger_entries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.opaque_tokens
    ADD CONSTRAINT opaque_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.order_archives
    ADD CONSTRAINT order_archives_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.order_archives
    ADD CONSTRAINT order_archives_storage_key_key UNIQUE (storage_key);

ALTER TABLE ONLY public.order_images
    ADD CONSTRAINT order_images_original_key_key UNIQUE (original_key);

ALTER TABLE ONLY public.order_images
    ADD CONSTRAINT order_images_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.order_images
    ADD CONSTRAINT order_images_position_once UNIQUE (order_id, "position");

ALTER TABLE ONLY public.order_images
    ADD CONSTRAINT order_images_restored_key_key UNIQUE (restored_key);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_session_key UNIQUE (session_id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_stripe_intent_key UNIQUE (stripe_payment_intent);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_stripe_session_key UNIQUE (stripe_session_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.processed_messages
    ADD CONSTRAINT processed_messages_pkey PRIMARY KEY (consumer, message_id);

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_endpoint_key UNIQUE (endpoint);

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.realtime_connections
    ADD CONSTRAINT realtime_connections_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.realtime_messages
    ADD CONSTRAINT realtime_messages_pkey PRIMARY KEY (topic, sequence);

ALTER TABLE ONLY public.realtime_subscriptions
    ADD CONSTRAINT realtime_subscriptions_pkey PRIMARY KEY (topic, connection_id);

ALTER TABLE ONLY public.realtime_tickets
    ADD CONSTRAINT realtime_tickets_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.realtime_topics
    ADD CONSTRAINT realtime_topics_pkey PRIMARY KEY (topic);

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT refunds_key_key UNIQUE (key);

ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT refunds_stripe_key UNIQUE (stripe_refund_id);

ALTER TABLE ONLY public.restoration_jobs
    ADD CONSTRAINT restoration_jobs_image_key UNIQUE (image_id);

ALTER TABLE ONLY public.restoration_jobs
    ADD CONSTRAINT restoration_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.storage_erasures
    ADD CONSTRAINT storage_erasures_pkey PRIMARY KEY (storage_key);

ALTER TABLE ONLY public.stripe_events
    ADD CONSTRAINT stripe_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.stripe_payments
    ADD CONSTRAINT stripe_payments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.throttles
    ADD CONSTRAINT throttles_pkey PRIMARY KEY (scope, subject);

ALTER TABLE ONLY public.upload_files
    ADD CONSTRAINT upload_files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.upload_files
    ADD CONSTRAINT upload_files_position_once UNIQUE (session_id, "position");

ALTER TABLE ONLY public.upload_files
    ADD CONSTRAINT upload_files_storage_key_key UNIQUE (storage_key);

ALTER TABLE ONLY public.upload_sessions
    ADD CONSTRAINT upload_sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_pkey PRIMARY KEY (storage_key);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.worker_runs
    ADD CONSTRAINT worker_runs_pkey PRIMARY KEY (name);

CREATE INDEX album_images_order_idx ON public.album_images USING btree (album_id, display_order, image_id);

CREATE INDEX albums_job_idx ON public.albums USING btree (job_id) WHERE (job_id IS NOT NULL);

CREATE INDEX albums_user_idx ON public.albums USING btree (user_id, created_at DESC, id DESC);

CREATE INDEX captures_arrived_idx ON public.captures USING btree (user_id, completed_at DESC, id DESC) WHERE (status = 'completed'::text);

CREATE INDEX captures_device_idx ON public.captures USING btree (device_id, requested_at DESC, id DESC);

CREATE INDEX captures_device_status_idx ON public.captures USING btree (device_id, status, requested_at DESC, id DESC);

CREATE INDEX captures_image_idx ON public.captures USING btree (image_id) WHERE (image_id IS NOT NULL);

CREATE INDEX captures_latest_idx ON public.captures USING btree (device_id, taken_at DESC, id DESC) WHERE (status = 'completed'::text);

CREATE INDEX captures_overdue_idx ON public.captures USING btree (expires_at) WHERE (status = ANY (ARRAY['requested'::text, 'dispatched'::text]));

CREATE INDEX captures_schedule_idx ON public.captures USING btree (schedule_id, requested_at DESC, id DESC) WHERE (schedule_id IS NOT NULL);

CREATE INDEX captures_schedule_status_idx ON public.captures USING btree (schedule_id, status, requested_at DESC, id DESC) WHERE (schedule_id IS NOT NULL);

CREATE INDEX captures_taken_idx ON public.captures USING btree (user_id, taken_at) WHERE (status = 'completed'::text);

CREATE INDEX captures_uploading_idx ON public.captures USING btree (uploading_at) WHERE (status = 'uploading'::text);

CREATE INDEX captures_user_idx ON public.captures USING btree (user_id, requested_at DESC, id DESC);

CREATE INDEX captures_user_status_idx ON public.captures USING btree (user_id, status, requested_at DESC, id DESC);

CREATE INDEX captures_waiting_idx ON public.captures USING btree (device_id, requested_at) WHERE (status = ANY (ARRAY['requested'::text, 'dispatched'::text]));

CREATE INDEX curation_photos_image_idx ON public.curation_photos USING btree (image_id);

CREATE INDEX curation_photos_skipped_idx ON public.curation_photos USING btree (storage_key) WHERE (state = 'skipped'::text);

CREATE INDEX curations_user_idx ON public.curations USING btree (user_id);

CREATE UNIQUE INDEX customers_email_key ON public.customers USING btree (lower(email));

CREATE INDEX device_pairings_expiry_idx ON public.device_pairings USING btree (expires_at);

CREATE INDEX devices_polled_idx ON public.devices USING btree (polled_at) WHERE (deleted_at IS NULL);

CREATE INDEX devices_seen_idx ON public.devices USING btree (last_seen_at) WHERE ((NOT is_away) AND (deleted_at IS NULL));

CREATE INDEX devices_user_idx ON public.devices USING btree (user_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX disputes_order_idx ON public.disputes USING btree (order_id);

CREATE INDEX download_links_expiry_idx ON public.download_links USING btree (expires_at);

CREATE INDEX download_links_order_idx ON public.download_links USING btree (order_id);

CREATE INDEX emails_provider_message_idx ON public.emails USING btree (provider_message_id) WHERE (provider_message_id IS NOT NULL);

CREATE INDEX emails_unsent_idx ON public.emails USING btree (created_at) WHERE (status = ANY (ARRAY['pending'::text, 'sending'::text]));

CREATE INDEX emails_user_idx ON public.emails USING btree (user_id) WHERE (user_id IS NOT NULL);

CREATE INDEX idempotency_keys_created_idx ON public.idempotency_keys USING btree (created_at);

CREATE INDEX image_duplicates_image_idx ON public.image_duplicates USING btree (image_id);

CREATE INDEX image_duplicates_user_idx ON public.image_duplicates USING btree (user_id);

CREATE INDEX images_purge_idx ON public.images USING btree (trashed_at) WHERE (trashed_at IS NOT NULL);

CREATE UNIQUE INDEX images_same_bytes_key ON public.images USING btree (user_id, sha256) WHERE ((source = 'upload'::text) AND (sha256 IS NOT NULL));

CREATE INDEX images_shown_idx ON public.images USING btree (user_id, created_at DESC, id DESC) WHERE (trashed_at IS NULL);

CREATE INDEX images_size_idx ON public.images USING btree (user_id) INCLUDE (file_size_bytes, trashed_at);

CREATE INDEX images_source_idx ON public.images USING btree (user_id, source, created_at DESC, id DESC) WHERE (trashed_at IS NULL);

CREATE INDEX images_taken_idx ON public.images USING btree (user_id, COALESCE(taken_at, created_at) DESC, id DESC) WHERE (trashed_at IS NULL);

CREATE INDEX images_trash_idx ON public.images USING btree (user_id, trashed_at DESC, id DESC) WHERE (trashed_at IS NOT NULL);

CREATE INDEX jobs_unfinished_idx ON public.jobs USING btree (created_at) WHERE (status = ANY (ARRAY['pending'::text, 'processing'::text]));

CREATE INDEX jobs_user_idx ON public.jobs USING btree (user_id, created_at DESC, id DESC);

CREATE INDEX ledger_entries_earned_idx ON public.ledger_entries USING btree (user_id, created_at) INCLUDE (amount_cents) WHERE (kind = ANY (ARRAY['capture'::text, 'adjustment'::text]));

CREATE INDEX ledger_entries_paid_idx ON public.ledger_entries USING btree (user_id, created_at) WHERE ((kind = 'capture'::text) AND (amount_cents > 0));

CREATE INDEX ledger_entries_user_idx ON public.ledger_entries USING btree (user_id, id DESC);

CREATE INDEX one_time_tokens_expiry_idx ON public.one_time_tokens USING btree (expires_at);

CREATE INDEX one_time_tokens_user_idx ON public.one_time_tokens USING btree (user_id, purpose);

CREATE INDEX opaque_tokens_owner_idx ON public.opaque_tokens USING btree (owner_id) WHERE (owner_id IS NOT NULL);

CREATE INDEX opaque_tokens_subject_idx ON public.opaque_tokens USING btree (kind, subject_id);

CREATE INDEX order_archives_created_idx ON public.order_archives USING btree (created_at);

CREATE INDEX order_archives_open_idx ON public.order_archives USING btree (created_at) WHERE (status = ANY (ARRAY['pending'::text, 'building'::text]));

CREATE UNIQUE INDEX order_archives_photos_key ON public.order_archives USING btree (order_id, choice) WHERE (status <> 'failed'::text);

CREATE INDEX order_images_finished_idx ON public.order_images USING btree (completed_at) WHERE (status = ANY (ARRAY['completed'::text, 'failed'::text]));

CREATE INDEX order_images_image_idx ON public.order_images USING btree (image_id) WHERE (image_id IS NOT NULL);

CREATE INDEX orders_attention_idx ON public.orders USING btree (payment_status, created_at DESC, id DESC) WHERE (payment_status = ANY (ARRAY['held'::text, 'disputed'::text]));

CREATE INDEX orders_customer_idx ON public.orders USING btree (customer_id) WHERE (customer_id IS NOT NULL);

CREATE INDEX orders_email_idx ON public.orders USING btree (lower(email), created_at DESC);

CREATE INDEX orders_newest_idx ON public.orders USING btree (created_at DESC, id DESC);

CREATE INDEX orders_processing_idx ON public.orders USING btree (paid_at) WHERE (status = 'processing'::text);

CREATE INDEX orders_unpaid_idx ON public.orders USING btree (created_at) WHERE (status = 'pending_payment'::text);

CREATE INDEX orders_user_idx ON public.orders USING btree (user_id, created_at DESC, id DESC) WHERE (user_id IS NOT NULL);

CREATE INDEX outbox_due_idx ON public.outbox USING btree (leased_until, id);

CREATE INDEX processed_messages_at_idx ON public.processed_messages USING btree (processed_at);

CREATE INDEX push_subscriptions_user_idx ON public.push_subscriptions USING btree (user_id);

CREATE INDEX realtime_connections_age_idx ON public.realtime_connections USING btree (connected_at);

CREATE INDEX realtime_connections_caller_idx ON public.realtime_connections USING btree (caller_kind, caller_id);

CREATE INDEX realtime_messages_at_idx ON public.realtime_messages USING btree (at);

CREATE INDEX realtime_subscriptions_connection_idx ON public.realtime_subscriptions USING btree (connection_id);

CREATE INDEX realtime_tickets_expiry_idx ON public.realtime_tickets USING btree (expires_at);

CREATE INDEX realtime_topics_last_idx ON public.realtime_topics USING btree (last_at);

CREATE INDEX refresh_tokens_session_idx ON public.refresh_tokens USING btree (session_id);

CREATE INDEX refunds_order_idx ON public.refunds USING btree (order_id);

CREATE INDEX refunds_wanted_idx ON public.refunds USING btree (touched_at) WHERE (status = 'wanted'::text);

CREATE INDEX restoration_jobs_leftovers_idx ON public.restoration_jobs USING btree (completed_at) WHERE ((status = ANY (ARRAY['completed'::text, 'failed'::text])) AND (tidied_at IS NULL));

CREATE INDEX restoration_jobs_open_idx ON public.restoration_jobs USING btree (leased_until) WHERE (status = ANY (ARRAY['pending'::text, 'queued'::text, 'processing'::text]));

CREATE INDEX restoration_jobs_order_idx ON public.restoration_jobs USING btree (order_id);

CREATE UNIQUE INDEX restoration_jobs_prediction_key ON public.restoration_jobs USING btree (prediction_id) WHERE (prediction_id IS NOT NULL);

CREATE INDEX schedules_device_idx ON public.schedules USING btree (device_id, id);

CREATE INDEX schedules_user_idx ON public.schedules USING btree (user_id, created_at DESC, id DESC);

CREATE INDEX sessions_expiry_idx ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_user_idx ON public.sessions USING btree (user_id) WHERE (revoked_at IS NULL);

CREATE INDEX storage_erasures_owner_idx ON public.storage_erasures USING btree (owner_id, storage_key);

CREATE INDEX stripe_events_order_idx ON public.stripe_events USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX stripe_events_received_idx ON public.stripe_events USING btree (received_at);

CREATE INDEX stripe_events_waiting_idx ON public.stripe_events USING btree (payment_intent) WHERE (handled_at IS NULL);

CREATE INDEX stripe_payments_order_idx ON public.stripe_payments USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX stripe_payments_unknown_idx ON public.stripe_payments USING btree (told_at) WHERE (order_id IS NULL);

CREATE INDEX throttles_expiry_idx ON public.throttles USING btree (expires_at);

CREATE INDEX upload_files_pending_idx ON public.upload_files USING btree (session_id) WHERE (status = 'pending'::text);

CREATE INDEX upload_sessions_expiry_idx ON public.upload_sessions USING btree (expires_at);

CREATE INDEX uploads_created_idx ON public.uploads USING btree (created_at);

CREATE INDEX uploads_user_idx ON public.uploads USING btree (user_id);

CREATE INDEX users_created_idx ON public.users USING btree (created_at DESC, id DESC);

CREATE UNIQUE INDEX users_email_key ON public.users USING btree (lower(email));

CREATE INDEX users_search_idx ON public.users USING gin (lower(((email || ' '::text) || name)) public.gin_trgm_ops) WHERE (deleted_at IS NULL);

CREATE TRIGGER captures_forget_account AFTER UPDATE OF deleted_at ON public.users FOR EACH ROW WHEN (((old.deleted_at IS NULL) AND (new.deleted_at IS NOT NULL))) EXECUTE FUNCTION public.captures_forget_account();

CREATE TRIGGER captures_status_order BEFORE UPDATE OF status ON public.captures FOR EACH ROW WHEN (((old.status <> new.status) AND (((((((((((old.status <> 'requested'::text) OR (new.status <> 'dispatched'::text)) AND ((old.status <> 'requested'::text) OR (new.status <> 'uploading'::text))) AND ((old.status <> 'requested'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'requested'::text) OR (new.status <> 'expired'::text))) AND ((old.status <> 'dispatched'::text) OR (new.status <> 'uploading'::text))) AND ((old.status <> 'dispatched'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'dispatched'::text) OR (new.status <> 'expired'::text))) AND ((old.status <> 'uploading'::text) OR (new.status <> 'completed'::text))) AND ((old.status <> 'uploading'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'expired'::text) OR (new.status <> 'uploading'::text))))) EXECUTE FUNCTION public.captures_move_in_order();

CREATE TRIGGER emails_status_order BEFORE UPDATE OF status ON public.emails FOR EACH ROW WHEN (((old.status <> new.status) AND (((((old.status <> 'pending'::text) OR (new.status <> 'sending'::text)) AND ((old.status <> 'sending'::text) OR (new.status <> 'sent'::text))) AND ((old.status <> 'sending'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'failed'::text) OR (new.status <> 'pending'::text))))) EXECUTE FUNCTION public.emails_move_in_order();

CREATE TRIGGER galleries_forget_account AFTER UPDATE OF deleted_at ON public.users FOR EACH ROW WHEN (((old.deleted_at IS NULL) AND (new.deleted_at IS NOT NULL))) EXECUTE FUNCTION public.galleries_forget_account();

CREATE TRIGGER ledger_entries_append_only BEFORE DELETE OR UPDATE ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION public.ledger_is_append_only();

CREATE TRIGGER order_images_status_order BEFORE UPDATE OF status ON public.order_images FOR EACH ROW WHEN (((old.status <> new.status) AND (((((((old.status <> 'pending'::text) OR (new.status <> 'uploaded'::text)) AND ((old.status <> 'uploaded'::text) OR (new.status <> 'processing'::text))) AND ((old.status <> 'processing'::text) OR (new.status <> 'completed'::text))) AND ((old.status <> 'pending'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'uploaded'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'processing'::text) OR (new.status <> 'failed'::text))))) EXECUTE FUNCTION public.order_images_move_in_order();

CREATE TRIGGER orders_status_order BEFORE UPDATE OF status ON public.orders FOR EACH ROW WHEN (((old.status <> new.status) AND ((((((((old.status <> 'pending_payment'::text) OR (new.status <> 'processing'::text)) AND ((old.status <> 'pending_payment'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'pending_payment'::text) OR (new.status <> 'refunded'::text))) AND ((old.status <> 'processing'::text) OR (new.status <> 'completed'::text))) AND ((old.status <> 'processing'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'processing'::text) OR (new.status <> 'refunded'::text))) AND ((old.status <> 'completed'::text) OR (new.status <> 'refunded'::text))))) EXECUTE FUNCTION public.orders_move_in_order();

CREATE TRIGGER restoration_jobs_status_order BEFORE UPDATE OF status ON public.restoration_jobs FOR EACH ROW WHEN (((old.status <> new.status) AND ((((((((old.status <> 'pending'::text) OR (new.status <> 'queued'::text)) AND ((old.status <> 'queued'::text) OR (new.status <> 'processing'::text))) AND ((old.status <> 'processing'::text) OR (new.status <> 'completed'::text))) AND ((old.status <> 'pending'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'queued'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'processing'::text) OR (new.status <> 'failed'::text))) AND ((old.status <> 'failed'::text) OR (new.status <> 'queued'::text))))) EXECUTE FUNCTION public.restoration_jobs_move_in_order();

CREATE TRIGGER restorations_forget_account AFTER UPDATE OF deleted_at ON public.users FOR EACH ROW WHEN (((old.deleted_at IS NULL) AND (new.deleted_at IS NOT NULL))) EXECUTE FUNCTION public.restorations_forget_account();

ALTER TABLE ONLY public.album_images
    ADD CONSTRAINT album_images_album_fkey FOREIGN KEY (album_id) REFERENCES public.albums(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.album_images
    ADD CONSTRAINT album_images_image_fkey FOREIGN KEY (image_id) REFERENCES public.images(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.album_shares
    ADD CONSTRAINT album_shares_album_fkey FOREIGN KEY (album_id) REFERENCES public.albums(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.albums
    ADD CONSTRAINT albums_job_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.albums
    ADD CONSTRAINT albums_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.captures
    ADD CONSTRAINT captures_device_fkey FOREIGN KEY (device_id) REFERENCES public.devices(id);

ALTER TABLE ONLY public.captures
    ADD CONSTRAINT captures_image_fkey FOREIGN KEY (image_id) REFERENCES public.images(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.captures
    ADD CONSTRAINT captures_schedule_fkey FOREIGN KEY (schedule_id) REFERENCES public.schedules(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.captures
    ADD CONSTRAINT captures_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.curation_answers
    ADD CONSTRAINT curation_answers_job_fkey FOREIGN KEY (job_id) REFERENCES public.curations(job_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.curation_photos
    ADD CONSTRAINT curation_photos_image_fkey FOREIGN KEY (image_id) REFERENCES public.images(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.curation_photos
    ADD CONSTRAINT curation_photos_job_fkey FOREIGN KEY (job_id) REFERENCES public.curations(job_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.curations
    ADD CONSTRAINT curations_job_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.curations
    ADD CONSTRAINT curations_undo_fkey FOREIGN KEY (undo_job_id) REFERENCES public.jobs(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.curations
    ADD CONSTRAINT curations_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.device_pairings
    ADD CONSTRAINT device_pairings_device_fkey FOREIGN KEY (device_id) REFERENCES public.devices(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.device_pauses
    ADD CONSTRAINT device_pauses_device_fkey FOREIGN KEY (device_id) REFERENCES public.devices(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT disputes_order_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.download_links
    ADD CONSTRAINT download_links_order_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.emails
    ADD CONSTRAINT emails_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.image_duplicates
    ADD CONSTRAINT image_duplicates_image_fkey FOREIGN KEY (image_id) REFERENCES public.images(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.image_duplicates
    ADD CONSTRAINT image_duplicates_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.image_looks
    ADD CONSTRAINT image_looks_image_fkey FOREIGN KEY (image_id) REFERENCES public.images(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT ledger_entries_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.opaque_tokens
    ADD CONSTRAINT opaque_tokens_owner_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.order_archives
    ADD CONSTRAINT order_archives_order_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.order_images
    ADD CONSTRAINT order_images_image_fkey FOREIGN KEY (image_id) REFERENCES public.images(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.order_images
    ADD CONSTRAINT order_images_order_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_session_fkey FOREIGN KEY (session_id) REFERENCES public.upload_sessions(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.realtime_subscriptions
    ADD CONSTRAINT realtime_subscriptions_connection_fkey FOREIGN KEY (connection_id) REFERENCES public.realtime_connections(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT refunds_order_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.restoration_jobs
    ADD CONSTRAINT restoration_jobs_image_fkey FOREIGN KEY (image_id) REFERENCES public.order_images(id);

ALTER TABLE ONLY public.restoration_jobs
    ADD CONSTRAINT restoration_jobs_order_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_device_fkey FOREIGN KEY (device_id) REFERENCES public.devices(id);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.stripe_events
    ADD CONSTRAINT stripe_events_order_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.stripe_payments
    ADD CONSTRAINT stripe_payments_order_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.upload_files
    ADD CONSTRAINT upload_files_session_fkey FOREIGN KEY (session_id) REFERENCES public.upload_sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
