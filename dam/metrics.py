"""What is counted about uploads, for Prometheus."""

from prometheus_client import Counter

uploads = Counter("bromo_uploads", "Files that were sent in, by what became of them.", ["outcome"])
sandbox_kills = Counter(
    "bromo_sandbox_kills", "Processes that failed to decode a file, by reason.", ["reason"]
)
