// What ComfyUI's page gives to the widget of a placeholder. Its published types leave this out.

interface Widget {
  name: string;
  value: unknown;
  callback?: Function;
}

interface Slot {
  name: string;
  link?: number | null;
  linkId?: unknown;
}

export interface Resolved {
  widgetInfo?: { value: unknown };
}

/** The node itself, or what stands for it while the API format is made: one for each place of its subgraph. */
export interface Place {
  comfyClass?: string;
  graph?: unknown;
  widgets?: Widget[];
  inputs?: Slot[];
  getInputNode?: (slot: number) => any;
  resolveInput?: (slot: number) => Resolved | undefined;
}
