"""What the service says of a picture follows from its pixels, as they are upright."""

import pytest
from PIL import Image

from tests.images import exif_with, image_bytes, oriented, xmp_packet
from tests.rekognition.blobs import find_blobs
from tests.rekognition.boxes import Box
from tests.rekognition.colours import dominant_colours, simplified
from tests.rekognition.examples import HERE, THERE, image_of, near
from tests.rekognition.palette import Thing, painted, places
from tests.rekognition.pictures import decoded

TIFF = "http://ns.adobe.com/tiff/1.0/"


def labels(answer):
    return {label["Name"]: label for label in answer["Labels"]}


class TestABlob:
    @pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
    @pytest.mark.parametrize("thing", Thing)
    def test_is_found_where_it_is(self, thing, file_format):
        content = image_bytes(painted((thing, HERE), size=(1600, 900)), file_format)
        [box] = find_blobs(decoded(content).pixels, thing)
        assert box.as_answer() == near(HERE)

    @pytest.mark.parametrize(
        ("parts", "whole"),
        [
            (
                [Box(0.1, 0.1, 0.1, 0.8), Box(0.4, 0.1, 0.1, 0.8), Box(0.1, 0.8, 0.4, 0.1)],
                Box(0.1, 0.1, 0.4, 0.8),
            ),
            (
                [Box(0.1, 0.1, 0.3, 0.2), Box(0.45, 0.1, 0.05, 0.2),
                 Box(0.1, 0.3, 0.05, 0.4), Box(0.35, 0.3, 0.15, 0.4)],
                Box(0.1, 0.1, 0.4, 0.6),
            ),
        ],
        ids=["a cup", "two legs, one under two roofs"],
    )  # fmt: skip
    def test_is_one_whatever_its_shape(self, parts, whole):
        image = painted(*places(Thing.FACE, [*parts, THERE]))
        boxes = find_blobs(decoded(image_bytes(image)).pixels, Thing.FACE)
        assert [box.as_answer() for box in boxes] == [near(whole), near(THERE)]

    def test_is_no_speck_and_no_other_colour(self):
        image = painted((Thing.FACE, Box(0.1, 0.1, 0.02, 0.02)), (Thing.CRATE, HERE))
        assert find_blobs(decoded(image_bytes(image)).pixels, Thing.FACE) == []


class TestDetectLabels:
    def test_finds_the_largest_red_patch(self, client):
        answer = client.detect_labels(Image=image_of(*places(Thing.RED_PATCH, [THERE, HERE])))
        found = labels(answer)
        [instance] = found["Red Patch"]["Instances"]
        assert instance["BoundingBox"] == near(HERE)
        assert found["Red Patch"]["Parents"] == [{"Name": "Patch"}]
        assert found["Patch"]["Confidence"] == found["Red Patch"]["Confidence"]

    def test_finds_a_person_by_each_face(self, client):
        image = image_of((Thing.FACE, THERE), (Thing.CELEBRITY, HERE))
        instances = labels(client.detect_labels(Image=image))["Person"]["Instances"]
        assert [i["BoundingBox"] for i in instances] == [near(HERE), near(THERE)]

    def test_says_no_more_of_an_empty_picture_than_what_has_no_place(self, client):
        found = labels(client.detect_labels(Image=image_of()))
        assert {"Person", "Red Patch", "Patch"}.isdisjoint(found)
        assert found["Volcano"]["Parents"] == [
            {"Name": "Mountain"}, {"Name": "Nature"}, {"Name": "Outdoors"},
        ]  # fmt: skip
        assert found["Mountain"]["Aliases"] == [{"Name": "Peak"}]
        assert found["Fog"]["Categories"] == [{"Name": "Nature and Outdoors"}]
        assert not any(label["Instances"] for label in found.values())

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_turns_a_jpeg_upright_first(self, client, orientation):
        image = {"Bytes": oriented(orientation, "JPEG", size=(320, 160))}
        answer = client.detect_labels(Image=image)
        [instance] = labels(answer)["Red Patch"]["Instances"]
        assert instance["BoundingBox"] == near(Box(0, 0, 0.5, 0.5))
        assert "OrientationCorrection" not in answer

    @pytest.mark.parametrize(
        ("orientation", "box"),
        [(1, Box(0, 0, 0.5, 0.5)), (3, Box(0.5, 0.5, 0.5, 0.5)), (6, Box(0, 0.5, 0.5, 0.5))],
    )
    def test_ignores_exif_in_a_png(self, client, orientation, box):
        image = {"Bytes": oriented(orientation, "PNG", size=(320, 160))}
        [instance] = labels(client.detect_labels(Image=image))["Red Patch"]["Instances"]
        assert instance["BoundingBox"] == near(box)

    @pytest.mark.parametrize(
        "options",
        [
            {"xmp": xmp_packet(attributes=f'xmlns:tiff="{TIFF}" tiff:Orientation="3"')},
            {"exif": b"Exif\0\0broken"},
            {"exif": exif_with({0x0112: 9})},
        ],
        ids=["XMP", "broken EXIF", "unknown orientation"],
    )
    def test_takes_the_orientation_from_sound_exif_alone(self, client, options):
        image = {"Bytes": image_bytes(painted((Thing.RED_PATCH, HERE)), "JPEG", **options)}
        [instance] = labels(client.detect_labels(Image=image))["Red Patch"]["Instances"]
        assert instance["BoundingBox"] == near(HERE)


