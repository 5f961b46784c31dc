-- What a turn has just stored is not read again: its caller knows all but these.
alter type turn add attribute id uuid, add attribute at timestamptz;
