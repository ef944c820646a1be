DROP TABLE correction;
DROP INDEX component_indicator_idx;
ALTER TABLE component DROP COLUMN indicator_id;
DROP TABLE indicator;
DELETE FROM additive_migration WHERE version = '20261130000100';
