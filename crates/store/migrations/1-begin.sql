-- Types that SQLite and PostgreSQL share: TEXT, BIGINT, BLOB (BYTEA there).
CREATE TABLE event (
  tenant TEXT NOT NULL, stream TEXT NOT NULL, id TEXT NOT NULL, seq BIGINT NOT NULL,
  kind TEXT NOT NULL, body TEXT NOT NULL, entry BIGINT NOT NULL,
  PRIMARY KEY (tenant, stream, id, seq));
CREATE INDEX event_first ON event (tenant, stream, seq, entry);
CREATE TABLE blob (
  tenant TEXT NOT NULL, id TEXT NOT NULL, pack TEXT NOT NULL, start BIGINT NOT NULL, length BIGINT NOT NULL,
  PRIMARY KEY (tenant, id));
CREATE TABLE ledger_entry (idx BIGINT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE ledger_checkpoint (tenant TEXT NOT NULL PRIMARY KEY, size BIGINT NOT NULL, note TEXT NOT NULL);
CREATE TABLE idempotency (
  tenant TEXT NOT NULL, name TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL,
  PRIMARY KEY (tenant, name));
CREATE TABLE api_key (digest TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE data_key (tenant TEXT NOT NULL, name TEXT NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (tenant, name));
CREATE TABLE session_link (
  digest TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, contract TEXT NOT NULL, session TEXT NOT NULL);
CREATE TABLE certificate (
  serial TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, act TEXT NOT NULL, tbs BLOB NOT NULL);
CREATE TABLE company (tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id));
CREATE TABLE setting (tenant TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (tenant, name));
