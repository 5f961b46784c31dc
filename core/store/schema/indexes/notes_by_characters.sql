create index concurrently if not exists notes_by_characters
    on notes using gin (words_of(spaced(text)))
    with (gin_pending_list_limit = 64) where deleted_at is null and is_unspaced(text);
