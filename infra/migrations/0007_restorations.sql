-- Restorations: strangers upload old photos, pay, and get them restored.

-- People without an account who have paid, by their address.
CREATE TABLE customers (
    id         uuid PRIMARY KEY,
    email      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customers_email_bounded CHECK (char_length(email) BETWEEN 3 AND 254)
);
CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));

-- A day in which photos are brought and paid for; its token opens it.
CREATE TABLE upload_sessions (
    id         uuid PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX upload_sessions_expiry_idx ON upload_sessions (expires_at);

-- What was announced, and what its bytes turned out to be.
CREATE TABLE upload_files (
    id              uuid PRIMARY KEY,              -- upload_id
    session_id      uuid NOT NULL
        CONSTRAINT upload_files_session_fkey REFERENCES upload_sessions (id) ON DELETE CASCADE,
    position        integer NOT NULL,
    filename        text NOT NULL,
    announced_type  text NOT NULL,
    announced_bytes bigint NOT NULL,
    storage_key     text NOT NULL CONSTRAINT upload_files_storage_key_key UNIQUE,
    status          text NOT NULL DEFAULT 'pending',
    reason          text,                          -- why it is refused, for the person
    content_type    text,
    size_bytes      bigint,
    width           integer,
    height          integer,
    sha256          bytea,
    crc32           bigint,
    preview_key     text,
    asked_at        timestamptz,                   -- when somebody last had it looked into
    checked_at      timestamptz,
    left_out_at     timestamptz,                   -- not wanted after all; it goes when its session ends
    CONSTRAINT upload_files_status_known CHECK (status IN ('pending', 'valid', 'invalid')),
    CONSTRAINT upload_files_position_once UNIQUE (session_id, position),
    CONSTRAINT upload_files_invalid_says_why CHECK (status <> 'invalid' OR reason IS NOT NULL),
    CONSTRAINT upload_files_valid_is_whole CHECK (
        status <> 'valid'
        OR (content_type IS NOT NULL AND size_bytes IS NOT NULL AND width IS NOT NULL AND height IS NOT NULL
            AND sha256 IS NOT NULL AND crc32 IS NOT NULL AND preview_key IS NOT NULL))
);
CREATE INDEX upload_files_pending_idx ON upload_files (session_id) WHERE status = 'pending';

-- An order exists from the first checkout on. Its status says how far the work is, its payment_status how the money
-- stands; the second follows from the facts below it (restorations.queries.money) and is never guessed.
CREATE TABLE orders (
    id                     uuid PRIMARY KEY,
    session_id             uuid CONSTRAINT orders_session_key UNIQUE
        CONSTRAINT orders_session_fkey REFERENCES upload_sessions (id) ON DELETE SET NULL,
    user_id                uuid CONSTRAINT orders_user_fkey REFERENCES users (id),
    customer_id            uuid CONSTRAINT orders_customer_fkey REFERENCES customers (id),
    email                  text,                   -- null once its person is gone
    status                 text NOT NULL DEFAULT 'pending_payment',
    payment_status         text NOT NULL DEFAULT 'unpaid',
    pay_with               text NOT NULL,
    currency               text NOT NULL DEFAULT 'usd',
    price_cents            bigint NOT NULL,        -- of one photo
    total_cents            bigint NOT NULL,
    paid_cents             bigint,                 -- what came
    refunded_cents         bigint NOT NULL DEFAULT 0,
    fidelity               double precision NOT NULL,
    colorize               boolean NOT NULL,
    upscale                smallint NOT NULL,
    pages                  integer NOT NULL DEFAULT 0,  -- how many payment pages were opened
    stripe_session_id      text CONSTRAINT orders_stripe_session_key UNIQUE,
    stripe_session_url     text,
    stripe_payment_intent  text CONSTRAINT orders_stripe_intent_key UNIQUE,
    charge_refunded_cents  bigint NOT NULL DEFAULT 0,   -- the most that a charge ever told
    refund_told_cents      bigint NOT NULL DEFAULT 0,   -- of what went back, what the customer was written of
    held_reason            text,                   -- why money waits for an admin
    created_at             timestamptz NOT NULL DEFAULT now(),
    paid_at                timestamptz,
    completed_at           timestamptz,
    CONSTRAINT orders_status_known
        CHECK (status IN ('pending_payment', 'processing', 'completed', 'failed', 'refunded')),
    CONSTRAINT orders_payment_status_known
        CHECK (payment_status IN ('unpaid', 'held', 'paid', 'partially_refunded', 'refunded', 'disputed')),
    CONSTRAINT orders_pay_with_known CHECK (pay_with IN ('card', 'credits')),
    CONSTRAINT orders_money_positive CHECK (price_cents > 0 AND total_cents > 0 AND refunded_cents >= 0),
    CONSTRAINT orders_refunds_bounded CHECK (refunded_cents <= greatest(total_cents, paid_cents)),
    CONSTRAINT orders_options_bounded CHECK (fidelity BETWEEN 0 AND 1 AND upscale IN (1, 2, 4)),
    CONSTRAINT orders_credits_have_an_owner CHECK (pay_with <> 'credits' OR user_id IS NOT NULL),
    CONSTRAINT orders_work_is_paid CHECK (status NOT IN ('processing', 'completed') OR paid_at IS NOT NULL)
);
CREATE INDEX orders_user_idx ON orders (user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX orders_email_idx ON orders (lower(email), created_at DESC);
CREATE INDEX orders_customer_idx ON orders (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_newest_idx ON orders (created_at DESC, id DESC);
CREATE INDEX orders_unpaid_idx ON orders (created_at) WHERE status = 'pending_payment';
CREATE INDEX orders_processing_idx ON orders (paid_at) WHERE status = 'processing';

CREATE FUNCTION orders_move_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an order does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_status_order';
END $$;
CREATE TRIGGER orders_status_order BEFORE UPDATE OF status ON orders
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status
          AND (OLD.status, NEW.status) NOT IN (
              ('pending_payment', 'processing'), ('pending_payment', 'failed'), ('pending_payment', 'refunded'),
              ('processing', 'completed'), ('processing', 'failed'), ('processing', 'refunded'),
              ('completed', 'refunded')))
    EXECUTE FUNCTION orders_move_in_order();

-- The photos of an order. They are a stranger's, so they are no rows of `images`.
CREATE TABLE order_images (
    id              uuid PRIMARY KEY,
    order_id        uuid NOT NULL CONSTRAINT order_images_order_fkey REFERENCES orders (id),
    position        integer NOT NULL,              -- IMG_001 is 1
    filename        text NOT NULL,
    status          text NOT NULL DEFAULT 'pending',
    progress        smallint NOT NULL DEFAULT 0,
    error           text,                          -- why it failed, for the person
    temp_key        text NOT NULL,
    original_key    text CONSTRAINT order_images_original_key_key UNIQUE,
    restored_key    text CONSTRAINT order_images_restored_key_key UNIQUE,
    content_type    text NOT NULL,
    size_bytes      bigint NOT NULL,
    width           integer NOT NULL,
    height          integer NOT NULL,
    sha256          bytea NOT NULL,
    crc32           bigint NOT NULL,
    restored_type   text,
    restored_bytes  bigint,
    restored_width  integer,
    restored_height integer,
    restored_crc32  bigint,
    image_id        uuid CONSTRAINT order_images_image_fkey REFERENCES images (id) ON DELETE SET NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    completed_at    timestamptz,
    CONSTRAINT order_images_position_once UNIQUE (order_id, position),
    CONSTRAINT order_images_status_known
        CHECK (status IN ('pending', 'uploaded', 'processing', 'completed', 'failed')),
    CONSTRAINT order_images_progress_bounded CHECK (progress BETWEEN 0 AND 100),
    CONSTRAINT order_images_original_is_there CHECK (status IN ('pending', 'failed') OR original_key IS NOT NULL),
    CONSTRAINT order_images_failed_says_why CHECK (status <> 'failed' OR error IS NOT NULL),
    CONSTRAINT order_images_completed_is_whole CHECK (
        status <> 'completed'
        OR (restored_key IS NOT NULL AND restored_type IS NOT NULL AND restored_bytes IS NOT NULL
            AND restored_width IS NOT NULL AND restored_height IS NOT NULL AND restored_crc32 IS NOT NULL
            AND completed_at IS NOT NULL))
);
CREATE INDEX order_images_finished_idx ON order_images (completed_at) WHERE status IN ('completed', 'failed');
CREATE INDEX order_images_image_idx ON order_images (image_id) WHERE image_id IS NOT NULL;

-- A photo whose order ends before its turn (refunded, given up) fails from where it is.
CREATE FUNCTION order_images_move_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a photo of an order does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_images_status_order';
END $$;
CREATE TRIGGER order_images_status_order BEFORE UPDATE OF status ON order_images
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status
          AND (OLD.status, NEW.status) NOT IN (
              ('pending', 'uploaded'), ('uploaded', 'processing'), ('processing', 'completed'),
              ('pending', 'failed'), ('uploaded', 'failed'), ('processing', 'failed')))
    EXECUTE FUNCTION order_images_move_in_order();

-- One job a photo. A try is one prediction; what is meant for an earlier try finds another number and does nothing.
CREATE TABLE restoration_jobs (
    id             uuid PRIMARY KEY,
    order_id       uuid NOT NULL CONSTRAINT restoration_jobs_order_fkey REFERENCES orders (id),
    image_id       uuid NOT NULL CONSTRAINT restoration_jobs_image_key UNIQUE
        CONSTRAINT restoration_jobs_image_fkey REFERENCES order_images (id),
    status         text NOT NULL DEFAULT 'pending',
    try_number     integer NOT NULL DEFAULT 1,
    fidelity       double precision NOT NULL,      -- of this try
    prediction_id  text,                           -- of this try
    result_key     text,                           -- the output of this try, copied and not judged yet
    error          text,                           -- why the last try failed, for us
    kind_of_error  text,                           -- and in one word, for the metrics
    created_at     timestamptz NOT NULL DEFAULT now(),
    started_at     timestamptz,                    -- when its first try was submitted
    submitted_at   timestamptz,                    -- when this try was
    leased_until   timestamptz,                    -- whoever works on it; what is past has been left
    completed_at   timestamptz,
    tidied_at      timestamptz,                    -- when what its tries left in storage was removed
    CONSTRAINT restoration_jobs_status_known
        CHECK (status IN ('pending', 'queued', 'processing', 'completed', 'failed')),
    CONSTRAINT restoration_jobs_try_positive CHECK (try_number BETWEEN 1 AND 100)
);
CREATE INDEX restoration_jobs_order_idx ON restoration_jobs (order_id);
CREATE UNIQUE INDEX restoration_jobs_prediction_key ON restoration_jobs (prediction_id)
    WHERE prediction_id IS NOT NULL;
CREATE INDEX restoration_jobs_leftovers_idx ON restoration_jobs (completed_at)
    WHERE status IN ('completed', 'failed') AND tidied_at IS NULL;
CREATE INDEX restoration_jobs_open_idx ON restoration_jobs (leased_until)
    WHERE status IN ('pending', 'queued', 'processing');

CREATE FUNCTION restoration_jobs_move_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a restoration does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'restoration_jobs_status_order';
END $$;
CREATE TRIGGER restoration_jobs_status_order BEFORE UPDATE OF status ON restoration_jobs
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status
          AND (OLD.status, NEW.status) NOT IN (
              ('pending', 'queued'), ('queued', 'processing'), ('processing', 'completed'),
              ('pending', 'failed'), ('queued', 'failed'), ('processing', 'failed'),
              ('failed', 'queued')))
    EXECUTE FUNCTION restoration_jobs_move_in_order();

