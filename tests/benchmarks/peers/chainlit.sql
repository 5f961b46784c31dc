-- The columns that Chainlit's data layer for Postgres writes. It stores a message as a step.
create table if not exists "User" (
    id text primary key, identifier text unique, metadata text,
    "createdAt" timestamp default now(), "updatedAt" timestamp default now());

create table if not exists "Thread" (
    id text primary key, name text, "userId" text, tags text[], metadata text,
    "createdAt" timestamp default now(), "updatedAt" timestamp default now(),
    "deletedAt" timestamp);

create table if not exists "Step" (
    id text primary key, "threadId" text references "Thread", "parentId" text references "Step",
    input text, metadata text, name text, output text, type text, "showInput" text,
    "isError" boolean, "startTime" timestamp, "endTime" timestamp,
    "createdAt" timestamp default now());

create index if not exists "Step_of_thread" on "Step" ("threadId", "startTime");
