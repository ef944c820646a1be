DROP TRIGGER tombstone_pruned;
DROP TABLE tombstone;
CREATE TABLE tombstone (
    model     TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    PRIMARY KEY (model, object_id),
    CONSTRAINT tombstone_model_check CHECK (model IN ('component', 'sla_window', 'calendar'))
);
CREATE INDEX tombstone_version_idx ON tombstone (version);
ALTER TABLE data_version DROP COLUMN tombstone_floor;
