DROP TABLE additive_migration;
