"""In which language the panel speaks, and that it changes with ComfyUI's."""

import json
import re
from collections.abc import Callable

import pytest
from browser.stage import VERSIONS, Stage
from browser.told_states import tell
from playwright.sync_api import expect

SetStage = Callable[..., Stage]

# Whatever the translations say by now.
FRENCH = {
    "panel": {"save": "Enregistrer", "title": {"register": "Inscrire"}, "name": "Nom"},
    "states": {"not_connected": {"label": "Non connect\u00e9"}},
    "errors": {"token_prefix": {"message": "Ce n'est pas un jeton."}},
}
OF_COMFYUI = {
    "settings": {"ComfyControl_TokenRow": {"name": "Le jeton", "tooltip": "Du compte."}},
    "settingsCategories": {"Runner": "Machine"},
    "commands": {"ComfyControl_RegisterInstance": {"label": "Inscrire cette machine"}},
}
CHOOSE = "(language) => window.app.extensionManager.setting.set('Comfy.Locale', language)"


def translate(stage: Stage) -> None:
    folder = stage.host.pack_folder / "locales" / "fr"
    folder.mkdir(exist_ok=True)
    (folder / "panel.json").write_text(json.dumps(FRENCH), encoding="utf-8")


@pytest.mark.parametrize("frontend", [VERSIONS[0], VERSIONS[-1]])
def test_the_rows_change_their_language_with_comfyui(set_stage: SetStage, frontend: str) -> None:
    stage = set_stage(frontend, alone=True)
    translate(stage)
    context = stage.new_browser()
    # Read by ComfyUI at its start, before the translation was there.
    context.route("**/i18n", lambda route: route.fulfill(json={"fr": OF_COMFYUI}))
    panel = stage.open_settings(context)
    expect(panel.token_row.get_by_role("button").last).to_have_text("Save")

    panel.page.evaluate(CHOOSE, "fr")
    expect(panel.token_row.get_by_role("button").last).to_have_text("Enregistrer")
    expect(panel.token_row).to_have_attribute("lang", "fr")
    expect(panel.state).to_have_text("Non connect\u00e9")
    # What is not translated.
    expect(panel.token_row).to_contain_text("Create one at comfycontrol.app")
    for text in ("Le jeton", "Machine"):
        expect(panel.page.get_by_role("dialog").get_by_text(text, exact=True)).to_be_visible()

    panel.page.evaluate(CHOOSE, "en")
    expect(panel.token_row.get_by_role("button").last).to_have_text("Save")
    expect(panel.state).to_have_text("Not connected")
    assert panel.faults == []


def test_from_the_start_the_panel_speaks_the_language_chosen(set_stage: SetStage) -> None:
    stage = set_stage(alone=True, settings={"Comfy.Locale": "fr"})
    translate(stage)
    panel = stage.open()
    panel.page.route("**/comfycontrol/texts*", lambda route: route.fulfill(status=404))
    panel.run_command("Comfy.ShowSettingsDialog")
    panel.page.get_by_role("dialog").get_by_text("ComfyControl", exact=True).first.click()
    # Where the texts cannot be had, the row says so, and is there the next time.
    expect(panel.page.get_by_text(re.compile("failed to load. Restart ComfyUI")).first).to_be_visible()
    panel.page.unroute("**/comfycontrol/texts*")
    panel.reload()
    expect(panel.state).to_have_text("Non connect\u00e9")

    panel.token_field.fill("not-a-token")
    panel.token_row.get_by_role("button").last.click()
    expect(panel.token_alert).to_contain_text("Ce n'est pas un jeton.")
    panel.run_command("ComfyControl.RegisterInstance")
    expect(panel.form).to_have_attribute("lang", "fr")
    expect(panel.page.get_by_role("dialog").get_by_text("Inscrire")).to_be_visible()


# Arabic letters and digits; and what the service says in its own words.
ARABIC = re.compile(r"[\u0600-\u06ff]")


def test_lists_are_in_comfyuis_language_and_the_services_words_apart_from_it(set_stage: SetStage) -> None:
    panel = set_stage().open_connected()
    panel.page.evaluate(CHOOSE, "ar")
    expect(panel.instance_row).to_have_attribute("lang", "ar")
    tell(panel, "needs_attention")
    panel.instance_row.get_by_role("button").last.click()
    workflows = panel.details.locator(".comfycontrol-workflow-end")
    expect(workflows).to_have_count(2)
    for part in ("time", ".comfycontrol-workflow-status"):
        for text in workflows.locator(part).all_text_contents():
            assert ARABIC.search(text), text
    expect(panel.details.locator("q").first).to_have_css("unicode-bidi", "isolate")
    expect(panel.details.locator("q").first).to_have_css("direction", "ltr")
    panel.page.unroute_all()
    panel.close_dialogs()
    panel.page.evaluate(CHOOSE, "en")


def test_from_right_to_left_an_address_stays_as_it_is(set_stage: SetStage) -> None:
    panel = set_stage().open_settings()
    panel.page.evaluate(CHOOSE, "he")
    expect(panel.token_row).to_have_attribute("dir", "rtl")
    expect(panel.instance_row).to_have_attribute("dir", "rtl")
    expect(panel.token_row.locator("input")).to_have_css("direction", "ltr")
    expect(panel.token_row.locator("input")).to_have_css("text-align", "end")
    panel.page.evaluate(CHOOSE, "en")
    expect(panel.token_row).to_have_attribute("dir", "ltr")
