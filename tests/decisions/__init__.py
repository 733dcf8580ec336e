"""Every decision that mirroring takes: enumerated, held to the specification, and printed."""
