import pytest
from PIL import Image

from recognition.recognisers.base import PermanentError, TransientError
from recognition.recognisers.dummy import DummyRecogniser
from tests.recognition.recognisers.contract import RecogniserContract, as_source, make_picture


def labels(recogniser, image):
    outcome = recogniser.recognise(as_source(image))
    return {prediction.name: prediction.confidence for prediction in outcome.predictions}


class TestDummyRecogniser(RecogniserContract):
    def make(self, **options):
        return DummyRecogniser(**options)

    @pytest.fixture
    def recogniser(self):
        return DummyRecogniser()

    @pytest.mark.parametrize(
        "name",
        ["Red", "Orange", "Yellow", "Green", "Cyan", "Blue", "Purple", "Black", "White", "Gray"],
    )
    def test_names_the_colour_of_a_picture(self, recogniser, name):
        assert labels(recogniser, Image.new("RGB", (80, 80), name.lower()))[name] == 100

    def test_gives_each_colour_its_share_of_the_picture(self, recogniser):
        image = Image.new("RGB", (128, 128), "red")
        image.paste("blue", (0, 0, 128, 32))
        found = labels(recogniser, image)
        assert (found["Red"], found["Blue"]) == (75, 25)

    @pytest.mark.parametrize(
        ("size", "name"), [((90, 60), "Landscape"), ((60, 90), "Portrait"), ((60, 60), "Square")]
    )
    def test_says_which_way_round_a_picture_is(self, recogniser, size, name):
        found = labels(recogniser, Image.new("RGB", size))
        assert {"Landscape", "Portrait", "Square"} & set(found) == {name}

    def test_tells_bright_from_dark(self, recogniser):
        assert labels(recogniser, Image.new("RGB", (80, 80), "white"))["Bright"] == 100
        assert labels(recogniser, Image.new("RGB", (80, 80), "black"))["Dark"] == 100

    def test_reports_fixed_labels_where_it_is_given_some(self):
        recogniser = DummyRecogniser(labels=[("Volcano", 97.5), ("Mountain", 40)])
        assert labels(recogniser, make_picture()) == {"Volcano": 97.5, "Mountain": 40}

    def test_has_another_fingerprint_with_other_labels(self):
        fixed = DummyRecogniser(labels=[("Volcano", 97.5)])
        assert fixed.fingerprint != DummyRecogniser().fingerprint

    def test_keeps_its_fingerprint_when_only_slower_or_failing(self):
        assert (
            DummyRecogniser(delay=1, fail="transient").fingerprint == DummyRecogniser().fingerprint
        )

    @pytest.mark.parametrize(
        ("fail", "error"), [("transient", TransientError), ("permanent", PermanentError)]
    )
    def test_fails_as_it_is_told_to(self, fail, error):
        with pytest.raises(error):
            DummyRecogniser(fail=fail).recognise(as_source(make_picture()))

    def test_refuses_a_failure_it_does_not_know(self):
        with pytest.raises(ValueError, match="sometimes"):
            DummyRecogniser(fail="sometimes")
