# The local server. docker-compose.yml adds a database and a queue.
ARG PYTHON=docker.io/library/python:3.13-slim-bookworm

FROM ${PYTHON} AS packages
COPY requirements.txt /tmp/
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt

FROM ${PYTHON}
RUN useradd --system --uid 10001 --home-dir /data --create-home switchboard
COPY --from=packages /venv /venv
WORKDIR /app
COPY core core
COPY functions functions
COPY local local
COPY infra/template.yaml infra/template.yaml
COPY main.py ./
# Later nothing can be written here, and a start without these takes seconds longer.
RUN python -m compileall -q core functions local main.py
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
USER switchboard
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/readyz\", timeout=4)"]
# Each container is a node. The other nodes reach it by its host name.
CMD ["sh", "-c", "export CALLBACK_URL=\"${CALLBACK_URL:-http://$(hostname):$PORT}\"; exec python -m local"]
