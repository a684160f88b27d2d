-- The certificates that last and can be revoked, among the many of single acts.
CREATE INDEX certificate_lasting ON certificate (serial) WHERE act IN (
  'person', 'enterprise', 'seal-maker', 'log', 'log/sm2-sm3',
  'tsa/sm2-sm3', 'tsa/p256-sha256', 'tsa/rsa2048-sha256', 'tsa/rsa3072-sha256')
