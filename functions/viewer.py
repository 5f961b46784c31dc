"""The visitor's address behind CloudFront, whose own addresses API Gateway sees.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
"""

import hmac
from collections.abc import Callable

from core.auth.addresses import counted

# CloudFront adds both to what it asks. Anyone may send the first to API Gateway itself.
VIEWER_ADDRESS, ORIGIN_SECRET = "cloudfront-viewer-address", "x-origin-secret"


def address(
    secret: str | None, header: Callable[[str], str | None], source: str | None
) -> str | None:
    """The address that limits count: the viewer's where `secret` is shown, else `source`."""
    viewer = header(VIEWER_ADDRESS) if secret else None
    if not secret or viewer is None:
        return counted(source)
    shown = (header(ORIGIN_SECRET) or "").encode()
    if not hmac.compare_digest(shown, secret.encode()):
        return counted(source)
    # It always ends with a port. IPv6 comes without brackets.
    return counted(viewer.rpartition(":")[0])
