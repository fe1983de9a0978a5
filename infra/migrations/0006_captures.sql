-- Captures: cameras that take photos when asked and on a schedule, and pay their owners.

-- What a token opens may be a person's; while that person is suspended it opens nothing, nor does a socket of it.
ALTER TABLE opaque_tokens ADD COLUMN owner_id uuid CONSTRAINT opaque_tokens_owner_fkey REFERENCES users (id);
CREATE INDEX opaque_tokens_owner_idx ON opaque_tokens (owner_id) WHERE owner_id IS NOT NULL;

CREATE OR REPLACE VIEW realtime_live_connections AS
SELECT c.id, c.caller_kind, c.caller_id, c.session_id, c.connected_at
FROM realtime_connections c
WHERE CASE
    WHEN c.caller_kind = 'user' THEN EXISTS (
        SELECT FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = c.session_id AND s.user_id = c.caller_id
          AND s.revoked_at IS NULL AND s.expires_at > now()
          AND u.suspended_at IS NULL AND u.deleted_at IS NULL)
    ELSE EXISTS (
        SELECT FROM opaque_tokens t LEFT JOIN users u ON u.id = t.owner_id
        WHERE t.kind = c.caller_kind AND t.subject_id = c.caller_id
          AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
          AND u.suspended_at IS NULL AND u.deleted_at IS NULL)
END;

