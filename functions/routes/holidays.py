"""Public holidays of a country, from the calendars of the package `holidays`."""

from datetime import UTC, datetime

import holidays

from core.errors import Invalid
from functions.routes.site_schemas import Holidays, SpecialDay

NO_COUNTRY = "Please correct `country`: no holidays are known for this country."
NO_REGION = "Please correct `region`: this country has no such region."


def proposed(country: str, region: str | None) -> Holidays:
    """The holidays of this year and the next. Raises `Invalid`."""
    regions = holidays.list_supported_countries().get(country)
    if regions is None:
        raise Invalid(NO_COUNTRY)
    if region is not None and region not in regions:
        raise Invalid(NO_REGION)
    year = datetime.now(UTC).year
    found = holidays.country_holidays(country, subdiv=region, years=[year, year + 1])
    days = {day.isoformat(): SpecialDay(name=name[:200]) for day, name in sorted(found.items())}
    return Holidays(days=days, regions=sorted(regions))
