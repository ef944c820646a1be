-- Components and the labels on them. Both databases fold names with ASCII rules, so that they agree on what is a duplicate.
-- SQLite stores any value in any column: what PostgreSQL's types say is said by constraints here.
CREATE TABLE component (
    id               INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name             TEXT NOT NULL,
    display_name     TEXT NOT NULL DEFAULT '',
    description      TEXT NOT NULL DEFAULT '',
    enabled          BOOLEAN NOT NULL DEFAULT TRUE,
    slo_millipercent INTEGER NULL,
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT component_texts_check CHECK (typeof(name) || typeof(display_name) || typeof(description) = 'texttexttext'),
    CONSTRAINT component_version_check CHECK (typeof(version) = 'integer'),
    CONSTRAINT component_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT component_updated_at_check CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    CONSTRAINT component_name_check CHECK (length(name) BETWEEN 1 AND 200 AND name GLOB '*[A-Za-z0-9]*'),
    CONSTRAINT component_enabled_check CHECK (enabled IN (0, 1)),
    CONSTRAINT component_slo_check CHECK (slo_millipercent IS NULL
        OR (typeof(slo_millipercent) = 'integer' AND slo_millipercent BETWEEN 0 AND 100000))
);
CREATE UNIQUE INDEX component_name_key ON component (lower(name));
CREATE INDEX component_name_idx ON component (name);
CREATE INDEX component_created_at_idx ON component (created_at);

CREATE TABLE label (
    id          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name        TEXT NOT NULL,
    value       TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT label_texts_check CHECK (typeof(name) || typeof(value) || typeof(description) = 'texttexttext'),
    CONSTRAINT label_version_check CHECK (typeof(version) = 'integer'),
    CONSTRAINT label_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT label_updated_at_check CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    CONSTRAINT label_name_check CHECK (name GLOB '[a-zA-Z_]*' AND name NOT GLOB '*[^a-zA-Z0-9_]*' AND name NOT GLOB '__*'
        AND length(name) <= 200 AND name NOT IN ('component', 'job', 'instance', 'le', 'quantile')),
    CONSTRAINT label_value_check CHECK (length(value) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX label_name_value_key ON label (name, value);
CREATE UNIQUE INDEX label_id_name_key ON label (id, name);

-- One value of a label name for a component: the key says so, and the pair (id, name) keeps label_name true.
CREATE TABLE component_label (
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    label_id     BIGINT NOT NULL,
    label_name   TEXT NOT NULL,
    PRIMARY KEY (component_id, label_name),
    FOREIGN KEY (label_id, label_name) REFERENCES label (id, name) ON UPDATE CASCADE ON DELETE RESTRICT
);
CREATE INDEX component_label_label_idx ON component_label (label_id);
