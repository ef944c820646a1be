DROP TABLE security_event;
DELETE FROM additive_migration WHERE version = '20261129000400';
