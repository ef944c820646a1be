DROP TABLE closed_report;
DELETE FROM additive_migration WHERE version = '20261130000300';
