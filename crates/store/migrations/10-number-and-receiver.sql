-- Whose signature an open contract awaits, by keyed digest of the number, for whoever has lost the link.
CREATE TABLE awaited_number (
  tenant TEXT NOT NULL, contract TEXT NOT NULL, role TEXT NOT NULL, digest TEXT NOT NULL,
  made BIGINT NOT NULL, expires BIGINT NOT NULL, PRIMARY KEY (tenant, contract, role));
CREATE INDEX awaited_number_digest ON awaited_number (digest, made);
CREATE INDEX awaited_number_expires ON awaited_number (expires);
CREATE INDEX staff_secret_expires ON staff_secret (expires);
-- To whom a callback goes, host and port, so that one who is away keeps nobody else waiting.
ALTER TABLE callback ADD COLUMN receiver TEXT NOT NULL DEFAULT '';
CREATE INDEX callback_receiver ON callback (tenant, receiver, next);
