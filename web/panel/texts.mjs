/** Every sentence of the panel that does not come from the server, in one place. */

export const texts = {
  title: { register: "Register this instance", edit: "Edit this runner" },
  states: {
    not_connected: "Not connected",
    not_registered: "Not registered",
    registered: "Registered",
    disabled: "Disabled",
    needs_attention: "Needs attention",
  },

  // The row "API token"
  tokenLabel: "ComfyControl API token",
  tokenPlaceholder: "cfc_...",
  tokenWhere: "Make one at comfycontrol.app, in your account settings under API Tokens.",
  tokenOfOwner: "This instance is connected to an account. To manage it from this browser, enter a token of that account.",
  save: "Save",
  saving: "Checking...",
  replace: "Replace",
  remove: "Remove",
  cancel: "Cancel",
  removeQuestion: "Remove the token and disconnect this instance?",
  /** @param {string} runner */
  removeLeaves: (runner) =>
    `The runner "${runner}" stays at ComfyControl. To take it out of service too, disable it first or remove it in the dashboard.`,
  disconnected: "The token was removed from this instance.",
  tier: "tier",

  // The row "This instance"
  registerButton: "Register this instance...",
  editButton: "Edit...",
  enable: "Enable",
  disable: "Disable",
  enterTokenFirst: "Enter an API token first.",
  asking: "Asking this instance...",

  // The form
  name: "Name",
  nameHelp: "How the runner is called in your account.",
  endpoint: "Endpoint",
  endpointHelp: "The address at which ComfyControl reaches this ComfyUI from the internet.",
  endpointsSuggested: "Suggested addresses",
  useAddress: "Use this address",
  certainty: { medium: "Probably right", low: "A guess" },
  /** @param {string} name */
  needsHeader: (name) => `This address needs the header ${name}.`,
  addIt: "Add it",
  check: "Check",
  checking: "Checking whether this address leads here...",
  mayStillWork: "ComfyControl may still reach it: some networks do not let a machine reach itself from outside.",
  useInstead: "Use",
  tags: "Tags",
  tagsHelp: "A workflow with tags only goes to a runner that has all of them.",
  tagsNone: "Without tags, this runner takes every workflow of the account.",
  tagsPlaceholder: "Add a tag",
  tagsSuggested: "Suggested:",
  /** @param {string} tag */
  tagRemove: (tag) => `Remove the tag ${tag}`,
  /** @param {string} tag */
  tagAdd: (tag) => `Add the tag ${tag}`,
  headers: "Headers",
  headersHelp: "Sent with every request to this ComfyUI, for a gateway or proxy that asks for them.",
  headersAdd: "Add a header",
  headersKept: "Set at ComfyControl; their values are not kept here.",
  headersChange: "Change headers",
  headersKeep: "Keep them as they are",
  headersReplace: "Enter every header again: these replace all that are set.",
  headerName: "Header name",
  headerValue: "Header value",
  headerReveal: "Show the value",
  headerHide: "Hide the value",
  headerRemove: "Remove this header",
  register: "Register",
  registering: "Registering...",
  checkingFirst: "Checking the address...",
  registerAnyway: "Register anyway",
  saveChanges: "Save changes",
  savingChanges: "Saving...",
  saveAnyway: "Save anyway",
  /** @param {string} name */
  registered: (name) => `This instance is now the runner "${name}".`,
  /** @param {string} name */
  changed: (name) => `The runner "${name}" was changed.`,
  nothingChanged: "Nothing was changed.",
  serviceSays: "ComfyControl says:",

  // The choice when the account already has a runner with this endpoint
  choice: "The account already has a runner with this endpoint",
  choiceHelp: "Taking it over changes it to the values of this form. A second runner counts towards the limit of your tier.",
  takeOver: "Take it over",
  makeSecond: "Make a second runner",

  // What is wrong with a field, by the server's own codes
  faults: {
    name_missing: "Enter a name of 1 to 100 characters.",
    name_too_long: "The name is longer than 100 characters.",
    endpoint_missing: "Enter the address at which this ComfyUI is reachable.",
    endpoint_invalid: "Enter an http or https address with a host, such as https://comfy.example.com.",
    endpoint_user_info: "Take the user name and password out of the address; add an Authorization header instead.",
    tags_too_many: "A runner has 10 tags at most.",
    tag_empty: "A tag is empty.",
    tag_comma: "A tag cannot hold a comma.",
    tag_blanks: "A tag cannot have blanks around it.",
    tag_duplicate: "This tag is there already.",
    header_name_invalid: "A header's name has letters, digits and dashes, such as X-Api-Key.",
    header_name_refused: "This header is set by the connection itself and cannot be given.",
    header_duplicate: "This header is there twice.",
    header_value_invalid: "Enter the value, on one line and without blanks around it.",
  },

  pageOffline: {
    message: "This ComfyUI did not answer.",
    next_step: "See whether it is running and your connection to it works, then try again.",
  },
  /** @param {number} status */
  pageMisled: (status) => ({
    message: `Something other than the ComfyControl extension answered (HTTP ${status}).`,
    next_step: "Reload the page. If that does not help, look at ComfyUI's log for an error of the extension.",
  }),
  tooOld: {
    message: "This version of ComfyUI's page cannot show the form.",
    next_step: "Update ComfyUI to 0.3.40 or newer.",
  },
};
