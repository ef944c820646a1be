DROP INDEX log_entry_write_id_idx;
ALTER TABLE log_entry DROP COLUMN client_address;
ALTER TABLE log_entry DROP COLUMN request_id;
ALTER TABLE log_entry DROP COLUMN write_id;
DELETE FROM additive_migration WHERE version = '20261129000200';
