-- Tombstones are for readers that were away for a while, not for ever: every thousandth prunes all but the last ten thousand. The
-- floor is the last version that pruned ones had. A reader at an older version cannot tell from the rest what is gone, and reads
-- everything instead. Those before this migration are pruned.
ALTER TABLE data_version ADD COLUMN tombstone_floor BIGINT NOT NULL DEFAULT 0
    CONSTRAINT data_version_tombstone_floor_check CHECK (typeof(tombstone_floor) = 'integer');
UPDATE data_version SET tombstone_floor = version;

DROP TABLE tombstone;
CREATE TABLE tombstone (
    id        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    model     TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    CONSTRAINT tombstone_model_check CHECK (model IN ('component', 'sla_window', 'calendar'))
);
CREATE INDEX tombstone_version_idx ON tombstone (version);

CREATE TRIGGER tombstone_pruned AFTER INSERT ON tombstone WHEN NEW.id % 1000 = 0
BEGIN
    UPDATE data_version SET tombstone_floor = (SELECT coalesce(max(version), 0) FROM tombstone WHERE id <= NEW.id - 10000)
        WHERE id = 1 AND tombstone_floor < (SELECT coalesce(max(version), 0) FROM tombstone WHERE id <= NEW.id - 10000);
    DELETE FROM tombstone WHERE id <= NEW.id - 10000;
END;
