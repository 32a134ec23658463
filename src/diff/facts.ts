/** What can be told of a model or of a report about one, side by side with another. */
export interface Facts {
  /** The file, as it was named. */
  readonly path: string;
  /** "model", "report of compare" */
  readonly kind: string;
  /** Free text of the file. */
  readonly name?: string;
  readonly hash?: string;
  readonly values: Values;
  /** In the order of running; undefined where the file does not list them. */
  readonly layers?: readonly LayerFacts[];
}

/** Numbers that are told where they are known. */
export interface Values {
  /** On the test data, or on the samples that were compared: 0..1. */
  readonly accuracyFloat?: number;
  readonly accuracyInt8?: number;
  /** Of the whole image. */
  readonly flashBytes?: number;
  readonly ramBytes?: number;
  /** Of the network alone. */
  readonly tableBytes?: number;
  readonly arenaBytes?: number;
  /** Of one inference, mean and most. */
  readonly instructions?: number;
  readonly mostInstructions?: number;
  readonly cycles?: number;
  readonly mostCycles?: number;
  /** By a model of the core, from the instructions. */
  readonly modelledCycles?: number;
  readonly mostModelledCycles?: number;
  readonly macs?: number;
  readonly parameters?: number;
}

export interface LayerFacts {
  /** Free text of the file. */
  readonly name: string;
  readonly kind: string;
  /** "[16]" */
  readonly shape: string;
  /** What else can be compared, by what it is called: { "weights": "<hash>", "parameters": "208" }. */
  readonly parts: Readonly<Record<string, string>>;
}
