# One image for web, worker, beat and setup; docker-compose.yml says which command each runs.

FROM python:3.11-slim AS build
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/base.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home bromo \
 && install --directory --mode=700 --owner=bromo --group=bromo /data
COPY --from=build /opt/venv /opt/venv
COPY . /opt/bromo
WORKDIR /opt/bromo
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    BROMO_DATA_DIR=/data \
    BROMO_STATIC_DIR=/opt/static
# Static files come with the image, so that a volume over /data cannot hold old ones.
RUN BROMO_DATA_DIR=/tmp/build BROMO_SECRET_KEY=only-for-this-step \
    python manage.py collectstatic --no-input \
 && chmod --recursive a+rX /opt/static \
 && rm -r /tmp/build
USER bromo
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "--config", "python:config.gunicorn", "--bind", "0.0.0.0:8000"]
