-- One moment for both files: psql -f export.sql, in the folder that they are written to. The insurance fund is the exchange's
-- own and stands in the rules, not among those whom it owes; liquidation holds positions of customers, and is one of them.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
\copy (SELECT * FROM balances WHERE uid <> 'insurance-fund') TO 'balances.csv' WITH (FORMAT csv, HEADER)
\copy positions TO 'positions.csv' WITH (FORMAT csv, HEADER)
COMMIT;
