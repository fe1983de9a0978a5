-- What operations asks about the platform's own days.

-- When each periodic worker last ran: what says that its schedule still fires.
CREATE TABLE worker_runs (
    name   text PRIMARY KEY,
    ran_at timestamptz NOT NULL
);

-- How restoring went, hour by hour; hours in which nothing ended are left out (operations never imports a product).
CREATE FUNCTION ops_of_restorations_by_hour(since timestamptz)
    RETURNS TABLE (hour timestamptz, finished bigint, failed bigint,
                   p50_seconds double precision, p95_seconds double precision)
    LANGUAGE sql STABLE AS $$
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

-- What is kept today, by the end of the day on which it had come.
CREATE FUNCTION ops_of_storage_by_day(since timestamptz)
    RETURNS TABLE (day timestamptz, bytes bigint)
    LANGUAGE sql STABLE AS $$
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

-- Orders that wait for an admin are few among many.
CREATE INDEX orders_attention_idx ON orders (payment_status, created_at DESC, id DESC)
    WHERE payment_status IN ('held', 'disputed');
