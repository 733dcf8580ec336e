# The one image that every function runs in; its argument names the function: functions.on_resync:app
#
#     docker build .
#
# Where these two cannot be pulled, any image with Python ≥ 3.11 does for the one, and any with uv
# at /uv for the other. `make pins` writes what their tags name by now, by digest.

# Debian's Python and what that needs: no shell, no pip, no package manager.
# gcr.io/distroless/python3-debian13:nonroot
ARG BASE=gcr.io/distroless/python3-debian13:nonroot
# The version in uv.lock.
# ghcr.io/astral-sh/uv:0.13.9
ARG UV=ghcr.io/astral-sh/uv:0.13.9

FROM ${UV} AS uv

FROM ${BASE} AS python
USER 0
WORKDIR /app
# Images of Python come without bytecode of its standard library, and where these run nothing can
# write it: every start would compile it anew.
RUN --mount=type=bind,source=image,target=/image ["python3", "/image/bytecode.py"]

# Installs with the Python that will run it. That image has no shell, so no command here uses one.
FROM python AS installer
COPY --from=uv /uv /uv
COPY pyproject.toml uv.lock /lock/
ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=true PYC_INVALIDATION_MODE=UNCHECKED_HASH

FROM installer AS packages
RUN ["/uv", "venv", "--quiet", "--python", "python3", "/app/.venv"]
RUN ["/uv", "export", "--quiet", "--project", "/lock", "--frozen", "--no-dev", "--no-header", "--no-annotate", "--output-file", "/lock/packages.txt"]
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    ["/uv", "pip", "sync", "--quiet", "--require-hashes", "--no-build", "--compile-bytecode", "/lock/packages.txt"]
RUN --mount=type=bind,source=image,target=/image ["/app/.venv/bin/python", "/image/omissions.py"]

FROM installer AS inventory
RUN ["/uv", "venv", "--quiet", "--python", "python3", "/inventory"]
RUN ["/uv", "export", "--quiet", "--project", "/lock", "--frozen", "--only-group", "sbom", "--no-header", "--no-annotate", "--output-file", "/lock/sbom.txt"]
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    ["/uv", "pip", "sync", "--quiet", "--require-hashes", "--no-build", "--python", "/inventory", "/lock/sbom.txt"]
COPY --from=packages /app/.venv /app/.venv
RUN ["/inventory/bin/cyclonedx-py", "environment", "--pyproject", "/lock/pyproject.toml", "--output-reproducible", "--output-file", "/kn-mirror.cdx.json", "/app/.venv"]

# What `--target sbom --output …` writes.
FROM scratch AS sbom
COPY --from=inventory /kn-mirror.cdx.json /

FROM python AS project
COPY gunicorn.conf.py ./
COPY functions functions
COPY shared/mirroring shared/mirroring
RUN --mount=type=bind,source=image,target=/image ["python3", "/image/permissions.py", "/app"]
RUN --mount=type=bind,source=image,target=/image ["python3", "/image/bytecode.py", "/app"]

FROM python
COPY --from=packages /app/.venv .venv
COPY --from=project /app ./
COPY --from=inventory /kn-mirror.cdx.json ./
ENV PORT=8080
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/app/.venv/bin/gunicorn"]

ARG BASE
ARG VERSION=0.1.0
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="kn-mirror" \
      org.opencontainers.image.description="Mirrors Secrets and ConfigMaps across namespaces, as stateless functions on Knative" \
      org.opencontainers.image.source="https://github.com/kn-mirror/kn-mirror" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="${BASE}"
