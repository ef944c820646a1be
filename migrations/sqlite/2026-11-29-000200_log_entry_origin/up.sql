-- Where an entry comes from. write_id is drawn at random for each transaction, so that it can be found out whether one was committed
-- whose answer was lost. request_id and client_address are those of the request to the admin; commands have none. Entries from before
-- have none of them.
ALTER TABLE log_entry ADD COLUMN write_id TEXT NULL
    CONSTRAINT log_entry_write_id_check CHECK (typeof(write_id) IN ('text', 'null'));
ALTER TABLE log_entry ADD COLUMN request_id TEXT NULL
    CONSTRAINT log_entry_request_id_check CHECK (typeof(request_id) IN ('text', 'null'));
ALTER TABLE log_entry ADD COLUMN client_address TEXT NULL
    CONSTRAINT log_entry_client_address_check CHECK (typeof(client_address) IN ('text', 'null'));
CREATE INDEX log_entry_write_id_idx ON log_entry (write_id);
INSERT INTO additive_migration (version) VALUES ('20261129000200');
