DROP TABLE log_entry;
DROP FUNCTION log_entry_refuse();
