-- Answers to requests that came with an Idempotency-Key, so that the same request, sent again, changes nothing. They are kept for a day. None of it
-- is in the metrics, so no trigger moves the data version.
CREATE TABLE api_answer (
    id          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_id    BIGINT NOT NULL REFERENCES api_token (id) ON DELETE CASCADE,
    key_hash    TEXT NOT NULL, -- SHA-256 in hexadecimal digits, as is the fingerprint
    fingerprint TEXT NOT NULL,
    answer      TEXT NOT NULL, -- JSON
    created_at  TIMESTAMP NOT NULL,
    CONSTRAINT api_answer_texts_check CHECK (typeof(key_hash) || typeof(fingerprint) || typeof(answer) = 'texttexttext'),
    CONSTRAINT api_answer_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT api_answer_key_hash_check CHECK (length(key_hash) = 64),
    CONSTRAINT api_answer_fingerprint_check CHECK (length(fingerprint) = 64)
);
CREATE UNIQUE INDEX api_answer_key ON api_answer (token_id, key_hash);
CREATE INDEX api_answer_created_at_idx ON api_answer (created_at);
INSERT INTO additive_migration (version) VALUES ('20261130000500');
