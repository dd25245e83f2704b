/** Where the panel leads to on other sites. */

export const COMFYCONTROL = "https://comfycontrol.app";
/** How a machine at home gets an address on the internet. */
export const HOME_GUIDE = "https://github.com/comfycontrol/comfyui-comfycontrol/blob/main/docs/using.md#for-you-at-home";
