/** The subset of OpenAPI v3 that Kubernetes calls a structural schema, plus references between our own types. */
export interface Schema {
  /** Name of a definition; only in the generated table, never in a CustomResourceDefinition. */
  $ref?: string;
  type?: 'object' | 'array' | 'string' | 'boolean' | 'integer' | 'number';
  format?: string;
  description?: string;
  nullable?: boolean;
  enum?: readonly string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  additionalProperties?: Schema;
  anyOf?: readonly Schema[];
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  'x-kubernetes-list-map-keys'?: readonly string[];
  /** CEL rules that the API server itself checks. */
  'x-kubernetes-validations'?: readonly { rule: string; message: string }[];
}

/** Every type of the API by name, each stated once. */
export type Definitions = Readonly<Record<string, Schema>>;
