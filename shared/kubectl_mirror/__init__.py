"""`kubectl mirror`: asks a cluster what is mirrored, why, and what would be; it writes nothing."""

from typing import Final

# Of the command, and of the kn-mirror that it was made with.
VERSION: Final = "0.1.0"
