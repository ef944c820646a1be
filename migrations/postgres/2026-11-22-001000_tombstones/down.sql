DROP TABLE tombstone;
DROP FUNCTION tombstone_prune();
CREATE TABLE tombstone (
    model     TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    PRIMARY KEY (model, object_id),
    CONSTRAINT tombstone_model_check CHECK (model IN ('component', 'sla_window', 'calendar'))
);
CREATE INDEX tombstone_version_idx ON tombstone (version);
CREATE OR REPLACE FUNCTION data_version_bury_row() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tombstone (model, object_id, version) VALUES (TG_TABLE_NAME, OLD.id, data_version_take())
        ON CONFLICT (model, object_id) DO UPDATE SET version = excluded.version;
    RETURN NULL;
END $$;
ALTER TABLE data_version DROP COLUMN tombstone_floor;
