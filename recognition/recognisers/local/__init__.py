"""Recognition on this machine, with models fetched by `manage.py fetch_models`."""

from recognition.recognisers.local.recogniser import LocalRecogniser

__all__ = ["LocalRecogniser"]
