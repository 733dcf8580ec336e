"""The addresses of a machine and of what is on it.

They are of the networks that RFC 2544 sets aside for tests, which no real host has.
"""

from typing import Final

# The two ends of the wire between host and machine.
HOST: Final = "198.18.0.254"
NODE: Final = "198.18.0.1"

PODS: Final = "198.18.1.0/24"
SERVICES: Final = "198.19.0.0/16"
DNS: Final = "198.19.0.10"
