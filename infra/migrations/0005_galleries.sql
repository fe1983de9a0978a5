-- Galleries: photos into titled albums.

-- What is found out about a photo beside the ground floor's columns. The place is for its owner's eyes only.
ALTER TABLE images
    ADD COLUMN latitude   double precision,
    ADD COLUMN longitude  double precision,
    ADD COLUMN thumbhash  bytea,
    ADD COLUMN derived_at timestamptz;             -- when its derivatives were in storage; until then it is not inspected

-- The same bytes brought twice are one image. A camera's photos are each their own.
CREATE UNIQUE INDEX images_same_bytes_key ON images (user_id, sha256) WHERE source = 'upload' AND sha256 IS NOT NULL;

-- Lists: what is shown by when it came and by when it was taken, the trash, and what leaves it for good.
DROP INDEX images_user_idx;
CREATE INDEX images_shown_idx ON images (user_id, created_at DESC, id DESC) WHERE trashed_at IS NULL;
CREATE INDEX images_source_idx ON images (user_id, source, created_at DESC, id DESC) WHERE trashed_at IS NULL;
CREATE INDEX images_taken_idx ON images (user_id, (coalesce(taken_at, created_at)) DESC, id DESC)
    WHERE trashed_at IS NULL;
CREATE INDEX images_trash_idx ON images (user_id, trashed_at DESC, id DESC) WHERE trashed_at IS NOT NULL;
CREATE INDEX images_purge_idx ON images (trashed_at) WHERE trashed_at IS NOT NULL;

