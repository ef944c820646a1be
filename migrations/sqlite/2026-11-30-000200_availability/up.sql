-- What was measured of promised time, in integers. Rows are only added: of several about the same time the newest counts. No key ties them
-- to components, so that they outlive those. Instants are Unix seconds, lengths milliseconds.
CREATE TABLE availability (
    id                INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    component_id      BIGINT NOT NULL,
    component_name    TEXT NOT NULL,
    kind              TEXT NOT NULL,          -- a span of service, or the sum of a local day or month
    range_start       BIGINT NOT NULL,
    range_end         BIGINT NOT NULL,
    timezone          TEXT NOT NULL,          -- of the midnights at which it is cut
    definitions       TEXT NOT NULL,          -- whether promised as defined then or as defined at the measurement
    indicator_id      BIGINT NULL,
    indicator_name    TEXT NOT NULL,
    indicator_version BIGINT NULL,
    up_ms             BIGINT NOT NULL,
    down_ms           BIGINT NOT NULL,
    unknown_ms        BIGINT NOT NULL,
    excluded_ms       BIGINT NOT NULL DEFAULT 0, -- by corrections that are part of the sum of a month
    samples_seen      BIGINT NOT NULL,
    samples_expected  BIGINT NOT NULL,
    step_s            BIGINT NOT NULL,
    measured_at       TIMESTAMP NOT NULL,
    tzdata            TEXT NOT NULL,
    warnings          TEXT NOT NULL,          -- a JSON list of sentences
    spans             TEXT NOT NULL,          -- what was promised of a day; empty for a span, which is promised whole, and for a month
    runs              TEXT NOT NULL,          -- what was not fully up
    CONSTRAINT availability_texts_check CHECK (typeof(component_name) || typeof(timezone) || typeof(indicator_name) || typeof(tzdata)
        || typeof(warnings) || typeof(spans) || typeof(runs) = 'texttexttexttexttexttexttext'),
    CONSTRAINT availability_kind_check CHECK (kind IN ('span', 'day', 'month')),
    CONSTRAINT availability_definitions_check CHECK (definitions IN ('then', 'now')),
    CONSTRAINT availability_indicator_check CHECK (typeof(indicator_id) IN ('integer', 'null') AND typeof(indicator_version) IN ('integer', 'null')),
    CONSTRAINT availability_range_check CHECK (typeof(component_id) = 'integer' AND typeof(range_start) = 'integer' AND typeof(range_end) = 'integer' AND range_start < range_end),
    CONSTRAINT availability_account_check CHECK (typeof(up_ms) = 'integer' AND typeof(down_ms) = 'integer' AND typeof(unknown_ms) = 'integer'
        AND typeof(excluded_ms) = 'integer' AND up_ms >= 0 AND down_ms >= 0 AND unknown_ms >= 0 AND excluded_ms >= 0),
    CONSTRAINT availability_whole_check CHECK (kind <> 'span' OR up_ms + down_ms + unknown_ms = (range_end - range_start) * 1000),
    CONSTRAINT availability_samples_check CHECK (typeof(samples_seen) = 'integer' AND typeof(samples_expected) = 'integer' AND typeof(step_s) = 'integer'
        AND samples_seen >= 0 AND samples_expected >= 0 AND step_s >= 0),
    CONSTRAINT availability_measured_at_check CHECK (datetime(measured_at) IS substr(measured_at, 1, 19))
);
CREATE INDEX availability_range_idx ON availability (definitions, range_end);
CREATE INDEX availability_component_idx ON availability (component_id, range_end);

CREATE TRIGGER availability_not_updated BEFORE UPDATE ON availability
BEGIN
    SELECT RAISE(ABORT, 'availability is append-only');
END;

-- Rows are deleted only once a sum has their time.
CREATE TRIGGER availability_not_deleted BEFORE DELETE ON availability
WHEN NOT EXISTS (
    SELECT 1 FROM availability AS summed
    WHERE summed.component_id = OLD.component_id AND summed.definitions = OLD.definitions AND summed.kind <> OLD.kind AND summed.kind <> 'span'
        AND summed.range_start < OLD.range_end AND OLD.range_start < summed.range_end
)
BEGIN
    SELECT RAISE(ABORT, 'availability is append-only');
END;

-- How far each source was measured: every span of service that ended by then has a row or was given up.
CREATE TABLE measuring_progress (
    source         TEXT PRIMARY KEY NOT NULL,
    measured_until BIGINT NOT NULL,
    failure        TEXT NOT NULL, -- why it goes no further; empty if it does
    updated_at     TIMESTAMP NOT NULL,
    CONSTRAINT measuring_progress_texts_check CHECK (typeof(source) || typeof(failure) = 'texttext'),
    CONSTRAINT measuring_progress_measured_until_check CHECK (typeof(measured_until) = 'integer'),
    CONSTRAINT measuring_progress_updated_at_check CHECK (datetime(updated_at) IS substr(updated_at, 1, 19))
);

-- Which process does a job that only one may do at a time; another takes it over once it has expired.
CREATE TABLE job_lease (
    job        TEXT PRIMARY KEY NOT NULL,
    holder     TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CONSTRAINT job_lease_texts_check CHECK (typeof(job) || typeof(holder) = 'texttext'),
    CONSTRAINT job_lease_expires_at_check CHECK (datetime(expires_at) IS substr(expires_at, 1, 19))
);
INSERT INTO additive_migration (version) VALUES ('20261130000200');
