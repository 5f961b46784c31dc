"""What grows is never read whole: no statement scans a table, or an index of it, that has no bound.

Postgres counts the scans itself (`pg_stat_all_tables.seq_scan`), so what procedures do inside is
counted too. https://www.postgresql.org/docs/current/monitoring-stats.html
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import md5
from string import Template
from typing import Any, get_args
from uuid import UUID

import pytest

from core.answerer import Offer, Offers
from core.model import (
    CallCost,
    ChatId,
    Claim,
    ConnectionId,
    Filter,
    KnownContact,
    Manager,
    ManagerId,
    Narrow,
    PushSubscription,
    SignedIn,
    SiteId,
    Target,
    Visitor,
    Vouched,
)
from core.protocol.notice_frames import NoticeRules
from core.store import database
from core.store.answers import ClaimRequest, Terms
from core.store.assignments import TeamOfSite
from core.store.canned import CannedReply
from core.store.connections import Entering, Leaving
from core.store.deliveries import NewReceiver, Receiver
from core.store.escalation import EscalationStep
from core.store.macros import Macro, MacroMessage
from core.store.resumes import Resuming
from core.store.store import Store
from core.store.timers import Timer
from core.store.turns import NewAnswer, NewMessage
from core.store.views import View

GROWS = (
    "chats", "messages", "connections", "tickets", "broadcast_recipients", "events", "watches",
    "addresses",
    "address_spending", "contacts", "contact_identities", "visited_pages",
    "notes", "mentions",
    "timers", "deliveries", "escalations", "follow_ups", "mailed_contacts",
    "assignments", "chat_tags", "cycles",
)  # fmt: skip
CHATS, MESSAGES_A_CHAT = 20_000, 5
# So few that to read all may seem cheaper to Postgres than some dozen lookups.
SMALL = 1_000
ANNA = Manager(ManagerId("anna"), "Anna")
C = ChatId("chat-77")
USER, BOSS = ConnectionId("c-77"), ConnectionId("boss")
PROCESS = UUID(int=1)
# Once at the start of a node; everyone who is there is asked.
WHOLE = {
    "nodes.key": {"installation_keys"},
    "nodes.start": {"connections", "nodes"},
    "nodes.is_alone": {"nodes"},
    "broadcasts.count_audience": {"chats"},
    "broadcasts.begin": {"chats"},
}
FILL = """
insert into chats (chat_id, last_seq, last_user_seq, answered_seq, owner, manager_id, status,
                   waiting_since, waiting_for, listed_at, updated_at, created_at, visitor)
select 'chat-' || n, $MESSAGES, $MESSAGES - 1, $MESSAGES - 1,
       case when n % 50 = 0 then 'manager' else 'assistant' end,
       case when n % 50 = 0 then 'anna' end,
       case when n % 3 = 0 then 'closed' else 'open' end,
       case when n % 100 = 0 then now() - make_interval(secs => n) end,
       case when n % 100 = 0 then 'reply' end,
       now() - make_interval(mins => n), now() - make_interval(mins => n),
       now() - make_interval(mins => n), jsonb_build_object('name', 'Person ' || n)
from generate_series(1, $CHATS) n;
insert into messages (chat_id, seq, role, text, client_id, created_at)
select 'chat-' || n, s, case when s % 2 = 0 then 'user' else 'assistant' end,
       'word' || n || ' and some more of it', 'm-' || s, now() - make_interval(mins => n)
