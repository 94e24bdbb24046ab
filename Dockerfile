# syntax=docker/dockerfile:1
# Two images of one source:
#   docker build --target api     --tag recommender-api:0.1.0 .
#   docker build --target trainer --tag recommender-trainer:0.1.0 .
# A build that must be the same tomorrow names the base by digest:
#   --build-arg PYTHON=python:3.11-slim-bookworm@sha256:…
ARG PYTHON=python:3.11-slim-bookworm
ARG AIRFLOW=apache/airflow:3.3.2-python3.11


# An environment without pip, at the path that it keeps.
FROM ${PYTHON} AS build-api
ARG API_EXTRAS=api,kubernetes,airflow,otel
ENV PIP_CONSTRAINT=/source/constraints.txt \
    PIP_BUILD_CONSTRAINT=/source/constraints.txt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
RUN python -m venv --without-pip /opt/recommender
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/recommender/bin/python install --constraint constraints.txt ".[${API_EXTRAS}]"


FROM build-api AS build-trainer
ARG TRAINER_EXTRAS=trainer,mlflow
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/recommender/bin/python install --constraint constraints.txt ".[${TRAINER_EXTRAS}]"


# Nobody, two folders that may be mounted over, and nothing else that could be written.
FROM ${PYTHON} AS runtime
RUN groupadd --gid 10001 recommender \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin recommender \
    && install --directory --owner 10001 --group 10001 /var/lib/recommender /var/cache/recommender
ENV PATH=/opt/recommender/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    RECOMMENDER_STORE_URL=file:///var/lib/recommender \
    RECOMMENDER_CACHE_DIR=/var/cache/recommender/models \
    RECOMMENDER_LOG_FORMAT=json
WORKDIR /tmp
ENTRYPOINT ["recommender"]


# Trains, imports, exports, tends the store; serves too, where one machine does everything.
FROM runtime AS trainer
# implicit links the system's OpenMP. Its version is the base's: a pin would break with each update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build-trainer /opt/recommender /opt/recommender
USER 10001:10001
# A job says by its exit code how it went.
HEALTHCHECK NONE
CMD ["--help"]


# For compose.yaml: Airflow, and beside it, in an environment of its own, what its DAGs call.
FROM ${AIRFLOW} AS airflow
USER 0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build-trainer /opt/recommender /opt/recommender
# The environment was made by another Python of the same version: from here on it is this one's.
RUN rm /opt/recommender/bin/python* \
    && python -m venv --without-pip --upgrade /opt/recommender
USER 50000:0
ENV PYTHONPATH=/opt/airflow/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=false \
    RECOMMENDER_DAGS_PROGRAM=/opt/recommender/bin/recommender \
    RECOMMENDER_CACHE_DIR=/tmp/cache
HEALTHCHECK NONE
CMD ["standalone"]


# Serves. The last stage: what a build makes that names none.
FROM runtime AS api
COPY --from=build-api /opt/recommender /opt/recommender
USER 10001:10001
# 8000 is for everybody, 9100 (health and metrics) for nobody outside.
EXPOSE 8000 9100
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=9 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9100/livez', timeout=4)"]
CMD ["serve", "--host", "0.0.0.0"]
