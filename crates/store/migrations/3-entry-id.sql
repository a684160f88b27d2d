-- An entry is in the ledger once. Of equal entries from before the first has the id.
ALTER TABLE ledger_entry ADD COLUMN id BLOB;
CREATE UNIQUE INDEX ledger_entry_id ON ledger_entry (id);
