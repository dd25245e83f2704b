import pytest
from routes.checked_addresses import pack_module
from routes.comfyui_with_pack import Browser, ComfyUI

HEADER = "X-ComfyControl-Language"
FRENCH = {
    "panel": {"save": "Enregistrer"},
    "states": {"not_connected": {"label": "Non connect\u00e9"}},
    "errors": {
        "owner_required": {"message": "R\u00e9serv\u00e9 au propri\u00e9taire."},
        "body_not_json": {"message": "Ce n'est pas du JSON."},
        "internal": {"message": "L'extension a \u00e9chou\u00e9."},
    },
    "kinds": {"loopback": "Cette machine.", "private": "Votre r\u00e9seau."},
    "notes": {"runpod": "Ouvrez le port."},
    "sources": {"browser": "Votre navigateur"},
    "verdicts": {"not_public": {"next_step": "Prenez-en une autre."}},
}


@pytest.fixture
def french(comfyui: ComfyUI, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Some sentences in French, whatever the files say; gives the header that asks for them."""
    texts = pack_module(comfyui, "comfycontrol.texts")
    read = texts._table
    monkeypatch.setattr(texts, "_table", lambda language: FRENCH if language == "fr" else read(language))
    return {HEADER: "fr"}


@pytest.mark.parametrize(
    ("asked", "language", "direction"),
    [
        ("?language=en", "en", "ltr"),
        ("?language=zh-TW", "zh-TW", "ltr"),
        ("?language=he", "he", "rtl"),
        ("?language=tlh", "en", "ltr"),
        ("?language=../../en", "en", "ltr"),
        ("?language=", "en", "ltr"),
        ("", "en", "ltr"),
    ],
)
async def test_anyone_gets_the_texts_of_the_page(comfyui: ComfyUI, asked: str, language: str, direction: str) -> None:
    answer = await comfyui.browser().ask("GET", f"/texts{asked}")
    assert answer.status == 200
    assert answer.content.keys() == {"language", "direction", "texts"}
    assert (answer.content["language"], answer.content["direction"]) == (language, direction)
    english = (await comfyui.browser().ask("GET", "/texts?language=en")).content["texts"]
    assert answer.content["texts"].keys() == english.keys()
    assert english["save"] == "Save"


async def test_what_is_not_translated_is_english(comfyui: ComfyUI, french: dict[str, str]) -> None:
    texts = (await comfyui.browser().ask("GET", "/texts?language=fr")).content["texts"]
    assert (texts["save"], texts["cancel"]) == ("Enregistrer", "Cancel")


async def test_an_error_is_told_in_the_callers_language(comfyui: ComfyUI, french: dict[str, str]) -> None:
    stranger = comfyui.browser()
    told = await stranger.ask("GET", "/suggestions", headers=french)
    assert told.content["error"]["message"] == FRENCH["errors"]["owner_required"]["message"]  # type: ignore[index]
    assert told.content["error"]["next_step"].startswith("Enter an API token")
    assert (await stranger.ask("GET", "/suggestions")).content["error"]["message"].startswith("Only an owner")
    other = await stranger.ask("GET", "/suggestions", headers={HEADER: "../fr"})
    assert other.content["error"]["message"].startswith("Only an owner")


async def test_a_body_that_is_refused_is_told_of_in_the_callers_language(
    comfyui: ComfyUI, french: dict[str, str]
) -> None:
    told = await comfyui.browser().ask("PUT", "/token", data="x", headers={**french, "Content-Type": "text/plain"})
    assert (told.status, told.content["error"]["message"]) == (415, "Ce n'est pas du JSON.")


async def test_a_fault_of_ours_is_told_of_in_the_callers_language(
    comfyui: ComfyUI, french: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_module(comfyui, "server_routes.page_texts"), "page_texts", {}.pop)
    told = await comfyui.browser().ask("GET", "/texts", headers=french)
    assert (told.status, told.content["error"]["message"]) == (500, "L'extension a \u00e9chou\u00e9.")


async def test_a_state_is_told_in_the_callers_language(comfyui: ComfyUI, french: dict[str, str]) -> None:
    told = await comfyui.browser().ask("GET", "/status", headers=french)
    assert told.content["label"] == "Non connect\u00e9"


async def test_suggestions_are_told_in_the_callers_language(
    owner: Browser, comfyui: ComfyUI, french: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    probes = pack_module(comfyui, "comfycontrol.public_address.probes")
    monkeypatch.setattr(probes, "ask_agents", probes.ProbeAnswers)
    monkeypatch.setenv("RUNPOD_POD_ID", "abc")
    answer = await owner.ask("GET", "/suggestions?page=http://127.0.0.1:8188/", headers=french)
    runpod, browser = answer.content["endpoints"]
    assert (runpod["source"], runpod["note"]) == ("RunPod", "Ouvrez le port.")
    assert (browser["source"], browser["note"]) == ("Votre navigateur", "Cette machine.")
    assert browser["kind"][0]["sentence"] == "Cette machine."


async def test_a_check_is_told_in_the_callers_language(owner: Browser, french: dict[str, str]) -> None:
    answer = await owner.ask("POST", "/endpoint-check", {"endpoint": "http://10.0.0.1"}, headers=french)
    assert (answer.content["message"], answer.content["next_step"]) == ("Votre r\u00e9seau.", "Prenez-en une autre.")
