-- The key of the last correction that the sum of a month has: what is corrected later is applied to the sum.
ALTER TABLE availability ADD COLUMN corrections_until BIGINT NULL;
INSERT INTO additive_migration (version) VALUES ('20261130000310');
