"""The fields of the form: what they begin with, their limits while one types, and what is said of an address."""

import re

import pytest
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import expect

PUBLIC = "https://comfy.example.com"


class TestWhatTheFormBeginsWith:
    def test_name_and_endpoint_are_filled_in_and_nothing_else(self, shared_stage: Stage, open_form: Panel) -> None:
        expect(open_form.field("Name")).to_have_value(re.compile(r"\S"))
        expect(open_form.field("Endpoint")).to_have_value(shared_stage.address)
        expect(open_form.suggested_tags).not_to_have_count(0)
        expect(open_form.tags).to_have_count(0)
        expect(open_form.header_rows).to_have_count(0)
        expect(open_form.tags_field).to_contain_text(
            "Without tags, this runner accepts every workflow in your account."
        )

    def test_a_suggested_tag_is_added_by_hand_and_offered_again_when_removed(
        self, shared_stage: Stage, open_form: Panel
    ) -> None:
        expect(open_form.suggested_tags).not_to_have_count(0)
        before = open_form.suggested_tags.count()
        tag = open_form.suggested_tags.last.inner_text().removeprefix("+ ")
        open_form.suggested_tags.last.click()
        expect(open_form.tags).to_have_text([tag])
        expect(open_form.suggested_tags).to_have_count(before - 1)
        expect(open_form.tags_field).not_to_contain_text("accepts every workflow")
        open_form.button(f"Remove the tag {tag}").click()
        expect(open_form.tags).to_have_count(0)
        expect(open_form.suggested_tags).to_have_count(before)

    def test_what_was_typed_outlives_a_change_in_another_tab(self, shared_stage: Stage, open_form: Panel) -> None:
        open_form.field("Name").fill("Typed here")
        open_form.field("Endpoint").fill(PUBLIC)
        open_form.tag_input.fill("half a tag")
        open_form.add_header("X-Typed", "here")
        open_form.look_again()
        expect(open_form.field("Name")).to_have_value("Typed here")
        expect(open_form.field("Endpoint")).to_have_value(PUBLIC)
        expect(open_form.tag_input).to_have_value("half a tag")
        expect(open_form.header_rows.get_by_label("Header value")).to_have_value("here")
        expect(open_form.header_rows.get_by_label("Header value")).to_be_focused()


class TestLimits:
    @pytest.mark.parametrize(
        ("label", "typed", "sentence"),
        [
            ("Name", "", "Enter a name of 1 to 100 characters."),
            ("Name", "   ", "Enter a name of 1 to 100 characters."),
            ("Name", "x" * 101, "The name is longer than 100 characters."),
            ("Endpoint", "", "Enter the address where others reach this ComfyUI."),
            ("Endpoint", "comfy.example.com", "such as https://comfy.example.com"),
            ("Endpoint", "ftp://comfy.example.com", "Enter an http or https address, such as"),
            ("Endpoint", "https://comfy example.com", "Enter an http or https address, such as"),
            ("Endpoint", "https://ada:secret@comfy.example.com", "Remove the user name and password"),
        ],
    )
    def test_what_is_wrong_is_said_while_typing_and_stops_registering(
        self, shared_stage: Stage, open_form: Panel, label: str, typed: str, sentence: str
    ) -> None:
        field, fault = open_form.field(label), open_form.fault_of(label)
        field.fill(typed)
        expect(fault).to_contain_text(sentence)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(re.escape(sentence)))
        open_form.button("Register").click()
        expect(field).to_be_focused()
        field.fill(PUBLIC)
        expect(fault).to_have_count(0)
        expect(field).to_have_attribute("aria-invalid", "false")

    @pytest.mark.parametrize(
        ("label", "typed"), [("Name", "x" * 100), ("Name", "\U0001f3a8" * 100), ("Endpoint", f" {PUBLIC} ")]
    )
    def test_what_is_just_within_a_limit_is_not_complained_of(
        self, shared_stage: Stage, open_form: Panel, label: str, typed: str
    ) -> None:
        open_form.field(label).fill(typed)
        expect(open_form.field(label)).to_have_attribute("aria-invalid", "false")
        expect(open_form.fault_of(label)).to_have_count(0)

    def test_the_first_wrong_field_gets_the_focus(self, shared_stage: Stage, open_form: Panel) -> None:
        open_form.field("Name").fill("")
        open_form.field("Endpoint").fill("nowhere")
        open_form.add_header("Host", "x")
        for label, right in (("Name", "Workstation"), ("Endpoint", PUBLIC)):
            open_form.register()
            expect(open_form.field(label)).to_be_focused()
            open_form.field(label).fill(right)
        open_form.register()
        expect(open_form.header_rows.get_by_label("Header name")).to_be_focused()


