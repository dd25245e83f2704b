// What ComfyUI's page serves as /scripts/app.js.
import type { ComfyApp, ComfyExtension, ExtensionManager } from "@comfyorg/comfyui-frontend-types";

/** The published types leave dialogs out (`any`); this is what the extension relies on. */
interface ExtensionDialogs {
  /** Not there in pages before 1.28. */
  showExtensionDialog?(options: {
    /** Begins with `extension-`, else `closeDialog` does nothing. */
    key: `extension-${string}`;
    title?: string;
    /** The tag of a custom element. */
    component: string;
    props?: Record<string, unknown>;
    dialogComponentProps?: {
      size?: "sm" | "md" | "lg";
      /** 1.49 */
      dismissableMask?: boolean;
      /** 1.58 */
      dismissOnPointerDownOutside?: boolean;
    };
  }): { dialog: unknown; closeDialog: () => void };
}

interface Settings {
  get<T = unknown>(id: string): T | undefined;
  /** Saves it; the published types forget that this takes a while. */
  set<T = unknown>(id: string, value: T): Promise<void>;
}

type SettingOfComfyUI = NonNullable<ComfyExtension["settings"]>[number];

/** The published types know the settings of ComfyUI itself, and no others. */
interface Setting extends Omit<SettingOfComfyUI, "id" | "telemetry"> {
  id: `ComfyControl.${string}`;
  /** Whether changed values are reported to the desktop or cloud host. */
  telemetry?: { trackChanges: boolean };
}

interface Extension extends Omit<ComfyExtension, "settings"> {
  settings?: Setting[];
}

export declare const app: Omit<ComfyApp, "extensionManager" | "registerExtension"> & {
  registerExtension(extension: Extension): void;
  extensionManager: Omit<ExtensionManager, "dialog" | "setting"> & { dialog?: ExtensionDialogs; setting: Settings };
};
