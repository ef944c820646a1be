DROP TABLE api_token;
DELETE FROM additive_migration WHERE version = '20261130000400';
