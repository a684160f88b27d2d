-- Which person of the register has a document, by keyed digest of kind and number.
CREATE TABLE person_document (
  tenant TEXT NOT NULL, digest TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (tenant, digest));
-- Which enterprise of the register has a unified social credit code, which is public.
CREATE TABLE enterprise_code (
  tenant TEXT NOT NULL, code TEXT NOT NULL, enterprise TEXT NOT NULL, PRIMARY KEY (tenant, code));
