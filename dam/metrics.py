"""What is counted about uploads, for Prometheus."""

from prometheus_client import Counter

uploads = Counter("bromo_uploads", "Files that were sent in, by what became of them.", ["outcome"])
sandbox_kills = Counter(
    "bromo_sandbox_kills", "Processes that failed to decode a file, by reason.", ["reason"]
)

# Shown as 0 from the start, or Prometheus would not notice the first of each.
for outcome in ("created", "duplicate", "in_trash", "rejected", "failed"):
    uploads.labels(outcome=outcome)
for reason in ("cpu", "memory", "crash", "machine"):
    sandbox_kills.labels(reason=reason)
