DROP TABLE pending_import;
