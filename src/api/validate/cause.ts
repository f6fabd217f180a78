/** What a rejected request says about each field. */

/** Kubernetes' cause types: clients read them. */
export type CauseType =
  | 'FieldValueInvalid'
  | 'FieldValueRequired'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueNotFound'
  | 'FieldValueForbidden'
  | 'FieldValueTypeInvalid';

export interface Cause {
  /** `reason` on the wire. */
  type: CauseType;
  /** Path such as `spec.domain.devices.disks[0].name`. */
  field: string;
  /** What is wrong and what would be right. */
  message: string;
}

const make =
  (type: CauseType) =>
  (field: string, message: string): Cause => ({ type, field, message });

export const invalid = make('FieldValueInvalid');
export const required = make('FieldValueRequired');
export const notSupported = make('FieldValueNotSupported');
export const duplicate = make('FieldValueDuplicate');
export const notFound = make('FieldValueNotFound');
export const forbidden = make('FieldValueForbidden');
export const wrongType = make('FieldValueTypeInvalid');