-- A camera on somebody's desk. Until its agent is paired nobody speaks for it. A deleted one stays for its captures.
CREATE TABLE devices (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL CONSTRAINT devices_user_fkey REFERENCES users (id),
    name           text NOT NULL,
    agent          jsonb,                          -- {version, platform}, as it said when it was paired
    cameras        jsonb NOT NULL DEFAULT '[]',
    disk_free      bigint,
    queued         bigint,
    revision       bigint NOT NULL DEFAULT 1,      -- moves with each change of its schedules and of its pause
    told_revision  bigint NOT NULL DEFAULT 0,      -- what the last poll that did not say what it knows was told
    told_at        timestamptz,
    polled_at      timestamptz,                    -- when a long poll last began
    last_seen_at   timestamptz,                    -- the last heartbeat
    is_away        boolean NOT NULL DEFAULT false, -- its owner has been told of the outage that lasts
    paused_at      timestamptz,
    paired_at      timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    deleted_at     timestamptz,
    CONSTRAINT devices_name_bounded CHECK (char_length(name) BETWEEN 1 AND 120)
);
CREATE INDEX devices_user_idx ON devices (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX devices_seen_idx ON devices (last_seen_at) WHERE NOT is_away AND deleted_at IS NULL;
CREATE INDEX devices_polled_idx ON devices (polled_at) WHERE deleted_at IS NULL;

-- The code that makes an agent this device's; one a device, used once. Kept as a keyed hash: a million codes are few.
CREATE TABLE device_pairings (
    device_id  uuid PRIMARY KEY CONSTRAINT device_pairings_device_fkey REFERENCES devices (id) ON DELETE CASCADE,
    code_hash  bytea NOT NULL CONSTRAINT device_pairings_code_key UNIQUE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX device_pairings_expiry_idx ON device_pairings (expires_at);

-- When a device was paused. A photo that was taken in between is not accepted, whenever it is reported.
CREATE TABLE device_pauses (
    device_id uuid NOT NULL CONSTRAINT device_pauses_device_fkey REFERENCES devices (id) ON DELETE CASCADE,
    began_at  timestamptz NOT NULL,
    ended_at  timestamptz,
    CONSTRAINT device_pauses_pkey PRIMARY KEY (device_id, began_at)
);

-- What is to happen when. EventBridge Scheduler has one schedule for each row that it has been told of; `version` moves
-- with each edit, `synced_version` says which one Scheduler has.
CREATE TABLE schedules (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL CONSTRAINT schedules_user_fkey REFERENCES users (id),
    device_id      uuid NOT NULL CONSTRAINT schedules_device_fkey REFERENCES devices (id),
    name           text NOT NULL,
    expression     text NOT NULL,
    timezone       text NOT NULL,
    starts_at      timestamptz,
    ends_at        timestamptz,
    enabled        boolean NOT NULL DEFAULT true,
    version        bigint NOT NULL DEFAULT 1,
    synced_version bigint NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schedules_name_bounded CHECK (char_length(name) BETWEEN 1 AND 120),
    CONSTRAINT schedules_ends_after_start CHECK (ends_at > starts_at)
);
CREATE INDEX schedules_user_idx ON schedules (user_id, created_at DESC, id DESC);
CREATE INDEX schedules_device_idx ON schedules (device_id, id);

-- A photo that was asked for, or taken by schedule, and what became of it. The photo itself is the image.
CREATE TABLE captures (
    id              uuid PRIMARY KEY,
    user_id         uuid NOT NULL CONSTRAINT captures_user_fkey REFERENCES users (id),
    device_id       uuid NOT NULL CONSTRAINT captures_device_fkey REFERENCES devices (id),
    schedule_id     uuid CONSTRAINT captures_schedule_fkey REFERENCES schedules (id) ON DELETE SET NULL,
    due_at          timestamptz,                   -- the schedule's moment
    client_id       uuid,                          -- the agent's own name of a photo that it reports later
    when_online     boolean NOT NULL DEFAULT false, -- it waits for its device for a day, also through a pause
    status          text NOT NULL DEFAULT 'requested',
    error           text,                          -- why it failed or expired, for its owner
    requested_at    timestamptz NOT NULL,
    dispatched_at   timestamptz,
    expires_at      timestamptz NOT NULL,          -- until when it waits for its device
    uploading_at    timestamptz,
    taken_at        timestamptz,
    completed_at    timestamptz,
    -- what the agent announced, and where it may bring it
    storage_key     text CONSTRAINT captures_storage_key_key UNIQUE,
    content_type    text,
    file_size_bytes bigint,
    sha256          bytea,
    -- the photo; its hash stays when the photo is deleted, so that nobody is paid for the same view twice
    image_id        uuid CONSTRAINT captures_image_fkey REFERENCES images (id) ON DELETE SET NULL,
    phash           bigint,
    thumbhash       bytea,
    CONSTRAINT captures_status_known
        CHECK (status IN ('requested', 'dispatched', 'uploading', 'completed', 'failed', 'expired')),
    CONSTRAINT captures_once_a_due_time UNIQUE (schedule_id, due_at),
    CONSTRAINT captures_once_a_report UNIQUE (device_id, client_id),
    CONSTRAINT captures_completed_is_whole
        CHECK (status <> 'completed' OR (completed_at IS NOT NULL AND storage_key IS NOT NULL AND phash IS NOT NULL))
);
CREATE INDEX captures_user_idx ON captures (user_id, requested_at DESC, id DESC);
CREATE INDEX captures_device_idx ON captures (device_id, requested_at DESC, id DESC);
CREATE INDEX captures_schedule_idx ON captures (schedule_id, requested_at DESC, id DESC) WHERE schedule_id IS NOT NULL;
CREATE INDEX captures_user_status_idx ON captures (user_id, status, requested_at DESC, id DESC);
CREATE INDEX captures_device_status_idx ON captures (device_id, status, requested_at DESC, id DESC);
CREATE INDEX captures_schedule_status_idx ON captures (schedule_id, status, requested_at DESC, id DESC)
    WHERE schedule_id IS NOT NULL;
CREATE INDEX captures_waiting_idx ON captures (device_id, requested_at) WHERE status IN ('requested', 'dispatched');
CREATE INDEX captures_overdue_idx ON captures (expires_at) WHERE status IN ('requested', 'dispatched');
CREATE INDEX captures_uploading_idx ON captures (uploading_at) WHERE status = 'uploading';
CREATE INDEX captures_arrived_idx ON captures (user_id, completed_at DESC, id DESC) WHERE status = 'completed';
CREATE INDEX captures_taken_idx ON captures (user_id, taken_at) WHERE status = 'completed';
CREATE INDEX captures_latest_idx ON captures (device_id, taken_at DESC, id DESC) WHERE status = 'completed';
CREATE INDEX captures_image_idx ON captures (image_id) WHERE image_id IS NOT NULL;

-- How many photos of a day were paid for: few rows, however many earned nothing.
CREATE INDEX ledger_entries_paid_idx ON ledger_entries (user_id, created_at)
    WHERE kind = 'capture' AND amount_cents > 0;

-- What is over stays over; a capture that expired is taken up again only by the photo that its agent took of it.
CREATE FUNCTION captures_move_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a capture does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'captures_status_order';
END $$;
CREATE TRIGGER captures_status_order BEFORE UPDATE OF status ON captures
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status
          AND (OLD.status, NEW.status) NOT IN (
              ('requested', 'dispatched'), ('requested', 'uploading'), ('requested', 'failed'), ('requested', 'expired'),
              ('dispatched', 'uploading'), ('dispatched', 'failed'), ('dispatched', 'expired'),
              ('uploading', 'completed'), ('uploading', 'failed'),
              ('expired', 'uploading')))
    EXECUTE FUNCTION captures_move_in_order();

-- The dashboard, the export and the deletion (ADR 0071).
CREATE OR REPLACE FUNCTION stats_of_captures(account uuid)
    RETURNS TABLE (captures bigint, schedules bigint, active_schedules bigint)
    LANGUAGE sql STABLE AS $$
        SELECT (SELECT count(*) FROM captures WHERE user_id = account AND status = 'completed'),
               count(*), count(*) FILTER (WHERE enabled AND (ends_at IS NULL OR ends_at > now()))
          FROM schedules WHERE user_id = account
    $$;

CREATE FUNCTION export_of_devices(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', id, 'name', name, 'agent', agent, 'cameras', cameras, 'paired_at', paired_at,
               'last_seen_at', last_seen_at, 'paused_at', paused_at, 'created_at', created_at, 'deleted_at', deleted_at)
      FROM devices WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION export_of_schedules(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(schedule) - 'user_id' - 'version' - 'synced_version'
      FROM schedules AS schedule WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION export_of_captures(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', id, 'device_id', device_id, 'schedule_id', schedule_id, 'due_at', due_at, 'status', status,
               'error', error, 'requested_at', requested_at, 'taken_at', taken_at, 'completed_at', completed_at,
               'image_id', image_id)
      FROM captures WHERE user_id = account ORDER BY id
$$;

-- Scheduler hears of the schedules that are gone by the same messages that a deletion by hand sends; the relay sends
-- them within a minute.
CREATE FUNCTION captures_forget_account() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER captures_forget_account AFTER UPDATE OF deleted_at ON users
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION captures_forget_account();
