DROP TRIGGER availability_deleted ON availability;
DROP TRIGGER availability_added ON availability;
DROP FUNCTION availability_count_changes();
DROP TABLE packed_availability;
DELETE FROM additive_migration WHERE version = '20261130000600';
