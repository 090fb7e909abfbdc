"""What holds for every recogniser: each one's tests subclass `RecogniserContract`."""

import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageDraw

from recognition.images import ImageSource
from recognition.predictions import Kind, Outcome
from recognition.recognisers.base import PermanentError, TransientError


def as_source(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    content = file.getvalue()
    return ImageSource(open=lambda: io.BytesIO(content), width=image.width, height=image.height)


def make_picture(width=400, height=300):
    """A red ball on a meadow under the sky."""
    image = Image.new("RGB", (width, height), "skyblue")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 2 // 3, width, height), fill="green")
    draw.ellipse((width // 3, height // 3, width * 2 // 3, height * 5 // 6), fill="red")
    return image


class RecogniserContract:
    """Subclasses define the fixture `recogniser` and the method `make`."""

    def make(self, **options):
        raise NotImplementedError

    @pytest.fixture
    def outcome(self, recogniser):
        return recogniser.recognise(as_source(make_picture()))

    def test_says_something_of_a_picture(self, outcome):
        assert isinstance(outcome, Outcome)
        assert outcome.predictions
        assert outcome.model_version

    def test_keeps_confidences_between_0_and_100(self, outcome):
        found = [p.confidence for p in outcome.predictions]
        found += [i.confidence for p in outcome.predictions for i in p.instances]
        assert all(0 <= confidence <= 100 for confidence in found)

    def test_names_each_thing_once(self, outcome):
        names = [(p.kind, p.name) for p in outcome.predictions if p.kind is Kind.LABEL]
        assert len(names) == len(set(names))

    def test_keeps_boxes_on_the_picture(self, outcome):
        boxes = [i.box for p in outcome.predictions for i in p.instances]
        assert all(0 <= box.left <= box.right <= 1.00001 for box in boxes)
        assert all(0 <= box.top <= box.bottom <= 1.00001 for box in boxes)

    def test_says_the_same_twice(self, recogniser, outcome):
        assert recogniser.recognise(as_source(make_picture())) == outcome

    def test_says_what_json_can_hold(self, outcome):
        stored = [[p.attributes, p.categories, p.aliases] for p in outcome.predictions]
        assert json.loads(json.dumps([stored, outcome.raw]))

    def test_has_a_fingerprint_that_stays(self, recogniser):
        assert 0 < len(recogniser.fingerprint) <= 64
        assert recogniser.fingerprint == self.make().fingerprint

    def test_refuses_an_unknown_option(self):
        with pytest.raises(TypeError):
            self.make(no_such_option=1)

    @pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8\xff\xe0 broken"])
    def test_fails_for_good_on_bytes_that_are_no_image(self, recogniser, content):
        source = ImageSource(open=lambda: io.BytesIO(content), width=10, height=10)
        with pytest.raises(PermanentError):
            recogniser.recognise(source)

    @pytest.mark.parametrize("error", [OSError(5, "Input/output error"), MemoryError()])
    def test_asks_for_another_try_where_the_machine_fails(self, recogniser, error):
        def fail():
            raise error

        with pytest.raises(TransientError):
            recogniser.recognise(ImageSource(open=fail, width=10, height=10))

    @pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
    def test_reads_pictures_of_every_mode(self, recogniser, mode):
        outcome = recogniser.recognise(as_source(make_picture().convert(mode)))
        assert outcome.predictions

    @pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3)])
    def test_reads_pictures_of_odd_shapes(self, recogniser, size):
        assert recogniser.recognise(as_source(Image.new("RGB", size, "red"))).predictions

    def test_works_from_several_threads(self, recogniser):
        pictures = [make_picture(), Image.new("RGB", (200, 300), "navy")]
        alone = [recogniser.recognise(as_source(picture)) for picture in pictures]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(recogniser.recognise, map(as_source, pictures * 4)))
        assert together == alone * 4

    def test_warms_up_without_a_picture(self, recogniser):
        assert recogniser.warm_up() is None
