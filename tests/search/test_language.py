"""What people type into the search box, read as words, phrases and conditions."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.kinds import Kind
from search.language import (
    LONGEST_TEXT,
    MOST_WORDS,
    Asked,
    Condition,
    Phrase,
    Typing,
    Word,
    parse,
    typing_at_end,
    unknown_fields,
    without,
)
from search.words import fold, has_phrase, query_words_of

TEXTS = (
    st.text()
    | st.text('"“ -:ag山京é1')
    | st.lists(
        st.sampled_from(
            [
                "tag:",
                "colour:",
                "taken:",
                "foo:",
                "-",
                '"',
                " ",
                "cat",
                "dog",
                "2024-5",
                "東京",
                "&",
            ]
        )
    ).map("".join)
)
"""Any text, and such as has much of what means something."""
GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "search.md"


class TestWords:
    def test_are_folded_and_there_once_each(self):
        assert parse("Mount  BROMO mount café").words == (
            Word("mount"),
            Word("bromo"),
            Word("cafe"),
        )

    def test_end_at_signs(self):
        assert parse("IMG_1234.jpg semi-detached") == Asked(
            words=tuple(map(Word, ("img", "1234", "jpg", "semi", "detached")))
        )

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("foo:bar", ("foo", "bar")),
            ("12:30", ("12", "30")),
            ("http://x.org", ("http", "x", "org")),
            ("xtag:dog", ("xtag", "dog")),
            ("tag: -", ("tag",)),
            ("tag: camera:", ("tag", "camera")),
            ("tag :dog", ("tag", "dog")),
            ("cat & dog - + bird", ("cat", "dog", "bird")),
        ],
    )
    def test_are_what_follows_no_rule(self, text, words):
        assert parse(text) == Asked(words=tuple(map(Word, words)))

    def test_are_signs_where_there_is_nothing_else(self):
        assert parse("[&] ?") == Asked(words=(Word("[&] ?"),))

    @pytest.mark.parametrize("text", ["", " ", '"', '""', '" "', "-", '-"', 'tag:""', 'tag:" "'])
    def test_are_none_while_nothing_has_been_said_yet(self, text):
        assert not parse(text)


class TestPhrases:
    def test_stand_in_quotes_of_any_form(self):
        expected = Asked(phrases=(Phrase("Golden Gate", ("golden", "gate")),))
        for text in ('"Golden Gate"', "“Golden Gate”", "„Golden Gate“", "«Golden Gate»"):
            assert parse(text) == expected
        assert parse('" Golden  Gate "') == expected

    def test_left_open_run_to_the_end(self):
        assert parse('bridge "golden gate') == Asked(
            words=(Word("bridge"),), phrases=(Phrase("golden gate", ("golden", "gate")),)
        )
        assert parse('12" record').phrases == (Phrase("record", ("record",)),)

    def test_may_be_a_single_word(self):
        assert parse('"cat"') == Asked(phrases=(Phrase("cat", ("cat",)),))

    def test_hold_no_conditions(self):
        assert parse('"tag:dog -cat"') == Asked(
            phrases=(Phrase("tag:dog -cat", ("tag", "dog", "cat")),)
        )

    def test_are_runs_of_scripts_without_spaces(self):
        assert parse("富士山Fuji 山") == Asked(
            words=(Word("fuji"), Word("山")), phrases=(Phrase("富士山", ("富士", "士山")),)
        )

    @given(TEXTS)
    def test_are_never_without_words(self, text):
        assert all(phrase.words for phrase in parse(text).phrases)

    @given(TEXTS)
    def test_have_words_that_a_text_must_have_to_hold_them(self, text):
        for phrase in parse(text).phrases:
            assert has_phrase(phrase.text, phrase.text)
            assert set(phrase.words) <= set(query_words_of(phrase.text))


class TestConditions:
    @pytest.mark.parametrize(
        ("text", "kind", "value"),
        [
            ("tag:dog", Kind.TAG, "dog"),
            ("TAG:Dog", Kind.TAG, "Dog"),
            ('tag:" hot  dog "', Kind.TAG, "hot dog"),
            ('tag:"hot dog', Kind.TAG, "hot dog"),
            ("tag:C++", Kind.TAG, "C++"),
            ("tag: dog", Kind.TAG, "dog"),
            ('tag: "hot dog"', Kind.TAG, "hot dog"),
            ("tag\uff1a犬", Kind.TAG, "犬"),
            ("keyword:dog", Kind.TAG, "dog"),
            ("color:red", Kind.COLOUR, "red"),
            ("colour:gray", Kind.COLOUR, "grey"),
            ("people:ada", Kind.PERSON, "ada"),
            ("album:press", Kind.COLLECTION, "press"),
            ("by:anna", Kind.UPLOADER, "anna"),
            ("type:JPEG", Kind.FORMAT, "jpg"),
            ("camera:leica", Kind.CAMERA, "leica"),
            ("faces:2", Kind.FACES, "2"),
            ("age:60+", Kind.AGE, "60+"),
            ("unsafe:yes", Kind.UNSAFE, "unsafe"),
            ("taken:2024", Kind.YEAR, "2024"),
            ("taken:202", Kind.YEAR, "202"),
            ("taken:2024-05", Kind.MONTH, "2024-05"),
            ("taken:2024-5", Kind.MONTH, "2024-05"),
            ("taken:2024/05", Kind.MONTH, "2024-05"),
            ("taken:2024-05-03", Kind.MONTH, "2024-05-03"),
            ("month:2024.5", Kind.MONTH, "2024-05"),
            ("year:2024-05", Kind.YEAR, "2024-05"),
            ("smile:yes", Kind.SMILE, "yes"),
        ],
    )
    def test_are_fields_with_values(self, text, kind, value):
        assert parse(text) == Asked(conditions=(Condition(kind, value),))

    @pytest.mark.parametrize("kind", Kind)
    def test_are_there_for_every_kind(self, kind):
        assert parse(f"{kind}:x").conditions == (Condition(kind, "x"),)

    def test_are_read_whatever_letters_fields_are_written_with(self):
        # Python's regular expressions take these for s, i and k where case is ignored.
        assert parse("tag\u017f:x per\u017fon:x \u212aeyword:y").conditions == (
            Condition(Kind.TAG, "x"),
            Condition(Kind.PERSON, "x"),
            Condition(Kind.TAG, "y"),
        )

    def test_take_no_part_that_stands_by_itself_for_their_value(self):
        assert parse("tag: -dog camera: tag:cat") == Asked(
            words=(Word("tag"), Word("dog", is_excluded=True), Word("camera")),
            conditions=(Condition(Kind.TAG, "cat"),),
        )

    def test_ask_for_what_is_safe_by_what_is_not(self):
        assert parse("unsafe:no") == parse("-unsafe:yes")
        assert parse("-unsafe:no") == parse("unsafe:yes")

    def test_stand_between_words(self):
        assert parse('a tag:b "c d" colour:e') == Asked(
            words=(Word("a"),),
            phrases=(Phrase("c d", ("c", "d")),),
            conditions=(Condition(Kind.TAG, "b"), Condition(Kind.COLOUR, "e")),
        )


class TestAMinus:
    def test_excludes_a_word_a_phrase_or_a_condition(self):
        assert parse('-cat -"hot dog" -tag:dog -colour:"dark red"') == Asked(
            words=(Word("cat", is_excluded=True),),
            phrases=(Phrase("hot dog", ("hot", "dog"), is_excluded=True),),
            conditions=(
                Condition(Kind.TAG, "dog", is_excluded=True),
                Condition(Kind.COLOUR, "dark red", is_excluded=True),
            ),
        )

    def test_excludes_a_word_with_signs_in_it_as_a_whole(self):
        assert parse("-mount_1.jpg") == Asked(
            phrases=(Phrase("mount_1.jpg", ("mount", "1", "jpg"), is_excluded=True),)
        )

    def test_before_a_script_without_spaces_excludes_the_run(self):
        assert parse("\u2013fog") == parse("\u2212fog") == parse("-fog")
        assert parse("-富士山 \uff0d山") == Asked(
            words=(Word("山", is_excluded=True),),
            phrases=(Phrase("富士山", ("富士", "士山"), is_excluded=True),),
        )

    def test_is_a_sign_where_no_word_follows(self):
        assert parse("cat - dog") == parse("cat dog")


class TestTyping:
    @pytest.mark.parametrize(
        ("text", "typing"),
        [
            ("gol", Typing(before="", beginning="gol")),
            ("dog  gol", Typing(before="dog", beginning="gol")),
            ("dog -gol", Typing(before="dog", beginning="gol", is_excluded=True)),
            ("dog camera:le", Typing(before="dog", beginning="le", kind=Kind.CAMERA)),
            ("dog camera:", Typing(before="dog", beginning="", kind=Kind.CAMERA)),
            ("-tag:do", Typing(before="", beginning="do", kind=Kind.TAG, is_excluded=True)),
            ('x tag:"hot d', Typing(before="x", beginning="hot d", kind=Kind.TAG)),
            ('x tag:"', Typing(before="x", beginning="", kind=Kind.TAG)),
            ('tag:cat "golden ga', Typing(before="tag:cat", beginning="golden ga")),
            ("taken:20", Typing(before="", beginning="20", kind=Kind.YEAR)),
            ("taken:2024-0", Typing(before="", beginning="2024-0", kind=Kind.MONTH)),
        ],
    )
    def test_is_of_what_comes_last(self, text, typing):
        assert typing_at_end(text) == typing

    @pytest.mark.parametrize("text", ["", " ", "-", '"', 'dog "', "dog -", "&"])
    def test_is_of_nothing_where_nothing_is_begun(self, text):
        assert typing_at_end(text) is None


class TestUnknownFields:
    def test_are_letters_before_a_colon_that_no_field_is_called(self):
        assert unknown_fields("title:gala -Rights:x tag:dog 12:30 http://x a:b title:b") == [
            "title",
            "Rights",
        ]

    def test_are_none_in_quotes(self):
        assert unknown_fields('"title:gala" tag:"x:yy"') == []


class TestRelevance:
    @pytest.mark.parametrize(
        ("text", "has_relevance"),
        [("cat", True), ('"cat"', True), ("", False), ("-cat", False), ("tag:cat", False)],
    )
    def test_needs_words_that_are_not_excluded(self, text, has_relevance):
        assert parse(text).has_relevance is has_relevance


class TestAnyText:
    @given(TEXTS)
    def test_can_be_read(self, text):
        asked = parse(text)
        assert bool(asked) == bool(asked.words or asked.phrases or asked.conditions)

    @given(TEXTS)
    def test_reads_the_same_with_blanks_around_it(self, text):
        assert parse(f" \t{text}\n ") == parse(text)

    @given(TEXTS)
    def test_of_words_alone_is_read_as_words_again(self, text):
        words = tuple(word for word in parse(text).words if not word.is_excluded)
        if query_words_of(text):
            assert parse(" ".join(word.text for word in words)).words == words

    @given(TEXTS)
    def test_has_parts_that_ask_for_the_same_by_themselves(self, text):
        asked = parse(text)
        for part in (*asked.phrases, *asked.conditions):
            again = parse(part.typed)
            found = (*again.phrases, *again.conditions)
            assert [fold(one.text) for one in found] == [fold(part.text)]
            assert [one.is_excluded for one in found] == [part.is_excluded]

    @given(TEXTS)
    def test_can_be_typed_further(self, text):
        typing = typing_at_end(text)
        assert typing is None or text[:LONGEST_TEXT].strip()

    @given(TEXTS)
    def test_lacks_the_conditions_that_are_taken_out(self, text):
        asked = parse(text)
        left = parse(without(text, asked.conditions)).conditions
        assert not set(left) & set(asked.conditions) or asked.unread

    def test_says_what_it_was_not_read_for(self):
        words = " ".join(f"w{n}" for n in range(MOST_WORDS))
        assert parse(words).unread == ()
        unread = parse(f"{words} -late w1 camera:x").unread
        assert unread == (Word("late", is_excluded=True), Condition(Kind.CAMERA, "x"))

    def test_is_read_up_to_a_limit(self):
        assert len(parse(" ".join(f"w{n}" for n in range(99))).words) == MOST_WORDS
        assert len(parse(" ".join(f"tag:w{n}" for n in range(99))).conditions) == MOST_WORDS
        (phrase,) = parse("".join(map(chr, range(0x4E00, 0x4E00 + 500)))).phrases
        assert len(phrase.text) == LONGEST_TEXT
        assert len(phrase.words) == MOST_WORDS


class TestTheGuide:
    @pytest.fixture
    def rows(self):
        """Its table of fields: what stands in code, by column."""
        section = GUIDE.read_text().split("## Conditions\n")[1].split("\n## ")[0]
        lines = [line for line in section.splitlines() if line.startswith("| `")]
        return [[re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:4]] for line in lines]

    def test_has_conditions_that_are_read_as_such(self, rows):
        examples = [example for _fields, _synonyms, examples in rows for example in examples]
        assert examples
        for example in examples:
            (condition,) = parse(example).conditions
            assert parse(example) == Asked(conditions=(condition,))

    def test_has_fields_for_every_kind_and_no_others(self, rows):
        fields = [field for fields, synonyms, _examples in rows for field in (*fields, *synonyms)]
        conditions = [parse(f"{field}:x").conditions for field in fields]
        assert all(conditions)
        assert {condition.kind for (condition,) in conditions} == set(Kind)
