-- Assistants that the team makes in the browser, and which one answers a chat. Each save is a new
-- version, and no version ever changes.

-- An assistant with its current version: `{id, site_id, version, name, instructions, options, …}`.
create or replace function assistant_now(a assistants) returns jsonb language plpgsql stable as $$
begin
    return (select to_jsonb(v) || jsonb_build_object(
                   'site_id', a.site_id, 'archived_at', a.archived_at, 'made_at', a.created_at,
                   'manager_name', (select m.name from managers m where m.manager_id = v.manager_id),
                   'sites', (select jsonb_agg(s.site_id order by s.site_id) from sites s
                             where s.assistant_id = a.assistant_id and s.archived_at is null))
        from assistant_versions v
        where v.assistant_id = a.assistant_id and v.version = a.version);
end $$;

-- Make an assistant. `p_content`: `{name, instructions, options}`. A repeat gives the stored one;
-- null: there is no such site.
create or replace function make_assistant(
    p_assistant text, p_site text, p_content jsonb, p_manager text
) returns jsonb language plpgsql as $$
declare
    a assistants;
begin
    if p_site is not null and not exists (select from sites s where s.site_id = p_site) then
        return null;
    end if;
    insert into assistants (assistant_id, site_id) values (p_assistant, p_site)
    on conflict do nothing returning * into a;
    if not found then
        select * into a from assistants where assistant_id = p_assistant;
        return assistant_now(a);
    end if;
    insert into assistant_versions (assistant_id, version, name, instructions, options, manager_id)
    values (p_assistant, 1, p_content->>'name', p_content->>'instructions',
            jsonb_strip_nulls(p_content->'options'), p_manager);
    perform record_event(
        'assistant.made', p_actor_kind => 'manager', p_actor => p_manager,
        p_data => jsonb_build_object('assistant_id', p_assistant), p_site => p_site);
    return assistant_now(a);
end $$;

-- Save a new version, if nobody else has saved one since `p_rev`: with these fields changed, or with
-- the content of the version `p_restored`. `p_changes`: `{name, instructions, options, archived}`,
-- each may be missing; of `options`, those that are null are dropped. A repeat changes nothing.
-- `outcome`: `done`, `unknown`, `newer`, or `used`: a site has chosen what should be archived.
create or replace function save_assistant(
    p_assistant text, p_rev int, p_changes jsonb, p_restored int, p_manager text,
    out outcome text, out assistant jsonb
) language plpgsql as $$
declare
    a assistants;
    v assistant_versions;
    n assistant_versions;
    v_archived boolean := (p_changes->>'archived')::boolean;
begin
    select * into a from assistants where assistant_id = p_assistant for no key update;
    select * into v from assistant_versions x
    where x.assistant_id = p_assistant and x.version = a.version;
    select * into n from assistant_versions x
    where x.assistant_id = p_assistant and x.version = coalesce(p_restored, a.version);
    outcome := case
        when n.version is null then 'unknown'
        when v_archived and a.archived_at is null and exists (
            select from sites s where s.assistant_id = p_assistant and s.archived_at is null)
        then 'used'
        else 'done' end;
    if outcome <> 'done' then
        return;
    end if;
    n.name := coalesce(p_changes->>'name', n.name);
    n.instructions := coalesce(p_changes->>'instructions', n.instructions);
    n.options := jsonb_strip_nulls(n.options || coalesce(p_changes->'options', '{}'));
    if (n.name, n.instructions, n.options) is distinct from (v.name, v.instructions, v.options) then
        if p_rev <> a.version then
            outcome := 'newer';
            return;
        end if;
        a.version := a.version + 1;
        insert into assistant_versions (
            assistant_id, version, name, instructions, options, restored_from, manager_id)
        values (p_assistant, a.version, n.name, n.instructions, n.options, p_restored, p_manager);
        perform record_event(
            case when p_restored is null then 'assistant.changed' else 'assistant.restored' end,
            p_actor_kind => 'manager', p_actor => p_manager,
            p_data => jsonb_build_object('assistant_id', p_assistant, 'version', a.version),
            p_site => a.site_id);
    end if;
    if v_archived <> (a.archived_at is not null) then
        a.archived_at := case when v_archived then clock_timestamp() end;
        perform record_event(
            case when v_archived then 'assistant.archived' else 'assistant.unarchived' end,
            p_actor_kind => 'manager', p_actor => p_manager,
            p_data => jsonb_build_object('assistant_id', p_assistant), p_site => a.site_id);
    end if;
    update assistants set version = a.version, archived_at = a.archived_at
    where assistant_id = p_assistant;
    assistant := assistant_now(a);
end $$;

-- Which assistant answers on this site, and what its call may cost: `{assistant, version, lines,
-- instructions, history, output, share}`. `p_call` is the same of the environment's assistant. Beside
-- that it has `files` (the same of each file, by its name), `rules` (what each assistant reads beside
-- its instructions), `most` (its output without a limit) and `known`: versions of which the caller
-- has the content. `missing`: what the site has chosen is not there. The release before gives only
-- what a call may cost.
create or replace function assistant_for(p_site text, p_call json) returns json
language plpgsql stable as $$
declare
    v_chosen text := (select s.assistant_id from sites s where s.site_id = p_site);
    v_name text;
    v assistant_versions;
begin
    if v_chosen is null or p_call->'files' is null then
        return p_call;
    end if;
    select x.* into v
    from assistants a join assistant_versions x using (assistant_id, version)
    where a.assistant_id = v_chosen and a.archived_at is null
      and (a.site_id is null or a.site_id = p_site);
    if not found then
        return coalesce(p_call->'files'->v_chosen,
                        (p_call::jsonb || jsonb_build_object('missing', v_chosen))::json);
    end if;
    v_name := v.assistant_id || '@' || v.version;
    return json_build_object(
        'assistant', v.assistant_id, 'version', v.version::text,
        'instructions', (p_call->>'rules')::bigint + octet_length(v.instructions) / 3,
        'history', v.options->'history_tokens',
        'output', coalesce(v.options->'max_output_tokens', (p_call->'most')::jsonb),
        'lines', v.options->'history_messages', 'share', p_call->'share',
        'content', case when not ((p_call->'known')::jsonb ? v_name) then json_build_object(
            'name', v.name, 'instructions', v.instructions, 'options', v.options) end);
end $$;
