/** Objects whose fields may be missing. Pure: arguments are never changed. */

/** A copy without the fields that are undefined, null or empty text: spread over defaults, it leaves them. */
export function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  ) as Partial<T>;
}

/** What is stated, with `defaults` where it states nothing. */
export function filled<T extends object>(stated: T, defaults: { [K in keyof T]?: T[K] | undefined }): T {
  return { ...stated, ...defined(defaults), ...defined(stated) };
}
