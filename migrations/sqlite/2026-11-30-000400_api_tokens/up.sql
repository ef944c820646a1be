-- Tokens by which programs act for a user. Only the hash of a token is kept, so that a copy of the database opens nothing. Those that expired or
-- were revoked stay, until their user is deleted. None of it is in the metrics, so no trigger moves the data version.
CREATE TABLE api_token (
    id                INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id           BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    name              TEXT NOT NULL,
    hash              TEXT NOT NULL, -- SHA-256 in hexadecimal digits
    scopes            TEXT NOT NULL, -- names with a blank between them: apply read
    created_at        TIMESTAMP NOT NULL,
    expires_at        TIMESTAMP NOT NULL,
    revoked_at        TIMESTAMP NULL,
    last_used_at      TIMESTAMP NULL, -- to the minute
    last_used_address TEXT NOT NULL DEFAULT '',
    version           BIGINT NOT NULL DEFAULT 1,
    CONSTRAINT api_token_texts_check CHECK (typeof(name) || typeof(hash) || typeof(scopes) || typeof(last_used_address) = 'texttexttexttext'),
    CONSTRAINT api_token_version_check CHECK (typeof(version) = 'integer'),
    CONSTRAINT api_token_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT api_token_expires_at_check CHECK (datetime(expires_at) IS substr(expires_at, 1, 19)),
    CONSTRAINT api_token_revoked_at_check CHECK (revoked_at IS NULL OR datetime(revoked_at) IS substr(revoked_at, 1, 19)),
    CONSTRAINT api_token_last_used_at_check CHECK (last_used_at IS NULL OR datetime(last_used_at) IS substr(last_used_at, 1, 19)),
    CONSTRAINT api_token_name_check CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT api_token_hash_check CHECK (length(hash) = 64)
);
CREATE UNIQUE INDEX api_token_hash_key ON api_token (hash);
CREATE INDEX api_token_user_idx ON api_token (user_id);
INSERT INTO additive_migration (version) VALUES ('20261130000400');