class TestTags:
    def test_a_list_that_is_typed_or_pasted_is_split_at_its_commas(self, shared_stage: Stage, open_form: Panel) -> None:
        open_form.tag_input.press_sequentially("one,")
        expect(open_form.tags).to_have_text(["one"])
        open_form.tag_input.fill("two, three ,,fo")
        expect(open_form.tags).to_have_text(["one", "two", "three"])
        expect(open_form.tag_input).to_have_value("fo")

    @pytest.mark.parametrize(
        ("typed", "left"),
        [
            pytest.param("one\uff0ctwo\u3001three", "three", id="Chinese commas"),
            pytest.param('["one", "two", "three"]', "", id="JSON"),
            pytest.param('"one", "two", "three"', '"three"', id="quotes"),
        ],
    )
    def test_a_list_in_another_convention_is_understood(self, open_form: Panel, typed: str, left: str) -> None:
        open_form.tag_input.fill(typed)
        expect(open_form.tag_input).to_have_value(left)
        if left:
            # In the empty field it would register.
            open_form.tag_input.press("Enter")
        expect(open_form.tags).to_have_text(["one", "two", "three"])

    def test_nothing_of_a_list_is_lost_at_a_tag_that_is_there_already(
        self, shared_stage: Stage, open_form: Panel
    ) -> None:
        open_form.tag_input.fill("one,two,one,three")
        expect(open_form.tags).to_have_text(["one", "two"])
        expect(open_form.tags_field.get_by_role("alert")).to_have_text("This tag is already in the list.")
        expect(open_form.tag_input).to_have_value("one,three")

    def test_a_tag_that_is_there_already_is_kept_in_the_field(self, shared_stage: Stage, open_form: Panel) -> None:
        open_form.add_tag("same")
        open_form.add_tag("same")
        expect(open_form.tags_field.get_by_role("alert")).to_have_text("This tag is already in the list.")
        expect(open_form.tag_input).to_have_value("same")
        open_form.tag_input.fill("Same")
        expect(open_form.tags_field.get_by_role("alert")).to_have_count(0)
        open_form.tag_input.press("Enter")
        expect(open_form.tags).to_have_text(["same", "Same"])

    def test_an_eleventh_tag_is_refused_and_stops_registering(self, shared_stage: Stage, open_form: Panel) -> None:
        open_form.tag_input.fill(",".join(f"tag-{number}" for number in range(10)) + ",")
        expect(open_form.tags).to_have_count(10)
        open_form.add_tag("tag-10")
        expect(open_form.tags_field.get_by_role("alert")).to_have_text("A runner can have up to 10 tags.")
        expect(open_form.tags).to_have_count(10)
        open_form.register()
        expect(open_form.tag_input).to_be_focused()

    def test_backspace_in_the_empty_field_takes_the_last_tag_away(self, shared_stage: Stage, open_form: Panel) -> None:
        open_form.tag_input.fill("one,two,")
        open_form.tag_input.press("Backspace")
        expect(open_form.tags).to_have_text(["one"])


