-- A worker that holds a job says until when: what nobody holds any more is ended by the sweep, not left "processing".
ALTER TABLE jobs ADD COLUMN leased_until timestamptz;
