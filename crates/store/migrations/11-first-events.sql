-- First events alone are looked for by their stream: the others, twelve of thirteen, need no
-- place in this index, nor a page of the log for it.
DROP INDEX event_first;
CREATE INDEX event_first ON event (tenant, stream, entry) WHERE seq = 0;