class TestImageProperties:
    def test_are_computed_from_the_pixels(self, client):
        image = image_of((Thing.RED_PATCH, Box(0, 0, 1, 0.25)), background=(107, 142, 35))
        answer = client.detect_labels(Image=image, Features=["IMAGE_PROPERTIES"])
        properties = answer["ImageProperties"]
        green, red = properties["DominantColors"]
        assert green == {
            "Red": 107, "Green": 142, "Blue": 35, "HexCode": "#6b8e23", "CSSColor": "olivedrab",
            "SimplifiedColor": "green", "PixelPercent": pytest.approx(75, abs=1),
        }  # fmt: skip
        assert (red["CSSColor"], red["PixelPercent"]) == ("red", pytest.approx(25, abs=1))
        assert [c["CSSColor"] for c in properties["Foreground"]["DominantColors"]] == ["red"]
        assert [c["CSSColor"] for c in properties["Background"]["DominantColors"]] == ["olivedrab"]
        assert properties["Quality"].keys() == {"Brightness", "Sharpness", "Contrast"}

    def test_tell_light_from_dark_and_flat_from_rich(self, client):
        def quality(image):
            image = {"Bytes": image_bytes(image)}
            answer = client.detect_labels(Image=image, Features=["IMAGE_PROPERTIES"])
            return answer["ImageProperties"]["Quality"]

        white, black = (quality(Image.new("RGB", (90, 90), name)) for name in ("white", "black"))
        halves = Image.new("RGB", (90, 90), "white")
        halves.paste("black", (0, 0, 45, 90))
        assert white == {"Brightness": pytest.approx(100), "Sharpness": 0, "Contrast": 0}
        assert black == {"Brightness": 0, "Sharpness": 0, "Contrast": 0}
        assert quality(halves) == pytest.approx(
            {"Brightness": 50, "Sharpness": 100, "Contrast": 100}
        )

    @pytest.mark.parametrize(
        ("colour", "name"),
        [
            ((0, 0, 0), "black"), ((255, 255, 255), "white"), ((128, 128, 128), "grey"),
            ((220, 20, 30), "red"), ((255, 140, 0), "orange"), ((120, 72, 20), "brown"),
            ((250, 230, 40), "yellow"), ((30, 160, 40), "green"), ((0, 220, 220), "cyan"),
            ((30, 40, 200), "blue"), ((130, 30, 200), "purple"), ((255, 100, 180), "pink"),
        ],
    )  # fmt: skip
    def test_have_twelve_plain_words_for_colours(self, colour, name):
        assert simplified(colour) == name

    def test_name_the_most_frequent_colours_first(self):
        pixels = decoded(image_bytes(painted((Thing.CRATE, HERE)))).pixels.reshape(-1, 3)
        percents = [colour["PixelPercent"] for colour in dominant_colours(pixels)]
        assert percents == sorted(percents, reverse=True)
        assert sum(percents) == pytest.approx(100)
