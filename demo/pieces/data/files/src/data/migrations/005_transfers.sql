CREATE TABLE transfers (
  id INTEGER PRIMARY KEY,
  from_account_id INTEGER NOT NULL REFERENCES accounts (id),
  to_account_id INTEGER NOT NULL REFERENCES accounts (id),
  amount INTEGER NOT NULL CHECK (amount > 0),
  memo TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  CHECK (from_account_id <> to_account_id)
);

-- The two entries of a transfer point to it; an ordinary entry points nowhere.
ALTER TABLE entries ADD COLUMN transfer_id INTEGER REFERENCES transfers (id);