class TestHeaders:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            pytest.param("", "X-Key: open-sesame", id="into the value"),
            pytest.param("X-Key", "X-Key: open-sesame", id="with its name"),
            pytest.param("X-Key: open-sesame", "", id="into the name"),
        ],
    )
    def test_a_whole_line_that_is_pasted_is_name_and_value(self, open_form: Panel, name: str, value: str) -> None:
        open_form.add_header(name, value)
        row = open_form.header_rows.last
        row.get_by_label("Header value").press("Tab")
        expect(row.get_by_label("Header name")).to_have_value("X-Key")
        expect(row.get_by_label("Header value")).to_have_value("open-sesame")

    @pytest.mark.parametrize(
        ("headers", "wrong", "sentence"),
        [
            pytest.param([("X Key", "x")], "Header name", "letters, digits and hyphens", id="name"),
            pytest.param([("", "x")], "Header name", "letters, digits and hyphens", id="no name"),
            pytest.param([("Host", "x")], "Header name", "The connection sets it automatically", id="refused"),
            pytest.param(
                [("X-Key", "a"), ("x-key", "b")], "Header name", "This header is already in the list.", id="twice"
            ),
            pytest.param(
                [("X-Key", "X-Other: a")], "Header value", "Enter only the part after the colon", id="another's line"
            ),
            pytest.param([("X-Key", "")], "Header value", "Enter the value on one line", id="no value"),
        ],
    )
    def test_a_wrong_header_is_led_to_when_registering(
        self, shared_stage: Stage, open_form: Panel, headers: list[tuple[str, str]], wrong: str, sentence: str
    ) -> None:
        for name, value in headers:
            open_form.add_header(name, value)
        open_form.register()
        row = open_form.header_rows.last
        expect(row.get_by_role("alert")).to_contain_text(sentence)
        expect(row.get_by_label(wrong)).to_be_focused()
        expect(row.get_by_label(wrong)).to_have_attribute("aria-invalid", "true")
        row.get_by_label(wrong).press_sequentially("x")
        expect(row.get_by_role("alert")).to_have_count(0)

    def test_values_are_masked_until_they_are_asked_for(self, shared_stage: Stage, open_form: Panel) -> None:
        open_form.add_header("X-Key", "open-sesame")
        value = open_form.header_rows.get_by_label("Header value")
        expect(value).to_have_attribute("type", "password")
        open_form.button("Show the value").click()
        expect(value).to_have_attribute("type", "text")
        open_form.button("Hide the value").click()
        expect(value).to_have_attribute("type", "password")

    def test_a_row_can_be_removed(self, shared_stage: Stage, open_form: Panel) -> None:
        open_form.add_header("X-Key", "open-sesame")
        open_form.button("Remove this header").click()
        expect(open_form.header_rows).to_have_count(0)
        expect(open_form.button("Add a header")).to_be_focused()


class TestWhatIsSaidOfAnAddress:
    @pytest.mark.parametrize(
        ("endpoint", "warning"),
        [
            ("http://127.0.0.1:8188", "Only this computer can open this address"),
            ("http://localhost:8188", "Only this computer can open this address"),
            ("http://[::1]:8188", "Only this computer can open this address"),
            ("http://2130706433:8188", "Only this computer can open this address"),
            ("http://192.168.1.100:8188", "Private address"),
            ("http://10.0.0.5:8188", "Private address"),
            ("http://169.254.10.1:8188", "Link-local address"),
            ("http://100.64.1.2:8188", "the internet cannot reach it"),
            ("http://[fd00::1]:8188", "Private IPv6 address"),
            ("http://workstation:8188", "Hostnames without a dot"),
            ("http://comfy.local:8188", "Hostnames ending in .local"),
            ("http://nas.lan:8188", "inside a private network"),
            ("http://comfy.example.com", "unencrypted"),
            (PUBLIC, ""),
            ("https://8.8.8.8:40123", ""),
        ],
    )
    def test_an_address_that_cannot_be_reached_is_warned_of_but_not_refused(
        self, shared_stage: Stage, open_form: Panel, endpoint: str, warning: str
    ) -> None:
        with open_form.page.expect_response("**/address-kind*"):
            open_form.field("Endpoint").fill(endpoint)
        warnings = open_form.form.locator(".comfycontrol-warning:visible")
        if warning:
            expect(warnings).to_contain_text(warning)
            expect(open_form.field("Endpoint")).to_have_accessible_description(re.compile(warning))
        else:
            expect(warnings).to_have_count(0)
        expect(open_form.field("Endpoint")).to_have_attribute("aria-invalid", "false")
