CREATE TABLE revocation (
  serial TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, issuer TEXT NOT NULL,
  at BIGINT NOT NULL, reason BIGINT NOT NULL);
CREATE INDEX revocation_issuer ON revocation (issuer);
