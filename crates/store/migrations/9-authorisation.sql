-- What receivers of callbacks are still to be told, in the order of each contract's events.
CREATE TABLE callback (
  tenant TEXT NOT NULL, contract TEXT NOT NULL, seq BIGINT NOT NULL, url TEXT NOT NULL, event TEXT NOT NULL,
  at BIGINT NOT NULL, next BIGINT NOT NULL, attempts BIGINT NOT NULL, PRIMARY KEY (tenant, contract, seq));
CREATE INDEX callback_next ON callback (next);
