DROP TABLE job_lease;
DROP TABLE measuring_progress;
DROP TABLE availability;
DELETE FROM additive_migration WHERE version = '20261130000200';
