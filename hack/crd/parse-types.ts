/**
 * Reads the interfaces of the types-only KubeVirt package. Its declarations are generated and regular, so a
 * strict line grammar is enough; anything that does not fit it ends the run, so that nothing is lost unseen.
 */

export type FieldType =
  { kind: 'name'; name: string } | { kind: 'array'; item: string } | { kind: 'map'; value: string };

export interface Field {
  name: string;
  optional: boolean;
  type: FieldType;
  /** Text of the comment above: tells quantities and times from other strings. */
  comment: string;
}

export interface TypeTable {
  /** Lines of each interface; read by `fieldsOf`, because only those that the API reaches must fit the grammar. */
  interfaces: ReadonlyMap<string, readonly string[]>;
  enums: ReadonlyMap<string, readonly string[]>;
}

/** Interfaces of API objects; the package also declares an HTTP client, which is of no interest. */
const wanted = /^(?:V\d\w*|K8sIo\w+)$/;

/**
 * @param source text of the package's `index.d.ts`
 * @throws Error when a declaration is never closed, or an enumeration does not fit the grammar
 */
export function parseTypes(source: string): TypeTable {
  const interfaces = new Map<string, readonly string[]>();
  const enums = new Map<string, readonly string[]>();
  const lines = source.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const opened = /^interface (\w+)(?:<.*>)? \{$/.exec(line)?.[1];
    if (opened !== undefined && wanted.test(opened)) interfaces.set(opened, body(lines, index));
    const constant = /^declare const (\w+Enum): \{$/.exec(line)?.[1];
    if (constant !== undefined) enums.set(constant, parseEnum(body(lines, index), constant));
  }
  return { interfaces, enums };
}

/** Lines between the opening line and its closing brace in column 0. */
function body(lines: readonly string[], opening: number): string[] {
  const end = lines.findIndex((line, index) => index > opening && /^\};?$/.test(line));
  if (end < 0) throw new Error(`line ${opening + 1}: declaration is never closed`);
  return lines.slice(opening + 1, end);
}

/**
 * The fields of an interface.
 * @throws Error naming the text that the grammar does not cover
 */
export function fieldsOf(table: TypeTable, owner: string): Field[] {
  const text = (table.interfaces.get(owner) ?? []).join('\n');
  const member =
    /\s*\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {4}(\w+)(\??): ([^;{]+|\{\n {8}\[key: string\]: \w+;\n {4}\});(?:\n|$)/y;
  const fields: Field[] = [];
  let position = 0;
  while (position < text.length) {
    member.lastIndex = position;
    const match = member.exec(text);
    if (!match) throw new Error(`${owner}: cannot read '${text.slice(position, position + 120)}'`);
    const [, comment = '', name = '', optional, type = ''] = match;
    fields.push({ name, optional: optional === '?', type: parseType(type, `${owner}.${name}`), comment });
    position = member.lastIndex;
  }
  return fields;
}

function parseType(text: string, where: string): FieldType {
  const item = /^Array<(\w+)>$/.exec(text)?.[1];
  if (item !== undefined) return { kind: 'array', item };
  const value = /^\{\s*\[key: string\]: (\w+);\s*\}$/.exec(text)?.[1];
  if (value !== undefined) return { kind: 'map', value };
  if (/^\w+$/.test(text)) return { kind: 'name', name: text };
  throw new Error(`${where}: unknown type '${text}'`);
}

function parseEnum(lines: readonly string[], owner: string): string[] {
  return lines.map((line) => {
    const value = /^ {4}readonly \w+: "([^"]*)";$/.exec(line)?.[1];
    if (value === undefined) throw new Error(`${owner}: cannot read '${line}'`);
    return value;
  });
}
