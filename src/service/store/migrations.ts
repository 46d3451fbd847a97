/**
 * What brings a database from each version to the next, in order: never changed once released, only added to. Money and secrets are in
 * `bytea` columns, sealed (seal.ts); what is plain here is public, or says nothing of an account.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- Keys, each sealed by the key above it.
  create table marginproof.secret (name text primary key, sealed bytea not null);

  create table marginproof.epoch (
    id text primary key,
    exchange text not null,
    epoch text not null,
    state text not null check (state in
      ('receiving', 'queued', 'committing', 'proving', 'finishing', 'proved', 'published', 'held', 'failed', 'cancelled')),
    profile text not null,
    market text not null,
    evidence text,
    model bytea,
    -- Keyed hash of what is to be proved: exchange, epoch, profile, market, evidence.
    terms text not null,
    -- Of the accounts: how many pieces, their SHA-256 and their form.
    accounts bytea,
    attempt text,
    steps integer,
    statement text,
    digest text,
    behind bytea,
    verdict text,
    problem_code text,
    problem bytea,
    created timestamptz not null default now(),
    changed timestamptz not null default now(),
    published timestamptz
  );
  -- Never two statements for one epoch of an exchange.
  create unique index one_epoch_of_a_name on marginproof.epoch (exchange, epoch)
    where state not in ('failed', 'cancelled');

  create table marginproof.upload (
    epoch text not null references marginproof.epoch,
    upload text not null,
    piece integer not null,
    sealed bytea not null,
    primary key (epoch, upload, piece)
  );

  -- Texts of an attempt: laid out batches, proofs.
  create table marginproof.kept (
    attempt text not null,
    name text not null,
    sealed bytea not null,
    sha256 text not null,
    vouched boolean not null,
    primary key (attempt, name)
  );

  create table marginproof.step (
    epoch text not null references marginproof.epoch,
    step integer not null,
    shape text not null,
    -- Digest of the verifying key that the statement names for it.
    key text not null,
    signals text not null,
    state_out text not null,
    -- Gone once the step is proved.
    input bytea,
    proved timestamptz,
    seconds double precision,
    worker text,
    problem_code text,
    set_aside boolean not null default false,
    primary key (epoch, step)
  );
  create index unproved_step on marginproof.step (epoch) where proved is null;

  create table marginproof.bundle_file (
    epoch text not null references marginproof.epoch,
    name text not null,
    size bigint not null,
    sha256 text not null,
    primary key (epoch, name)
  );
  create table marginproof.bundle_piece (
    epoch text not null,
    name text not null,
    piece integer not null,
    bytes bytea not null,
    primary key (epoch, name, piece),
    foreign key (epoch, name) references marginproof.bundle_file on delete cascade
  );

  -- Which batches an account is in, by a keyed hash of its name.
  create table marginproof.holder (
    epoch text not null references marginproof.epoch,
    account bytea not null,
    batch integer not null,
    primary key (epoch, account, batch)
  );

  -- Every private disclosure, each entry chained to the one before it.
  create table marginproof.disclosure (
    number integer primary key,
    entry text not null,
    mac text not null
  );
  `,
  `
  -- Holders are found by an index among the kept texts, sealed as they are.
  drop table marginproof.holder;
  -- Who proved what of late, and how fast an epoch goes.
  create index proved_step on marginproof.step (proved) where proved is not null;
  `,
  `
  -- Epochs of one account, under the prices of a tick of a live book.
  create table marginproof.call (
    epoch text primary key references marginproof.epoch,
    -- Keyed hash of exchange and account.
    account bytea not null,
    tick integer not null
  );
  create index calls_of_account on marginproof.call (account);
  `,
  `
  -- Epochs that continuous mode began, in order.
  create table marginproof.continuous (
    number integer generated always as identity primary key,
    epoch text not null unique references marginproof.epoch
  );
  `,
  `
  -- What doctor found in an epoch's accounts, while they are kept.
  create table marginproof.diagnosis (
    epoch text primary key references marginproof.epoch,
    -- The accounts that it is of.
    upload text not null,
    asked timestamptz not null default now(),
    -- When it was found, or given up.
    done timestamptz,
    sealed bytea,
    problem_code text
  );
  `,
];
