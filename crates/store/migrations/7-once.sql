-- What may be used once in a tenant: receipts of authorities, sealed envelopes.
CREATE TABLE once (tenant TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant, name));
