/** Kubernetes' rules for names. */

const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const fileName = /^[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;

export const isDnsLabel = (text: string): boolean => label.test(text);

const subdomainPart = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** Names of most objects. Kubernetes bounds the whole and no part: a claim's name may have 70 letters and no dot. */
export const isDnsSubdomain = (text: string): boolean =>
  text.length <= 253 && text.split('.').every((part) => subdomainPart.test(part));

/** Safe as the name of a file: no separator, no leading dot, bounded. */
export const isFileName = (text: string): boolean => fileName.test(text);

/** Absolute, without relative components, and not the root. */
export const isPlainPath = (path: string): boolean =>
  path.length <= 4096 &&
  path.startsWith('/') &&
  !path.includes('\0') &&
  path
    .slice(1)
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..');

export const dnsLabelRules =
  'use at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends';

/** An image reference has no blanks; everything else is for the registry to judge. */
export const isImage = (image: string): boolean => /^\S{1,1024}$/.test(image);
