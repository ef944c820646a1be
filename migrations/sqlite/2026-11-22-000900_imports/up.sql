-- The text of a file whose effect a user was shown, until they confirm it or it expires. It is nobody else's, and what it asks for is
-- worked out anew when it is confirmed.
CREATE TABLE pending_import (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id    BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    model      TEXT NOT NULL,
    format     TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CONSTRAINT pending_import_texts_check CHECK (typeof(model) || typeof(format) || typeof(body) = 'texttexttext'),
    CONSTRAINT pending_import_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT pending_import_expires_at_check CHECK (datetime(expires_at) IS substr(expires_at, 1, 19)),
    CONSTRAINT pending_import_format_check CHECK (format IN ('csv', 'json'))
);
CREATE INDEX pending_import_user_idx ON pending_import (user_id);
CREATE INDEX pending_import_expires_at_idx ON pending_import (expires_at);
