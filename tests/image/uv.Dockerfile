# The virtual environment's uv where the image of uv has its own.
FROM scratch
COPY uv /uv