-- What was announced and has not become an image yet: its name, and that the key is the caller's. Whatever nobody
-- processes within a week is removed, its object too.
CREATE TABLE uploads (
    storage_key       text PRIMARY KEY,
    user_id           uuid NOT NULL CONSTRAINT uploads_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    original_filename text NOT NULL,
    content_type      text NOT NULL,
    file_size_bytes   bigint NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX uploads_user_idx ON uploads (user_id);
CREATE INDEX uploads_created_idx ON uploads (created_at);

-- A key whose bytes were known already (its object is removed), and the image that has them.
CREATE TABLE image_duplicates (
    storage_key text PRIMARY KEY,
    user_id     uuid NOT NULL CONSTRAINT image_duplicates_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    image_id    uuid NOT NULL CONSTRAINT image_duplicates_image_fkey REFERENCES images (id) ON DELETE CASCADE
);
CREATE INDEX image_duplicates_image_idx ON image_duplicates (image_id);
CREATE INDEX image_duplicates_user_idx ON image_duplicates (user_id);

-- How a photo looks, as the fallback compares it (galleries.curating.looks).
CREATE TABLE image_looks (
    image_id uuid PRIMARY KEY CONSTRAINT image_looks_image_fkey REFERENCES images (id) ON DELETE CASCADE,
    look     bytea NOT NULL
);

CREATE TABLE albums (
    id                uuid PRIMARY KEY,
    user_id           uuid NOT NULL CONSTRAINT albums_user_fkey REFERENCES users (id),
    job_id            uuid CONSTRAINT albums_job_fkey REFERENCES jobs (id) ON DELETE SET NULL,
    title             text NOT NULL,
    theme_description text NOT NULL DEFAULT '',
    curated_by        text NOT NULL,
    cover_image_id    uuid,                        -- what the person chose; null: the first photo
    touched_at        timestamptz,                 -- when a person changed it: from then on no undo takes it back
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT albums_title_bounded CHECK (char_length(title) BETWEEN 1 AND 120),
    CONSTRAINT albums_theme_bounded CHECK (char_length(theme_description) <= 1000),
    CONSTRAINT albums_curator_known CHECK (curated_by IN ('gemini', 'fallback', 'person'))
);
CREATE INDEX albums_user_idx ON albums (user_id, created_at DESC, id DESC);
CREATE INDEX albums_job_idx ON albums (job_id) WHERE job_id IS NOT NULL;

-- A photo is in one album at most, whoever puts it there and however many do so at once. A trashed photo keeps its
-- place here and is not shown, so that restoring it brings it back.
CREATE TABLE album_images (
    album_id      uuid NOT NULL CONSTRAINT album_images_album_fkey REFERENCES albums (id) ON DELETE CASCADE,
    image_id      uuid NOT NULL CONSTRAINT album_images_image_fkey REFERENCES images (id) ON DELETE CASCADE,
    display_order integer NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT album_images_pkey PRIMARY KEY (album_id, image_id),
    CONSTRAINT album_images_one_album UNIQUE (image_id)
);
CREATE INDEX album_images_order_idx ON album_images (album_id, display_order, image_id);

-- One link an album at a time.
CREATE TABLE album_shares (
    album_id   uuid PRIMARY KEY CONSTRAINT album_shares_album_fkey REFERENCES albums (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL CONSTRAINT album_shares_token_key UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz
);

-- A job that makes albums: what was asked, and how far each photo is. These rows are its checkpoints.
CREATE TABLE curations (
    job_id       uuid PRIMARY KEY CONSTRAINT curations_job_fkey REFERENCES jobs (id) ON DELETE CASCADE,
    user_id      uuid NOT NULL CONSTRAINT curations_user_fkey REFERENCES users (id),
    instructions text,
    regroup      boolean NOT NULL DEFAULT false,   -- photos that are in albums already may move
    model_calls  integer NOT NULL DEFAULT 0,       -- counted before each call: the budget holds whoever dies
    undo_job_id  uuid CONSTRAINT curations_undo_fkey REFERENCES jobs (id) ON DELETE SET NULL
);
CREATE INDEX curations_user_idx ON curations (user_id);

CREATE TABLE curation_photos (
    job_id      uuid NOT NULL CONSTRAINT curation_photos_job_fkey REFERENCES curations (job_id) ON DELETE CASCADE,
    position    integer NOT NULL,
    storage_key text NOT NULL,
    image_id    uuid CONSTRAINT curation_photos_image_fkey REFERENCES images (id) ON DELETE SET NULL,
    state       text NOT NULL DEFAULT 'waiting',
    reason      text,                              -- why it was skipped, for the person
    CONSTRAINT curation_photos_pkey PRIMARY KEY (job_id, position),
    CONSTRAINT curation_photos_state_known CHECK (state IN ('waiting', 'ready', 'skipped'))
);
CREATE INDEX curation_photos_image_idx ON curation_photos (image_id);
CREATE INDEX curation_photos_skipped_idx ON curation_photos (storage_key) WHERE state = 'skipped';

-- Each batch of photos that the model was shown: {"photo_ids": [...], "albums": [...]}, or "failed" in place of albums:
-- the fallback groups these photos.
CREATE TABLE curation_answers (
    job_id uuid NOT NULL CONSTRAINT curation_answers_job_fkey REFERENCES curations (job_id) ON DELETE CASCADE,
    batch  integer NOT NULL,
    answer jsonb NOT NULL,
    CONSTRAINT curation_answers_pkey PRIMARY KEY (job_id, batch)
);

-- The dashboard, the export and the deletion (ADR 0071).
CREATE OR REPLACE FUNCTION stats_of_galleries(account uuid)
    RETURNS TABLE (albums bigint)
    LANGUAGE sql STABLE AS $$ SELECT count(*) FROM albums WHERE user_id = account $$;

CREATE OR REPLACE FUNCTION export_of_photos(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', id, 'source', source, 'original_filename', original_filename, 'content_type', content_type,
               'file_size_bytes', file_size_bytes, 'width', width, 'height', height,
               'sha256', encode(sha256, 'hex'), 'taken_at', taken_at, 'taken_at_offset', taken_at_offset,
               'latitude', latitude, 'longitude', longitude, 'created_at', created_at, 'trashed_at', trashed_at)
      FROM images WHERE user_id = account ORDER BY id
$$;

CREATE FUNCTION export_of_albums(account uuid) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'id', a.id, 'title', a.title, 'theme_description', a.theme_description, 'curated_by', a.curated_by,
               'created_at', a.created_at, 'updated_at', a.updated_at,
               'image_ids', (SELECT coalesce(jsonb_agg(i.image_id ORDER BY i.display_order, i.image_id), '[]')
                               FROM album_images AS i WHERE i.album_id = a.id))
      FROM albums AS a WHERE a.user_id = account ORDER BY a.id
$$;

CREATE FUNCTION galleries_forget_account() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER galleries_forget_account AFTER UPDATE OF deleted_at ON users
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION galleries_forget_account();