-- A payment at Stripe. Whoever is told of one locks its row first: so what was told of a payment before its order was
-- known is found by whoever learns the order.
CREATE TABLE stripe_payments (
    id       text PRIMARY KEY,                     -- the payment intent
    order_id uuid CONSTRAINT stripe_payments_order_fkey REFERENCES orders (id),
    told_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX stripe_payments_order_idx ON stripe_payments (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX stripe_payments_unknown_idx ON stripe_payments (told_at) WHERE order_id IS NULL;

-- Every event of Stripe's, once. One that names a payment nobody knows yet waits for it.
CREATE TABLE stripe_events (
    id             text PRIMARY KEY,
    type           text NOT NULL,
    object         jsonb NOT NULL,                 -- what of it concerns us (restorations.facts), and no names
    payment_intent text,
    created_at     timestamptz NOT NULL,           -- Stripe's
    received_at    timestamptz NOT NULL DEFAULT now(),
    handled_at     timestamptz,
    order_id       uuid CONSTRAINT stripe_events_order_fkey REFERENCES orders (id)
);
CREATE INDEX stripe_events_waiting_idx ON stripe_events (payment_intent) WHERE handled_at IS NULL;
CREATE INDEX stripe_events_received_idx ON stripe_events (received_at);
CREATE INDEX stripe_events_order_idx ON stripe_events (order_id) WHERE order_id IS NOT NULL;

-- Money that goes back: what we want (`wanted`), what Stripe has taken on, and what was made in its dashboard.
CREATE TABLE refunds (
    id               uuid PRIMARY KEY,
    order_id         uuid NOT NULL CONSTRAINT refunds_order_fkey REFERENCES orders (id),
    key              text NOT NULL CONSTRAINT refunds_key_key UNIQUE,  -- what it is for: the same thing goes back once
    payment_intent   text,                         -- where it goes back to; null for credits
    stripe_refund_id text CONSTRAINT refunds_stripe_key UNIQUE,
    amount_cents     bigint NOT NULL,
    reason           text NOT NULL,
    image_ids        uuid[] NOT NULL DEFAULT '{}',
    status           text NOT NULL DEFAULT 'wanted',
    attempts         integer NOT NULL DEFAULT 0,   -- how often Stripe was asked
    refusals         integer NOT NULL DEFAULT 0,   -- how often it said no: it says so again under the same key
    leased_until     timestamptz,                  -- somebody asks it
    touched_at       timestamptz NOT NULL DEFAULT now(),   -- when it was last sent for
    error            text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    settled_at       timestamptz,
    CONSTRAINT refunds_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT refunds_status_known
        CHECK (status IN ('wanted', 'pending', 'requires_action', 'succeeded', 'failed', 'canceled'))
);
CREATE INDEX refunds_order_idx ON refunds (order_id);
CREATE INDEX refunds_wanted_idx ON refunds (touched_at) WHERE status = 'wanted';

CREATE TABLE disputes (
    id           text PRIMARY KEY,                 -- Stripe's
    order_id     uuid NOT NULL CONSTRAINT disputes_order_fkey REFERENCES orders (id),
    amount_cents bigint NOT NULL,
    status       text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    closed_at    timestamptz,                      -- by Stripe's clock
    CONSTRAINT disputes_status_known CHECK (status IN ('open', 'won', 'lost'))
);
CREATE INDEX disputes_order_idx ON disputes (order_id);

-- A ZIP of photos of an order. One for each choice of photos; its parts are its checkpoints.
CREATE TABLE order_archives (
    id           uuid PRIMARY KEY,
    order_id     uuid NOT NULL CONSTRAINT order_archives_order_fkey REFERENCES orders (id),
    image_ids    uuid[] NOT NULL,
    choice       bytea NOT NULL,                   -- their digest: of many photos, an index would be too wide
    storage_key  text NOT NULL CONSTRAINT order_archives_storage_key_key UNIQUE,
    status       text NOT NULL DEFAULT 'pending',
    upload_id    text,                             -- S3's, while it is being written
    layout       bytea,                            -- which bytes those are, so that no other photos' are added to them
    parts        text[] NOT NULL DEFAULT '{}',     -- the etag of each part that lies there
    size_bytes   bigint,
    attempts     integer NOT NULL DEFAULT 0,       -- how often somebody has begun since the last part that was written
    error        text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    ready_at     timestamptz,
    CONSTRAINT order_archives_status_known CHECK (status IN ('pending', 'building', 'ready', 'failed'))
);
CREATE UNIQUE INDEX order_archives_photos_key ON order_archives (order_id, choice) WHERE status <> 'failed';
CREATE INDEX order_archives_created_idx ON order_archives (created_at);
CREATE INDEX order_archives_open_idx ON order_archives (created_at) WHERE status IN ('pending', 'building');

-- A link that downloads: counted, until a day, and revocable.
CREATE TABLE download_links (
    id            uuid PRIMARY KEY,
    token_hash    bytea NOT NULL CONSTRAINT download_links_token_key UNIQUE,
    order_id      uuid NOT NULL CONSTRAINT download_links_order_fkey REFERENCES orders (id),
    image_ids     uuid[] NOT NULL,
    is_archive    boolean NOT NULL,
    downloads     integer NOT NULL DEFAULT 0,
    max_downloads integer NOT NULL,
    expires_at    timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    last_used_at  timestamptz,
    CONSTRAINT download_links_counted CHECK (downloads BETWEEN 0 AND max_downloads),
    CONSTRAINT download_links_names_photos CHECK (cardinality(image_ids) > 0)
);
CREATE INDEX download_links_order_idx ON download_links (order_id);
CREATE INDEX download_links_expiry_idx ON download_links (expires_at);

-- How restoring goes, for /ops/metrics (operations never imports a product): of the photos that ended since then.
CREATE FUNCTION ops_of_restorations(since timestamptz)
    RETURNS TABLE (finished bigint, failed bigint, p50_seconds double precision, p95_seconds double precision,
                   waiting bigint, oldest_seconds double precision)
    LANGUAGE sql STABLE AS $$
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

CREATE FUNCTION ops_of_storage() RETURNS TABLE (bytes bigint) LANGUAGE sql STABLE AS $$
    SELECT ((SELECT coalesce(sum(file_size_bytes), 0) FROM images)
          + (SELECT coalesce(sum(size_bytes + coalesce(restored_bytes, 0)), 0) FROM order_images
              WHERE original_key IS NOT NULL)
          + (SELECT coalesce(sum(coalesce(size_bytes, announced_bytes)), 0) FROM upload_files)
          + (SELECT coalesce(sum(size_bytes), 0) FROM order_archives WHERE status = 'ready'))::bigint
$$;

-- The export and the deletion (ADR 0071).
CREATE FUNCTION export_of_orders(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
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

-- Orders are accounts of money and stay, without a name and without a photo.
CREATE FUNCTION restorations_forget_account() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER restorations_forget_account AFTER UPDATE OF deleted_at ON users
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION restorations_forget_account();
