DROP TABLE closed_report;
DROP FUNCTION closed_report_refuse();
DELETE FROM additive_migration WHERE version = '20261130000300';
