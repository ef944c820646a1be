-- What is measured, and what corrects it. Neither is in the metrics, so no trigger moves the data version for them.
-- An indicator is a query that says how well a component did. A component names one itself, or the indicator's selector finds it.
CREATE TABLE indicator (
    id             INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name           TEXT NOT NULL,
    source         TEXT NOT NULL, -- the name of a server in the options of the process that queries it
    expression     TEXT NOT NULL,
    kind           TEXT NOT NULL,
    step_s         BIGINT NOT NULL,
    threshold      DOUBLE PRECISION NULL,
    unknown_policy TEXT NOT NULL,
    selector       TEXT NOT NULL DEFAULT '', -- {team="payments"}, {} for all components; empty: it finds none
    version        BIGINT NOT NULL DEFAULT 1,
    created_at     TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at     TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    name_key       TEXT NULL,
    CONSTRAINT indicator_texts_check CHECK (typeof(name) || typeof(source) || typeof(expression) || typeof(selector) = 'texttexttexttext'),
    CONSTRAINT indicator_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT indicator_kind_check CHECK (typeof(kind) = 'text' AND kind IN ('mean', 'state')),
    CONSTRAINT indicator_step_check CHECK (typeof(step_s) = 'integer' AND step_s BETWEEN 1 AND 3600),
    CONSTRAINT indicator_threshold_check CHECK (threshold IS NULL OR (typeof(threshold) IN ('real', 'integer') AND abs(threshold) <= 1e300)),
    CONSTRAINT indicator_unknown_policy_check CHECK (typeof(unknown_policy) = 'text' AND unknown_policy IN ('separate', 'down', 'up')),
    CONSTRAINT indicator_version_check CHECK (typeof(version) = 'integer'),
    CONSTRAINT indicator_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT indicator_updated_at_check CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    CONSTRAINT indicator_name_key_check CHECK (typeof(name_key) IN ('text', 'null'))
);
CREATE UNIQUE INDEX indicator_name_key ON indicator (lower(name));
CREATE UNIQUE INDEX indicator_name_key_key ON indicator (name_key);
CREATE TRIGGER indicator_renamed AFTER UPDATE OF name ON indicator WHEN NEW.name <> OLD.name AND NEW.name_key = OLD.name_key
BEGIN
    UPDATE indicator SET name_key = NULL WHERE id = NEW.id;
END;

ALTER TABLE component ADD COLUMN indicator_id BIGINT NULL REFERENCES indicator (id) ON DELETE RESTRICT
    CONSTRAINT component_indicator_id_check CHECK (typeof(indicator_id) IN ('integer', 'null'));
CREATE INDEX component_indicator_idx ON component (indicator_id);

-- A correction says what a span of time counts as, whatever was measured: of one component, or of those that a selector finds.
-- Two corrections of one scope do not have the same span; the program sees to it for selectors, the index for components.
CREATE TABLE correction (
    id           INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    component_id BIGINT NULL REFERENCES component (id) ON DELETE RESTRICT,
    selector     TEXT NOT NULL DEFAULT '',
    starts_at    BIGINT NOT NULL, -- seconds since 1970, as ends_at, which is after it
    ends_at      BIGINT NOT NULL,
    effect       TEXT NOT NULL,
    reason       TEXT NOT NULL DEFAULT '',
    version      BIGINT NOT NULL DEFAULT 1,
    created_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT correction_texts_check CHECK (typeof(selector) || typeof(reason) = 'texttext'),
    CONSTRAINT correction_scope_check CHECK ((component_id IS NULL) = (selector <> '') AND typeof(component_id) IN ('integer', 'null')),
    CONSTRAINT correction_starts_at_check CHECK (typeof(starts_at) = 'integer'),
    CONSTRAINT correction_ends_at_check CHECK (typeof(ends_at) = 'integer' AND ends_at > starts_at),
    CONSTRAINT correction_effect_check CHECK (typeof(effect) = 'text' AND effect IN ('exclude', 'up', 'down', 'unknown')),
    CONSTRAINT correction_version_check CHECK (typeof(version) = 'integer'),
    CONSTRAINT correction_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT correction_updated_at_check CHECK (datetime(updated_at) IS substr(updated_at, 1, 19))
);
CREATE UNIQUE INDEX correction_component_span_key ON correction (component_id, starts_at, ends_at);
CREATE INDEX correction_starts_at_idx ON correction (starts_at);
INSERT INTO additive_migration (version) VALUES ('20261130000100');
