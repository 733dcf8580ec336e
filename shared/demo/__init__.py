"""The story of a certificate, played live on the sandbox or on a cluster of the user's own."""
