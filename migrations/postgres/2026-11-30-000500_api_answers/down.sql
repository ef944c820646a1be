DROP TABLE api_answer;
DELETE FROM additive_migration WHERE version = '20261130000500';
