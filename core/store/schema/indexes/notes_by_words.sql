create index concurrently if not exists notes_by_words on notes using gin (words_of(text))
    with (gin_pending_list_limit = 64) where deleted_at is null;
