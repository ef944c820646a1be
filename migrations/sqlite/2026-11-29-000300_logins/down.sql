DROP INDEX login_failure_username_hash_idx;
ALTER TABLE login_failure DROP COLUMN username_hash;
DROP TABLE login_place;
ALTER TABLE user_account DROP COLUMN must_change;
DELETE FROM additive_migration WHERE version = '20261129000300';
