/** XML as a tree, and its text. Names are ours; attribute values and texts may come from anybody. */
import { MonovirtError } from '../../support/errors.ts';

type Attribute = string | number | bigint | undefined;

export interface Element {
  name: string;
  attributes: [string, string][];
  children: (Element | string)[];
}

/** Makes an element; attributes and children that are undefined are left out. */
export function el(
  name: string,
  attributes: Record<string, Attribute> = {},
  ...children: (Element | string | undefined)[]
): Element {
  return {
    name,
    attributes: Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, String(value)]),
    children: children.filter((child) => child !== undefined),
  };
}

/**
 * Writes an element, indented by two spaces a level.
 * @throws MonovirtError InvalidCharacter: for text that XML cannot carry, such as NUL or half a surrogate pair.
 */
export function serialize({ name, attributes, children }: Element, indent = ''): string {
  const head = `${indent}<${name}${attributes.map(([key, value]) => ` ${key}="${escaped(value)}"`).join('')}`;
  if (children.length === 0) return `${head}/>\n`;
  const texts = children.filter((child) => typeof child === 'string');
  if (texts.length > 0) return `${head}>${escaped(texts.join(''))}</${name}>\n`;
  const inner = children.map((child) => (typeof child === 'string' ? '' : serialize(child, `${indent}  `)));
  return `${head}>\n${inner.join('')}${indent}</${name}>\n`;
}

const special = /[&<>"'\t\n\r]/g;
/** What XML 1.0 has no way to write. */
const impossible = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** Escapes for attributes and text alike; white space too, or a parser would normalise it. */
function escaped(text: string): string {
  const bad = impossible.exec(text);
  if (bad !== null) {
    const code = (bad[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const message = `the character U+${code} in ${JSON.stringify(text.slice(0, 80))} cannot be written as XML; remove it`;
    throw new MonovirtError('InvalidCharacter', message, 'never');
  }
  return text.replace(special, (character) => `&#${character.charCodeAt(0)};`);
}
