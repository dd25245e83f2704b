"""The one table of what can go wrong: code, sentence, next step.

Every code has a heading of the same name in `docs/troubleshooting.md`; a test walks both.
Sentences may hold `{names}` that the error is given; they never hold a secret.
"""

from typing import NamedTuple


class ErrorText(NamedTuple):
    """What a person reads: what happened, and what to do next."""

    message: str
    next_step: str


_SEE_STATUS = "See whether ComfyControl works at comfycontrol.app, wait a minute and try again."
_FIELD = "Correct the field and try again."

ERROR_TEXTS: dict[str, ErrorText] = {
    # What a person typed: the token
    "token_missing": ErrorText("No API token was entered.", "Paste the token from your ComfyControl account settings."),
    "token_blanks": ErrorText("The token has blanks in it or around it.", "Remove the blanks and save again."),
    "token_prefix": ErrorText(
        "This is not a ComfyControl API token: those begin with cfc_.",
        "Copy the whole token from your ComfyControl account settings, API Tokens.",
    ),
    "token_characters": ErrorText(
        "The token holds characters that no ComfyControl API token has.",
        "Copy the token again: only letters and digits follow cfc_.",
    ),
    # What a person typed: the runner
    "name_missing": ErrorText("The runner has no name.", "Enter a name of 1 to 100 characters."),
    "name_too_long": ErrorText("The name is longer than 100 characters.", "Shorten the name."),
    "endpoint_missing": ErrorText(
        "The runner has no endpoint.", "Enter the address at which this ComfyUI is reachable."
    ),
    "endpoint_invalid": ErrorText(
        "The endpoint is not an http or https address with a host.",
        "Enter an address such as https://comfy.example.com.",
    ),
    "endpoint_user_info": ErrorText(
        "The endpoint holds a user name or password.",
        "Take it out of the address and add an Authorization header instead.",
    ),
    "tags_too_many": ErrorText("A runner has 10 tags at most.", "Remove some tags."),
    "tag_empty": ErrorText("A tag is empty.", "Remove the empty tag."),
    "tag_comma": ErrorText(
        "A tag holds a comma: workflows list their tags separated by commas, so none could ever ask for it.",
        "Make it two tags, or use a dash.",
    ),
    "tag_blanks": ErrorText("A tag has blanks around it or a line break in it.", "Remove them."),
    "tag_duplicate": ErrorText("A tag is there twice.", "Remove one of the two."),
    "header_name_invalid": ErrorText(
        "A header's name is empty or has characters that HTTP does not allow.",
        "Use letters, digits and dashes, such as X-Api-Key.",
    ),
    "header_name_refused": ErrorText(
        "The header {header} is set by the connection itself and cannot be given.", "Remove this header."
    ),
    "header_duplicate": ErrorText("The header {header} is there twice.", "Remove one of the two."),
    "header_value_invalid": ErrorText(
        "The value of the header {header} is empty or has a line break or another character that HTTP does not allow.",
        "Enter the value again, on one line.",
    ),
    "status_invalid": ErrorText("A runner is either active or disabled.", "Choose one of the two."),
    # The request itself
    "body_invalid": ErrorText("The request is not what this route takes.", "Reload the page and try again."),
    "body_too_large": ErrorText("The request is larger than 64 KB.", "Use fewer or shorter headers."),
    "body_not_json": ErrorText("The request is not JSON.", "Send it with the media type application/json."),
    "nonce_invalid": ErrorText(
        "The nonce is not 16 to 128 letters, digits, dashes or underscores.", "Send one of that form."
    ),
    # Who may do what
    "owner_required": ErrorText(
        "Only an owner of this instance may do this.",
        "Enter an API token of the account it belongs to in Settings, ComfyControl.",
    ),
    "other_account": ErrorText(
        "This instance belongs to another ComfyControl account.",
        "Enter a token of that account. To release it without that token, delete the file __comfycontrol/memory.json "
        "in ComfyUI's user folder on its machine.",
    ),
    "too_many_tries": ErrorText(
        "Too many tokens were tried on this instance.", "Wait {retry_after} seconds and try again."
    ),
    "too_many_checks": ErrorText(
        "Too many addresses were checked in the last minute.", "Wait {retry_after} seconds and try again."
    ),
    "user_unknown": ErrorText("ComfyUI does not know this user.", "Choose a user in ComfyUI and reload the page."),
    # What this instance is in
    "not_connected": ErrorText("No API token is stored on this instance.", "Enter one in Settings, ComfyControl."),
    "token_unreadable": ErrorText(
        "The stored API token can no longer be opened: its key or the settings have changed.", "Enter the token again."
    ),
    "not_registered": ErrorText("This instance is not registered yet.", "Register it first."),
    "runner_exists": ErrorText(
        "The account already has a runner with this endpoint.", "Take it over, or make a second one."
    ),
    "runner_gone": ErrorText(
        "ComfyControl no longer has the runner of this instance; it may have been removed in the dashboard.",
        "Register this instance anew.",
    ),
    "cryptography_missing": ErrorText(
        "The Python package cryptography is missing, so the API token cannot be stored safely.",
        "Run this in ComfyUI's folder and start ComfyUI again: {command}",
    ),
    "storage_failed": ErrorText(
        "ComfyUI's user folder cannot be read or written: {reason}.",
        "Check the rights of the folder __comfycontrol in it and the free disk space.",
    ),
    "memory_damaged": ErrorText(
        "What this instance remembers of its registration is damaged.",
        "Delete the file __comfycontrol/memory.json in ComfyUI's user folder and enter the token again.",
    ),
    "api_url_invalid": ErrorText(
        "COMFYCONTROL_API_URL is neither an https address nor an http address of this machine.",
        "Correct or remove this environment variable and start ComfyUI again.",
    ),
    "internal": ErrorText(
        "The ComfyControl extension failed.", "Look at ComfyUI's log, and report what it says to the project."
    ),
    # What the service says
    "status_unknown": ErrorText(
        "ComfyControl gives the runner the status {status}, which this version of the extension does not know.",
        "Update the extension, or look at the runner in the ComfyControl dashboard.",
    ),
    "values_refused": ErrorText("ComfyControl refused these values.", _FIELD),
    "token_rejected": ErrorText(
        "ComfyControl rejected the API token: it is wrong, expired or revoked.",
        "Create a new token in your ComfyControl account settings and enter it here.",
    ),
    "runner_limit": ErrorText(
        "ComfyControl does not allow another runner: the limit of your tier is reached.",
        "Remove a runner in the ComfyControl dashboard, take over one of them, or choose a higher tier.",
    ),
    "access_denied": ErrorText(
        "ComfyControl does not allow this with your token.", "Use a token of the account that the runner belongs to."
    ),
    "rate_limited": ErrorText(
        "ComfyControl takes no more requests from this network for now.", "Wait {retry_after} seconds and try again."
    ),
    "service_trouble": ErrorText("ComfyControl has trouble of its own (HTTP {status}).", _SEE_STATUS),
    "outcome_unknown": ErrorText(
        "The connection was lost before ComfyControl answered, so nobody knows yet whether the runner was made.",
        "Press Register again: it looks for the runner first and never makes a second one.",
    ),
    "answer_lost": ErrorText(
        "ComfyControl did not answer. The runner was looked for and is not there.", "Press Register again."
    ),
    # What stands between here and the service
    "no_network": ErrorText(
        "This machine cannot find ComfyControl: no internet connection or no name service.",
        "Check the internet connection of the machine ComfyUI runs on.",
    ),
    "service_unreachable": ErrorText(
        "The connection to ComfyControl was refused or broke off.",
        "Check the firewall and the internet connection of the machine ComfyUI runs on, and try again.",
    ),
    "service_timeout": ErrorText("ComfyControl did not answer in time.", _SEE_STATUS),
    "tls_failed": ErrorText(
        "The certificate of ComfyControl could not be verified: something between here and there replaces it.",
        "Where a company proxy or virus scanner does that, set REQUESTS_CA_BUNDLE to its certificate file.",
    ),
    "proxy_failed": ErrorText(
        "The proxy of this machine did not let the request through.",
        "Check the environment variables HTTPS_PROXY and NO_PROXY.",
    ),
    "not_the_service": ErrorText(
        "Something other than ComfyControl answered (HTTP {status}), such as a login or block page of the network.",
        "Open https://api.comfycontrol.app in a browser on the machine ComfyUI runs on to see what answers.",
    ),
}
