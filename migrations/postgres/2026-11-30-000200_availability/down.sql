DROP TABLE job_lease;
DROP TABLE measuring_progress;
DROP TABLE availability;
DROP FUNCTION availability_refuse_unless_summed();
DROP FUNCTION availability_refuse();
DELETE FROM additive_migration WHERE version = '20261130000200';
