DROP TRIGGER availability_deleted;
DROP TRIGGER availability_added;
DROP TABLE packed_availability;
DELETE FROM additive_migration WHERE version = '20261130000600';
