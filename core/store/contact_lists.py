"""A page of the list of contacts: its statements."""

from core.model import Restriction

# $1 is the manager whose sites are seen, or null.
DETAILS = """
select contact_card(k.root_id) as card, (
    select json_agg(i order by i.kind, i.value) from contacts x join contact_identities i
    using (contact_id) where x.root_id = k.root_id) as identities, (
    select json_agg(s order by n.listed_at desc)
    from chats_of_contact(k.root_id, 50) n join summaries s using (chat_id)) as chats, (
    select json_agg(p order by p.at desc)
    from (select v.url, v.at from chats_of_contact(k.root_id, 5) n
          cross join lateral (select * from visited_pages w where w.chat_id = n.chat_id
                              order by w.at desc limit 20) v
          order by v.at desc limit 20) p) as pages
from contacts k where k.contact_id = $2 and k.site_id = any (sites_seen_by($1))
"""
EXPORTED = """
select contact_card(k.contact_id) as card from (
    select contact_id from contacts
    where merged_into is null and listed and ($1::uuid is null or contact_id > $1)
    order by contact_id limit $2) k
order by k.contact_id
"""


def everything(restriction: Restriction | None) -> str:
    """The next $4 contacts after the cursor ($2, $3). The rows have `card` and `at`."""
    return _whole(
        "select n.* from unnest(sites_seen_by($1)) s (site_id) cross join lateral ("
        " select k.contact_id, k.last_seen_at as at from contacts k"
        f" where k.site_id = s.site_id and {_shown(restriction)}"
        " order by k.last_seen_at desc, k.contact_id desc limit $4) n"
    )


def with_words(restriction: Restriction | None) -> str:
    """The same, but only contacts with all words $5, or with an identity that is $6."""
    return _whole(
        "select k.contact_id, k.last_seen_at as at"
        " from contacts_with(beginnings($5), $6, sites_seen_by($1)) f"
        " cross join lateral (select * from contacts x where x.contact_id = f.root_id offset 0) k"
        f" where {_shown(restriction)}"
    )


def _shown(restriction: Restriction | None) -> str:
    kept = f"k.restriction = '{restriction}'" if restriction else "true"
    return (
        f"k.merged_into is null and k.listed and {kept}"
        " and ($2::timestamptz is null or (k.last_seen_at, k.contact_id) < ($2, $3::uuid))"
    )


def _whole(page: str) -> str:
    return (
        "select contact_card(n.contact_id) as card, n.at from ("
        f"select * from ({page}) p order by at desc, contact_id desc limit $4) n"
        " order by n.at desc, n.contact_id desc"
    )
