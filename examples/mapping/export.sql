-- One moment for both files: psql -f export.sql, in the folder that they are written to.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
\copy balances TO 'balances.csv' WITH (FORMAT csv, HEADER)
\copy positions TO 'positions.csv' WITH (FORMAT csv, HEADER)
COMMIT;
