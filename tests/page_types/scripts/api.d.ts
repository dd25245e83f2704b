// What ComfyUI's page serves as /scripts/api.js.
import type { ComfyApi } from "@comfyorg/comfyui-frontend-types";

/** The published types know the events of ComfyUI itself; those of extensions come with any name. */
interface ExtensionEvents {
  addEventListener(event: `comfycontrol.${string}`, listener: (event: CustomEvent<unknown>) => void): void;
}

export declare const api: ComfyApi & ExtensionEvents;
