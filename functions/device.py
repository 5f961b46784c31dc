"""What a browser says of itself, in a few words: `Firefox on Windows`."""

# The first that is found counts: most browsers name others as well.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str | None) -> str | None:
    """The browser and its system, as far as they are known."""
    named = [
        next((name for mark, name in names if mark in (user_agent or "")), None)
        for names in (BROWSERS, SYSTEMS)
    ]
    return " on ".join(name for name in named if name) or None