from generate_series(1, $CHATS) n, generate_series(1, $MESSAGES) s;
insert into connections (connection_id, callback_url, chat_id, expires_at, address)
select 'c-' || n, 'http://node/ws', 'chat-' || n, now() + interval '1 hour', '10.0.0.' || n % 250
from generate_series(1, $SOCKETS) n;
insert into connections (connection_id, callback_url, expires_at, manager_id)
values ('boss', 'http://node/manager', now() + interval '1 hour', 'anna');
insert into tickets (ticket_hash, chat_id, expires_at, until)
select decode(md5(n::text), 'hex'), 'chat-' || n, now() + interval '1 hour', now()
from generate_series(1, $SOCKETS) n;
insert into broadcasts (broadcast_id, text, recipients, pages)
select md5(n::text)::uuid, 'all', 100, 1 from generate_series(1, 50) n;
insert into broadcast_recipients (broadcast_id, page, chat_id, outcome)
select md5((n % 50)::text)::uuid, 0, 'chat-' || n, 'stored' from generate_series(1, $CHATS) n;
insert into watches (connection_id, chat_id)
select 'c-' || n, 'chat-' || n from generate_series(1, $SOCKETS) n;
insert into events (name, actor_kind, actor_id, chat_id)
select 'chat.taken_over', 'manager', 'anna', 'chat-' || n from generate_series(1, $CHATS) n;
insert into addresses (address, allowance, allowed_at)
select '10.0.' || n / 250 || '.' || n % 250, 1, now() from generate_series(1, $SOCKETS) n;
insert into address_spending (day, address_hash, tokens)
select current_date, sha256(n::text::bytea), 1 from generate_series(1, $SOCKETS) n;
update chats set answered_seq = 0, address_hash = sha256('9'), status = 'open'
where chat_id in ('chat-9', 'chat-11');
update chats set reserved = 9000, reserved_input = 900, reserved_on = today(), try = 1
where chat_id = 'chat-11';
insert into contacts (contact_id, root_id, claimed, listed, last_seen_at, restriction)
select md5(n::text)::uuid, md5((n / 2 * 2)::text)::uuid,
       jsonb_build_object('name', 'Person ' || n, 'email', n || '@shop.example'), n % 3 > 0,
       now() - make_interval(mins => n), case when n % 50 < 2 then 'spam' end
from generate_series(1, $CHATS) n;
update contacts set merged_into = root_id, merged_at = now() where contact_id <> root_id;
insert into contact_identities (site_id, kind, value, contact_id)
select 'default', 'sub', 'customer-' || n, md5(n::text)::uuid from generate_series(1, $CHATS) n;
insert into visited_pages (chat_id, url)
select 'chat-' || n, 'https://shop.example/' from generate_series(1, $CHATS) n;
insert into deliveries (id, kind, what, target, site_id, chat_id, attempts, due_at, done_at,
                        dead_at, created_at)
select md5(n::text)::uuid, 'slack', 'chat.waiting', md5((n % 9)::text)::uuid::text, 'default',
       'chat-' || n, 1, now(), case when n % 100 > 1 then now() end,
       case when n % 100 = 1 then now() end, now() - make_interval(mins => n)
from generate_series(1, $CHATS) n;
insert into receivers (receiver_id, site_id, kind, name, events)
select md5(n::text)::uuid, 'default', 'slack', 'Team', '{chat.closed}'
from generate_series(0, 8) n;
insert into escalations (chat_id, since) select 'chat-' || n, now() - make_interval(mins => n)
from generate_series(1, $CHATS) n;
insert into follow_ups (chat_id, mailed_seq) select 'chat-' || n, 3
from generate_series(1, $CHATS) n;
insert into mailed_contacts (contact_id) select md5(n::text)::uuid
from generate_series(1, $CHATS) n where n % 2 = 0;
update chats set contact_id = md5(substr(chat_id, 6))::uuid where chat_id <> 'chat-12';
insert into timers (kind, ref, due_at)
select 'ring', 'chat-' || n, now() + make_interval(mins => n) from generate_series(1, $CHATS) n;
insert into notes (note_id, chat_id, text, client_id, author_id, author_name, created_at)
select md5(n::text)::uuid, 'chat-' || n, 'Careful, @[anna].', 'n-1', 'anna', 'Anna',
       now() - make_interval(mins => n) from generate_series(1, $CHATS) n;
insert into mentions (note_id, manager_id, chat_id, created_at, seen_at)
select md5(n::text)::uuid, case when n % 10 = 0 then 'anna' else 'ben' end, 'chat-' || n,
       now() - make_interval(mins => n), case when n % 200 > 0 then now() end
from generate_series(1, $CHATS) n;
update sites set close_after = 600, hand_back_after = 30;
insert into teams (team_id, site_id, name, balanced, takes_new)
values ('support', 'default', 'Support', true, true);
insert into team_members (team_id, manager_id, capacity) values ('support', 'anna', 500);
insert into assignments (chat_id, team_id, manager_id, is_open)
select 'chat-' || n, case n % 20 when 0 then 'support' else 'team-' || n % 39 end,
       case when n % 500 > 0 then 'of-' || n % 300 when n % 1000 = 0 then 'anna' end, n % 3 > 0
