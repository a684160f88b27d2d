-- What was asked for: digest of the public key, which gets one certificate ever, and of
-- the whole request. Both are empty for the authorities' own certificates.
ALTER TABLE certificate ADD COLUMN spki TEXT NOT NULL DEFAULT '';
ALTER TABLE certificate ADD COLUMN request TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX certificate_spki ON certificate (spki) WHERE spki <> '';
-- The signature that was given out, so that the same request gets the same bytes.
CREATE TABLE certificate_signature (serial TEXT NOT NULL PRIMARY KEY, signature BLOB NOT NULL);
-- Part of its authority's list that a revoked certificate names, or nothing.
ALTER TABLE revocation ADD COLUMN part TEXT NOT NULL DEFAULT '';
