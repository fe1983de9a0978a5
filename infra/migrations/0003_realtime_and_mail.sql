-- Delivery of realtime events, and e-mails that cannot leave their states' order.

-- What a subscription's socket was last given. Whoever delivers takes a lease on the row, sends everything newer in
-- order and moves the mark: late, repeated and parallel pushes, and the replay after `since`, are one thing.
ALTER TABLE realtime_subscriptions
    ADD COLUMN last_sent    bigint NOT NULL DEFAULT 0,
    ADD COLUMN leased_until timestamptz NOT NULL DEFAULT '-infinity';

-- When a topic last spoke: cleanup forgets counters that nobody can still hold a sequence of.
ALTER TABLE realtime_topics ADD COLUMN last_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX realtime_topics_last_idx ON realtime_topics (last_at);

-- A socket outlives the token it was opened with, so what that token stood on is looked at again at each use:
-- a revoked session, a suspended person or a revoked device hears nothing more.
CREATE VIEW realtime_live_connections AS
SELECT c.id, c.caller_kind, c.caller_id, c.session_id, c.connected_at
FROM realtime_connections c
WHERE CASE
    WHEN c.caller_kind = 'user' THEN EXISTS (
        SELECT FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = c.session_id AND s.user_id = c.caller_id
          AND s.revoked_at IS NULL AND s.expires_at > now()
          AND u.suspended_at IS NULL AND u.deleted_at IS NULL)
    ELSE EXISTS (
        SELECT FROM opaque_tokens t
        WHERE t.kind = c.caller_kind AND t.subject_id = c.caller_id
          AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()))
END;

-- A mail's data can hold a reset link, which opens an account: it is sealed (AES-GCM) like every secret at rest.
ALTER TABLE emails DROP COLUMN data;
ALTER TABLE emails ADD COLUMN data bytea NOT NULL;

CREATE INDEX emails_user_idx ON emails (user_id) WHERE user_id IS NOT NULL;

CREATE FUNCTION emails_move_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an e-mail does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'emails_status_order';
END $$;
CREATE TRIGGER emails_status_order BEFORE UPDATE OF status ON emails
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status
          AND (OLD.status, NEW.status) NOT IN (
              ('pending', 'sending'), ('sending', 'sent'), ('sending', 'failed'), ('failed', 'pending')))
    EXECUTE FUNCTION emails_move_in_order();