from generate_series(1, $CHATS) n;
insert into tags (tag_id, site_id, name)
select md5(n::text)::uuid, 'default', 'tag-' || n from generate_series(1, 400) n;
insert into chat_tags (chat_id, tag_id)
select 'chat-' || n, md5((1 + n % 400)::text)::uuid from generate_series(1, $CHATS) n;
insert into cycles (chat_id, cycle, began_at)
select c.chat_id, 1, c.created_at from chats c;
update chats set snoozed_until = 'infinity' where chat_id like 'chat-%99';
update messages set role = 'manager', author_id = 'anna', created_at = now()
where chat_id = 'chat-76' and seq = 3;
update messages set change = 1, rev = 2 where seq = 1 and chat_id like 'chat-%7';
update chats set change = 1 where chat_id like 'chat-%7';
insert into spending (day, reserved) values (today(), 9000);
insert into sign_ins (token_hash, manager_id, expires_at, sign_in_id)
values ('a sign-in', 'anna', now() + interval '1 hour', md5('1')::uuid);
insert into sign_ins (token_hash, manager_id, expires_at)
values ('a device', 'anna', now() + interval '1 hour');
insert into push_subscriptions
    (subscription_id, manager_id, endpoint, endpoint_hash, p256dh, auth, key_id)
values (md5('1')::uuid, 'anna', 'v', 'a hash', 'p', 'a', 'key');
insert into api_tokens (token_id, token_hash, manager_id, name)
select md5('1')::uuid, 'a hash', 'anna', 'a';
"""
MD5_OF_1 = UUID("c4ca4238-a0b9-2382-0dcc-509a6f75849b")
MD5_OF_100 = UUID(md5(b"100").hexdigest())
NEW_RECEIVER = NewReceiver(UUID(int=9), "mail", "Team", "t@shop.example", None, "en", ("x",))
RECEIVER = Receiver(
    MD5_OF_1, SiteId("default"), "slack", "Team", None, None, "en", (), datetime.now(UTC), None
)
CONTACT = UUID(md5(b"76").hexdigest())
OTHER_CONTACT = UUID(md5(b"80").hexdigest())
HELD = Claim(C, 1, 1, 6)
D = ChatId("chat-8")
OTHER = Claim(D, 1, 1, 6)
HASH = b"0123456789abcdef"
TERMS = Terms(True, 0, 50)
COST = CallCost(500, 6000, 4000)
E, PAID = ChatId("chat-9"), Terms(True, 0, 50, COST)
TEA = {"name": "Tea", "instructions": "You sell tea.", "options": {"history_tokens": 6000}}
OFFERED = Terms(True, 0, 50, COST, Offers(Offer("default", "1", COST, 50), (), 100, 4000))

Step = Callable[[Any], Awaitable[Any]]

STEPS: dict[str, Step] = {
    "ping": lambda s: s.ping(),
    "connections.enter": lambda s: s.connections.enter(
        Target(ConnectionId("new"), "u"), C, None, "10.0.0.9"
    ),
    "connections.enter_all": lambda s: s.connections.enter_all(
        [Entering(Target(ConnectionId("n2"), "u"), C, None, "a")]
    ),
    "connections.leave": lambda s: s.connections.leave(ConnectionId("c-99")),
    "connections.leave_all": lambda s: s.connections.leave_all(
        [Leaving(ConnectionId(f"c-{n}")) for n in (98, 97)]
    ),
    "connections.enter_manager": lambda s: s.connections.enter_manager(
        Target(ConnectionId("boss2"), "u"), ANNA
    ),
    "connections.watch": lambda s: s.connections.watch(BOSS, C),
    "connections.unwatch": lambda s: s.connections.unwatch(BOSS, C),
    "connections.peek": lambda s: s.connections.peek(BOSS, [C, ChatId("chat-78")]),
    "nodes.key": lambda s: s.nodes.key(),
    "nodes.start": lambda s: s.nodes.start("http://another", ["http://another/ws"], PROCESS),
    "nodes.is_alone": lambda s: s.nodes.is_alone("http://another", PROCESS),
    "sites.rows": lambda s: s.sites.rows(),
    "sites.make": lambda s: s.sites.make(SiteId("shop"), "site_1", "Shop", ANNA.id),
    "sites.members": lambda s: s.sites.members(SiteId("default")),
    "sites.change": lambda s: s.sites.change(SiteId("shop"), 1, {"name": "A shop"}, ANNA.id),
    "assistants.make": lambda s: s.assistants.make("tea", None, TEA, ANNA.id),
    "assistants.save": lambda s: s.assistants.save("tea", 1, {"name": "Coffee"}, ANNA.id),
    "assistants.all": lambda s: s.assistants.all(),
    "assistants.find": lambda s: s.assistants.find("tea"),
    "assistants.versions": lambda s: s.assistants.versions("tea", None, 50),
    "assistants.version": lambda s: s.assistants.version("tea", 1),
    "sites.change ": lambda s: s.sites.change(
        SiteId("default"), None, {"assistant_id": "tea"}, ANNA.id
    ),
    "turns.receive": lambda s: s.turns.receive(USER, "hello", "new-1"),
    "turns.store_all": lambda s: s.turns.store_all(
        [
            *(NewMessage(USER, "hello", f"new-{n}") for n in (2, 3, 2)),
            NewAnswer(HELD, "an answer"),
            NewAnswer(OTHER, "b"),
        ]
    ),
    "turns.finish": lambda s: s.turns.finish(HELD, "an answer"),
    "chats.begin": lambda s: s.chats.begin(ChatId("fresh"), Visitor(name="N"), "10.0.0.9"),
    "chats.begin ": lambda s: s.chats.begin(
        ChatId("signed"), Visitor(verified=True), known=KnownContact("customer-77")
    ),
    "connections.locale": lambda s: s.connections.locale(USER),
    "resumes.resume": lambda s: s.resumes.resume(USER, 2, 100),
    "resumes.resume_all": lambda s: s.resumes.resume_all(
        [Resuming(USER, 2), Resuming(ConnectionId("c-8"), 0)], 9
    ),
    "chats.seen": lambda s: s.chats.seen(USER, 3),
    "chats.typing": lambda s: s.chats.typing(USER),
    "chats.stop": lambda s: s.chats.stop(USER),
    "chats.want_person": lambda s: s.chats.want_person(USER, True, "why"),
    "chats.claim_email": lambda s: s.chats.claim_email(USER, "ada@example.com"),
    "chats.on_page": lambda s: s.chats.on_page(USER, "https://shop.example/"),
    "chats.history": lambda s: s.chats.history(C, 0, 4, 50),
    "chats.keep_html": lambda s: keep_html(s),
    "chats.chat": lambda s: s.chats.chat(C),
    "answers.claim_all": lambda s: s.answers.claim_all([ClaimRequest(C), ClaimRequest(D)], TERMS),
    "answers.claim": lambda s: s.answers.claim(C, TERMS),
    "answers.claim ": lambda s: s.answers.claim(E, PAID),
    "answers.claim  ": lambda s: s.answers.claim(ChatId("chat-11"), OFFERED),
    "answers.save": lambda s: s.answers.save(HELD, 0, "piece", merge=True),
    "answers.settle": lambda s: s.answers.settle(HELD, 5),
    "answers.release": lambda s: s.answers.release(HELD),
    "answers.spent_today": lambda s: s.answers.spent_today(),
    "inbox.take_over": lambda s: s.inbox.take_over(C, ANNA, "I am here", "m-new"),
    "inbox.hand_back": lambda s: s.inbox.hand_back(C, ANNA),
    "inbox.set_status": lambda s: s.inbox.set_status(C, "closed", ANNA),
    "inbox.stop": lambda s: s.inbox.stop(C, ANNA),
    "inbox.seen": lambda s: s.inbox.seen(BOSS, C, 3),
    "inbox.unread": lambda s: s.inbox.unread(C, ANNA.id),
    "inbox.typing": lambda s: s.inbox.typing(BOSS, C),
    "inbox.changed_since": lambda s: s.inbox.changed_since(BOSS, now() - timedelta(minutes=5), 100),
    "lists.hits": lambda s: hits(s, ("word77",)),
    # A common word is looked for in another way.
    "lists.hits ": lambda s: hits(s, ("more", "some")),
    "lists.note_hits": lambda s: note_hits(s, ("careful",)),
    "lists.chats": lambda s: s.lists.chats("all", (), None, 50, "anna"),
    "lists.chats ": lambda s: s.lists.chats("all", ("careful",), None, 50, "anna"),
    "inbox.named_chats": lambda s: s.inbox.named_chats(["chat-1", "chat-2"], "anna"),
    "notes.add": lambda s: s.notes.add(C, ANNA, "Careful, @[anna].", "n-2"),
    "notes.add ": lambda s: s.notes.add(C, ANNA, "Careful, @[anna].", "n-1"),
    "notes.delete": lambda s: s.notes.delete(ChatId("chat-1"), MD5_OF_1, ANNA.id),
    "notes.of": lambda s: s.notes.of(C, (SiteId("default"),), None, 50),
    "notes.mentions": lambda s: s.notes.mentions(ANNA.id, None, None, 50),
    "notes.unread": lambda s: s.notes.unread(ANNA.id),
    "notes.is_new": lambda s: s.notes.is_new(ANNA.id, ChatId("chat-200")),
    "notes.see": lambda s: s.notes.see(ANNA.id, ChatId("chat-200")),
    "notes.colleagues": lambda s: s.notes.colleagues(C, (SiteId("default"),)),
    "broadcasts.count_audience": lambda s: s.broadcasts.count_audience("open", []),
    "broadcasts.unknown_chats": lambda s: s.broadcasts.unknown_chats(["chat-1", "none"]),
    "broadcasts.begin": lambda s: s.broadcasts.begin("hi", "b-1", ANNA, "chats", ["chat-1"]),
    "broadcasts.broadcast": lambda s: s.broadcasts.broadcast(MD5_OF_1),
    "broadcasts.store_page": lambda s: s.broadcasts.store_page(MD5_OF_1, 0),
    "broadcasts.mark_delivered": lambda s: s.broadcasts.mark_delivered(
        MD5_OF_1, 0, [ChatId("chat-1")]
    ),
    "deliveries.claim": lambda s: s.deliveries.claim(4, 60),
    "deliveries.end": lambda s: s.deliveries.end(MD5_OF_100, 2, "later", "timeout", 5),
    "deliveries.due_in": lambda s: s.deliveries.due_in(MD5_OF_100),
    "deliveries.is_due": lambda s: s.deliveries.is_due(),
    "deliveries.add_test": lambda s: s.deliveries.add_test(RECEIVER),
    "deliveries.add_link": lambda s: s.deliveries.add_link(
        UUID(int=8), "invitation", ANNA.id, b"sealed"
    ),
    "deliveries.again": lambda s: s.deliveries.again(SiteId("default"), MD5_OF_1),
    "deliveries.log": lambda s: s.deliveries.log(SiteId("default"), None, 50),
    "deliveries.receivers": lambda s: s.deliveries.receivers(SiteId("default")),
    "deliveries.receiver": lambda s: s.deliveries.receiver(SiteId("default"), MD5_OF_1),
    "deliveries.add_receiver": lambda s: s.deliveries.add_receiver(
        SiteId("default"), NEW_RECEIVER, ANNA.id
    ),
    "deliveries.remove_receiver": lambda s: s.deliveries.remove_receiver(
        SiteId("default"), MD5_OF_1, ANNA.id
    ),
    "escalation.wait": lambda s: s.escalation.wait(ChatId("chat-100")),
    "escalation.escalate": lambda s: s.escalation.escalate(ChatId("chat-100"), now(), [1], 60),
    "escalation.steps": lambda s: s.escalation.steps(SiteId("default")),
    "escalation.set_steps": lambda s: s.escalation.set_steps(
        SiteId("default"), [EscalationStep(60, "team")], ANNA.id
    ),
    "follow_ups.write": lambda s: s.follow_ups.write(C),
    "follow_ups.stop": lambda s: s.follow_ups.stop(MD5_OF_1),
    "web_push.forget_others": lambda s: s.web_push.forget_others(ANNA.id, b"key"),
    "sweep.drop_deliveries": lambda s: s.sweep.drop_deliveries(100),
    "events.audit": lambda s: s.events.audit(C, None, 50),
    "sweep.pending": lambda s: s.sweep.pending(100, [C]),
    "sweep.expired": lambda s: s.sweep.expired(100),
    "contacts.page": lambda s: s.contacts.page("anna", (), "", None, None, 50),
    "contacts.page ": lambda s: s.contacts.page(
        None, ("person", "77"), "customer-77", None, None, 50
    ),
    "contacts.page  ": lambda s: s.contacts.page(None, (), "", "spam", None, 50),
    "contacts.contact": lambda s: s.contacts.contact(None, CONTACT),
    "contacts.edit": lambda s: s.contacts.edit(None, CONTACT, {"name": "A"}, ANNA),
    "contacts.merge": lambda s: s.contacts.merge(None, CONTACT, OTHER_CONTACT, ANNA),
    "contacts.unmerge": lambda s: s.contacts.unmerge(None, OTHER_CONTACT, ANNA),
    "contacts.restrict": lambda s: s.contacts.restrict(None, CONTACT, "blocked", ANNA),
    "contacts.exported": lambda s: s.contacts.exported(CONTACT, 500),
    "contacts.note_export": lambda s: s.contacts.note_export(ANNA),
    "sweep.give_contacts": lambda s: s.sweep.give_contacts(100),
    "sweep.drop_contacts": lambda s: s.sweep.drop_contacts(100),
    "sweep.drop_stale": lambda s: s.sweep.drop_stale(100),
    "trials.begin": lambda s: s.trials.begin(MD5_OF_1, SiteId("default"), 100),
    "trials.end": lambda s: s.trials.end(MD5_OF_1, 50),
    "sweep.settle_stale": lambda s: s.sweep.settle_stale(100),
    "sweep.close_idle": lambda s: s.sweep.close_idle(24 * 30, 10),
    "sweep.drop_unused": lambda s: s.sweep.drop_unused(100),
    "closing.close_idle": lambda s: s.closing.close_idle(SiteId("default"), 10),
    "closing.hand_back": lambda s: s.closing.hand_back(SiteId("default"), 10),
    "closing.renew": lambda s: s.closing.renew(),
    "timers.set": lambda s: s.timers.set("ring", "chat-5", 0),
    "timers.begin": lambda s: s.timers.begin("ring", "chat-6", 0),
    "timers.clear": lambda s: s.timers.clear("ring", "chat-7"),
    "timers.claim": lambda s: s.timers.claim(["ring", "bell"], 20),
    "timers.next_in": lambda s: s.timers.next_in(["ring", "bell"]),
    "timers.finish": lambda s: s.timers.finish(Timer("ring", "chat-8", PROCESS, 1)),
    "timers.retry": lambda s: s.timers.retry(Timer("ring", "chat-8", PROCESS, 1)),
    "timers.order_alarm": lambda s: s.timers.order_alarm(["ring", "bell"]),
    "timers.forget_alarm": lambda s: s.timers.forget_alarm(),
    "notice_rules.of": lambda s: s.notice_rules.of("anna"),
    "notice_rules.set": lambda s: s.notice_rules.set(ANNA.id, NoticeRules()),
    "web_push.add": lambda s: s.web_push.add(
        "anna", b"a device", PushSubscription(PROCESS, "u", b"p", b"a", "en"), b"key", None
    ),
    "web_push.devices": lambda s: s.web_push.devices("anna", b"key", b"a device"),
    "web_push.of": lambda s: s.web_push.of("anna", b"key"),
    "web_push.used": lambda s: s.web_push.used(MD5_OF_1, PROCESS),
    "web_push.add_test": lambda s: s.web_push.add_test("anna"),
    "web_push.forget": lambda s: s.web_push.forget(PROCESS),
    "web_push.remove": lambda s: s.web_push.remove("anna", MD5_OF_1),
    "access.add_manager": lambda s: s.access.add_manager(ANNA, "admin", HASH),
    "sites.set_member": lambda s: s.sites.set_member(
        SiteId("default"), ANNA.id, ManagerId("boss"), joins=False
    ),
    "access.manager": lambda s: s.access.manager(b"a hash"),
    "access.sign_in": lambda s: s.access.sign_in(HASH, b"session"),
    "access.admit": lambda s: s.access.admit(
        Vouched(Manager(ManagerId("oidc"), "O"), "agent", b"token", now()), b"other"
    ),
    "access.refused": lambda s: s.access.refused("10.0.0.9"),
    "access.sign_out": lambda s: s.access.sign_out(b"session"),
    "access.add_first_manager": lambda s: s.access.add_first_manager(ANNA, HASH),
    "access.link_device": lambda s: s.access.link_device(SignedIn(ANNA, "agent"), b"device"),
    "sessions.of": lambda s: s.sessions.of("anna", b"session"),
    "sessions.rename": lambda s: s.sessions.rename("anna", "Anna B."),
    "sessions.end": lambda s: s.sessions.end("anna", MD5_OF_1),
    "sessions.end_others": lambda s: s.sessions.end_others("anna", b"session"),
    "access.relink": lambda s: s.access.relink("anna", b"new"),
    "api_tokens.add": lambda s: s.api_tokens.add("anna", b"program", "reports", None, own=True),
    "api_tokens.of": lambda s: s.api_tokens.of("anna"),
    "api_tokens.revoke": lambda s: s.api_tokens.revoke(MD5_OF_1, None),
    "hours.waits": lambda s: s.hours.waits(SiteId("default"), 7, 200),
    "hours.set_away": lambda s: s.hours.set_away("anna", away=True),
    "hours.is_away": lambda s: s.hours.is_away("anna"),
    "access.managers": lambda s: s.access.managers(),
    "team.all": lambda s: s.team.all(),
    "assignments.teams": lambda s: s.assignments.teams((SiteId("default"),)),
    "assignments.assign": lambda s: s.assignments.assign(
        C, {"assignee": None, "team": "support"}, ANNA.id
    ),
    "assignments.place": lambda s: s.assignments.place("chat:chat-77", 10),
    "assignments.place ": lambda s: s.assignments.place("all:", 10),
    "assignments.tell": lambda s: s.assignments.tell(ChatId("chat-77")),
    "assignments.is_news": lambda s: s.assignments.is_news(ChatId("chat-77"), ANNA.id),
    "assignments.give_back": lambda s: s.assignments.give_back(ANNA.id),
    "assignments.save_team": lambda s: s.assignments.save_team(
        TeamOfSite("sales", SiteId("default"), "Sales", True, False, {ANNA.id: 3}), ANNA.id
    ),
    "assignments.remove_team": lambda s: s.assignments.remove_team("sales", ANNA.id),
    "bulk.change": lambda s: s.bulk.change(
        [f"chat-{n}" for n in range(60, 70)], {"status": "closed"}, MD5_OF_1, ANNA
    ),
    "bulk.undo": lambda s: s.bulk.undo(MD5_OF_1, ANNA),
    "tags.all": lambda s: s.tags.all(),
    "names.tags": lambda s: s.names.tags("vip", None),
    "names.people": lambda s: s.names.people("anna", (SiteId("default"),)),
    "names.teams": lambda s: s.names.teams("support", None),
    "names.sites": lambda s: s.names.sites("default", None),
    "tags.tag": lambda s: s.tags.tag(ChatId("chat-76"), ["vip"], [MD5_OF_1], ANNA.id),
    "tags.change": lambda s: s.tags.change(MD5_OF_1, "gold", ANNA.id),
    "canned.all": lambda s: s.canned.all(ANNA.id),
    "canned.save": lambda s: s.canned.save([CannedReply(MD5_OF_1, "hi", "Hello")], ANNA.id),
    "canned.remove": lambda s: s.canned.remove(MD5_OF_1, ANNA.id),
    "macros.save": lambda s: s.macros.save(
        Macro(MD5_OF_1, "Done", None, {"closes": True}), ANNA.id
    ),
    "macros.run": lambda s: s.macros.run(
        ChatId("chat-75"),
        {"assignment": {"team": "support"}},
        MacroMessage("Hello"),
        MD5_OF_1,
        ANNA,
    ),
    "macros.remove": lambda s: s.macros.remove(MD5_OF_1, ANNA.id),
    "views.all": lambda s: s.views.all(ANNA.id),
    "views.save": lambda s: s.views.save(View(MD5_OF_1, "VIPs", {"q": "#vip"}), ANNA.id),
    "views.remove": lambda s: s.views.remove(MD5_OF_1, ANNA.id),
    "edits.change": lambda s: s.edits.change(ChatId("chat-76"), 3, ANNA.id, "Edited.", None),
    "edits.changed": lambda s: s.edits.changed(C, 0, 4, 50),
    "snooze.snooze": lambda s: s.snooze.snooze(
        ChatId("chat-76"), now() + timedelta(hours=1), ANNA.id
    ),
    "priority.prioritize": lambda s: s.priority.prioritize(ChatId("chat-76"), "urgent", ANNA.id),
    "snooze.unsnooze": lambda s: s.snooze.unsnooze(ChatId("chat-76"), ANNA.id),
    "snooze.unsnooze ": lambda s: s.snooze.unsnooze(ChatId("chat-76")),
    "team.invite": lambda s: s.team.invite(
        Manager(ManagerId("ben"), "Ben"), "agent", [SiteId("default")], b"ben", ANNA.id
    ),
    "team.one": lambda s: s.team.one(ManagerId("ben")),
    "team.rights": lambda s: s.team.rights(ANNA.id),
    "team.change": lambda s: s.team.change(ManagerId("ben"), "admin", [], ANNA.id),
    "team.relink": lambda s: s.team.relink(ManagerId("ben"), b"ben-2", ANNA.id, ends=True),
    "team.remove": lambda s: s.team.remove(ManagerId("ben"), ANNA.id),
    "access.add_ticket": lambda s: s.access.add_ticket(b"ticket", C, None, now(), "10.0.0.9"),
    "access.remove_manager": lambda s: s.access.remove_manager("oidc"),
}
LISTS = [
    (filter_, words)
    for filter_ in get_args(Filter)
    for words in ((), ("word77",), ("person", "77"), ("more", "some"))
]

NARROWED = {
    "tagged chats": Narrow(tags=[[MD5_OF_1]]),
    "chats of a person": Narrow(people=[ANNA.id]),
    "chats of a team": Narrow(teams=["support"]),
    "chats of a small team": Narrow(teams=["nobody"]),
    "chats of a time": Narrow(
        after=datetime.now(UTC) - timedelta(days=9), before=datetime.now(UTC)
    ),
    "notes": Narrow(where="notes"),
}


def listed(
    store: Store, filter: Filter, words: Sequence[str], cursor: str | None
) -> Iterator[tuple[str, Coroutine[Any, Any, object]]]:
    page = partial(store.lists.chats, filter, words, cursor, 50, "anna")
    yield "chats", page()
    yield "chats of a site", page(of := (SiteId("default"),))
    if len(words) < 2:
        for what, narrow in NARROWED.items():
            yield what, page(of, narrow)


async def hits(store: Store, words: tuple[str, ...]) -> None:
    page = await store.lists.chats("all", words, None, 50, "anna")
    await store.lists.hits(page, words)


async def note_hits(store: Store, words: tuple[str, ...]) -> None:
    page = await store.lists.chats("all", words, None, 50, "anna")
    await store.lists.note_hits(page, words)


async def keep_html(store: Store) -> None:
    page = await store.chats.history(C, 0, None, 50)
    await store.chats.keep_html([replace(m, html="", renderer=1) for m in page.messages])


def now() -> datetime:
    return datetime.now(UTC)


async def filled(pool: database.Pool, chats: int) -> database.Pool:
    if not await pool.fetchval("select current_setting('server_version_num')::int >= 150000"):
        pytest.skip("pg_stat_force_next_flush came with Postgres 15")
    numbers = {"CHATS": chats, "MESSAGES": MESSAGES_A_CHAT, "SOCKETS": chats // 5}
    await pool.execute(Template(FILL).substitute(numbers), timeout=120)
    await pool.execute("vacuum analyze", timeout=120)
    return pool


@pytest.fixture
async def grown(session: database.Pool) -> database.Pool:
    return await filled(session, CHATS)


@pytest.fixture
async def small(session: database.Pool) -> database.Pool:
    return await filled(session, SMALL)


async def scans(pool: database.Pool) -> dict[str, int]:
    await pool.execute("select pg_stat_force_next_flush()")
    found = await pool.fetch(
        "select relname, seq_scan from pg_stat_user_tables where relname = any ($1)", list(GROWS)
    )
    return {row["relname"]: row["seq_scan"] for row in found}


async def scanned(pool: database.Pool, step: Awaitable[Any]) -> set[str]:
    """The tables that grow and were read whole by this step."""
    before = await scans(pool)
    await step
    after = await scans(pool)
    return {name for name, times in after.items() if times > before[name]}


def statements(store: Store) -> set[str]:
    """Every public method that speaks to the database, by its noun."""
    nouns = {"": store} | vars(store)
    return {
        f"{noun}.{name}".lstrip(".")
        for noun, one in nouns.items()
        if isinstance(one, database.Statements)
        for name, _ in inspect.getmembers(type(one), inspect.iscoroutinefunction)
        if not name.startswith("_")
    }


async def test_no_statement_reads_a_table_that_grows_whole(grown: database.Pool) -> None:
    store = Store(grown)
    assert {name.strip() for name in STEPS} == statements(store)
    whole: dict[str, set[str]] = {}
    for name, step in STEPS.items():
        tables = await scanned(grown, step(store))
        if tables - WHOLE.get(name, set()):
            whole[name] = tables
    for filter_, words in LISTS:
        for cursor in (None, (await store.lists.chats(filter_, (), None, 2, "anna"))[1]):
            for what, page in listed(store, filter_, words, cursor):
                if tables := await scanned(grown, page):
                    whole[f"{what} {filter_} {words} {bool(cursor)}"] = tables
    assert not whole


# What comes with every message and answer. Other steps read hundreds of chats on purpose.
OFTEN = ("answers.", "chats.", "connections.", "turns.")


async def entries(pool: database.Pool) -> dict[str, int]:
    """How many entries of each index were read so far."""
    await pool.execute("select pg_stat_force_next_flush()")
    found = await pool.fetch(
        "select indexrelname, idx_tup_read from pg_stat_user_indexes where relname = any ($1)",
        list(GROWS),
    )
    return {row["indexrelname"]: row["idx_tup_read"] for row in found}


async def test_no_turn_reads_a_small_table_whole_by_its_index(small: database.Pool) -> None:
    """A join with a JSON array does, where a subquery does not."""
    store = Store(small)
    many: dict[str, set[str]] = {}
    for name in filter(lambda name: name.startswith(OFTEN), STEPS):
        before = await entries(small)
        await STEPS[name](store)
        after = await entries(small)
        if read := {index for index, n in after.items() if n - before[index] > SMALL / 2}:
            many[name] = read
    assert not many
