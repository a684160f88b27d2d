-- Officers and devices of a tenant. The version counts the changes of one.
CREATE TABLE staff (
  tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, id));
-- Secrets of devices and of officers' sessions, and codes, as digests.
CREATE TABLE staff_secret (
  digest TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, body TEXT NOT NULL, expires BIGINT NOT NULL);
