"""The sentences that the system itself writes to visitors, in English and German."""

ENGLISH = "en"

FAILED = {
    "en": "Sorry, I cannot answer just now. Someone from the team will get back to you here.",
    "de": "Entschuldigung, ich kann gerade nicht antworten. "
    "Jemand aus dem Team meldet sich hier bei Ihnen.",
}
PERSON_ASKED = {
    "en": "I have asked someone from the team to join. They will reply to you here.",
    "de": "Ich habe jemanden aus dem Team dazugebeten. Sie bekommen hier eine Antwort.",
}
BUDGET_SPENT = {
    "en": "I have said all I can for now. Someone from the team will carry on with you here.",
    "de": "Mehr kann ich im Moment nicht beantworten. "
    "Jemand aus dem Team macht hier mit Ihnen weiter.",
}

BLOCKED = {
    "en": "You cannot write here any more. The team has ended this conversation.",
    "de": "Sie können hier nicht mehr schreiben. Das Team hat dieses Gespräch beendet.",
}


def failed(locale: str | None) -> str:
    """The assistant failed for good."""
    return _in(FAILED, locale)


def person_asked(locale: str | None) -> str:
    """The assistant asked for a person and said nothing itself."""
    return _in(PERSON_ASKED, locale)


def budget_spent(locale: str | None) -> str:
    """The assistant has answered as much as it may."""
    return _in(BUDGET_SPENT, locale)


def blocked(locale: str | None) -> str:
    """The team has blocked this contact."""
    return _in(BLOCKED, locale)


def _in(sentences: dict[str, str], locale: str | None) -> str:
    """The sentence in the locale's language: `de`, `de-AT` and `de_CH` are all German."""
    language = (locale or "").strip().lower().replace("_", "-").partition("-")[0]
    return sentences.get(language, sentences[ENGLISH])
