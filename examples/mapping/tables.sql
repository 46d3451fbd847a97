-- What an exchange's database may look like: balances and positions, in names and units of its own. The book is that of
-- examples/accounts.csv.
CREATE TABLE balances (
  id         bigserial PRIMARY KEY,
  login      text NOT NULL,
  currency   text NOT NULL,
  available  numeric(36, 18) NOT NULL,
  in_orders  numeric(36, 18) NOT NULL DEFAULT 0,
  borrowed   numeric(36, 18) NOT NULL DEFAULT 0,
  interest   numeric(36, 18) NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE positions (
  id         bigserial PRIMARY KEY,
  login      text NOT NULL,
  symbol     text NOT NULL,
  product    text NOT NULL,
  direction  text NOT NULL,
  size       numeric(36, 18) NOT NULL,
  avg_price  numeric(36, 18),
  opened_at  timestamptz NOT NULL DEFAULT now()
);

INSERT INTO balances (login, currency, available, in_orders, borrowed, interest) VALUES
  ('alice', 'usdt', 4100, 900, 0, 0),
  ('alice', 'xbt', 0.25, 0, 0, 0),
  ('bob', 'usdt', 2500, 0, 0, 0),
  ('carol', 'usdt', 2999.5, 0.5, 0, 0),
  ('dave', 'usdt', 180, 0, 0, 0),
  ('erin', 'usdt', 6000, 0, 0, 0),
  ('frank', 'usdt', 9000, 0, 0, 0),
  ('grace', 'usdt', 2500, 0, 0, 0),
  ('grace', 'xbt', 0.5, 0, 0, 0),
  ('heidi', 'usdt', 1200, 0, 0, 0),
  ('ivan', 'usdt', 1550, 0, 0, 0),
  ('judy', 'usdt', 14000, 0, 0, 0),
  ('judy', 'xbt', 0, 0, 0.04999, 0.00001);

INSERT INTO positions (login, symbol, product, direction, size, avg_price) VALUES
  ('bob', 'XBTUSDT', 'swap', 'BUY', 0.1, 58500),
  ('carol', 'XBTUSDT', 'swap', 'SELL', 0.1, 58500),
  ('dave', 'ETHUSDT', 'swap', 'BUY', 4, 3050),
  ('erin', 'ETHUSDT', 'swap', 'SELL', 4, 3050),
  ('frank', 'XBT-261225-60000-C', 'option', 'BUY', 1, NULL),
  ('grace', 'XBT-261225-60000-C', 'option', 'SELL', 1, NULL),
  ('heidi', 'XBT-261225-54000-P', 'option', 'BUY', 0.5, NULL),
  ('heidi', 'XBTUSDT', 'swap', 'BUY', 0.05, 61000),
  ('ivan', 'ETHUSDT', 'swap', 'BUY', 10, 3150),
  ('judy', 'ETHUSDT', 'swap', 'SELL', 10, 3150),
  ('judy', 'XBT-261225-54000-P', 'option', 'SELL', 0.5, NULL),
  ('judy', 'XBTUSDT', 'swap', 'SELL', 0.05, 61000);
