"""Images built and taken apart by buildah, and containers that runc runs, without a registry."""
