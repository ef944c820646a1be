ALTER TABLE availability DROP COLUMN corrections_until;
DELETE FROM additive_migration WHERE version = '20261130000310';
