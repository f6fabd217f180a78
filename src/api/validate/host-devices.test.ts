import { defaultConfig } from '../cluster-config.ts';
import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as host from './host-devices.ts';
import * as claims from './resource-claims.ts';

const at = 'domain.devices';
const gpu = (name: string, more: object) => ({ name, ...more });
const claimed = (name: string) => gpu(name, { claimName: 'c', requestName: 'r' });

const rows: Row[] = [
  {
    name: 'hostDevicesGateIsOpen',
    set: { [`${at}.hostDevices`]: [{ name: 'a', deviceName: 'v/d' }] },
    field: 'HostDevices',
    says: /Host Devices feature gate is not enabled in kubevirt-config/,
  },
  {
    name: 'passedDeviceNamesDiffer',
    set: { [`${at}.gpus`]: [gpu('a', { deviceName: 'v/d' }), gpu('a', { deviceName: 'v/d' })] },
    type: 'FieldValueDuplicate',
    field: `${at}.gpus[1].name`,
  },
  {
    name: 'passedDeviceHasASource',
    set: { [`${at}.gpus`]: [gpu('a', {})] },
    type: 'FieldValueRequired',
    field: `${at}.gpus`,
    says: /each GPU must specify either a deviceName or a claimRequest/,
  },
  {
    name: 'passedDeviceHasOneSource',
    set: { [`${at}.hostDevices`]: [{ ...claimed('a'), deviceName: 'v/d' }] },
    field: `${at}.hostDevices`,
    says: /with both deviceName and claimRequest/,
  },
  {
    name: 'gpusAreOfOneKind',
    set: { [`${at}.gpus`]: [claimed('a'), gpu('b', { deviceName: 'v/d' })] },
    field: `${at}.gpus`,
    says: /contains both DRA and non-DRA GPUs/,
  },
  {
    name: 'claimedDevicesGateIsOpen',
    set: { [`${at}.gpus`]: [claimed('a')] },
    config: { ...defaultConfig, featureGates: new Set() },
    field: `${at}.gpus`,
    says: /GPUsWithDRA feature gate is not enabled/,
  },
  {
    name: 'claimedDeviceIsNamed: claim',
    set: { [`${at}.gpus`]: [gpu('a', { requestName: 'r' })] },
    type: 'FieldValueRequired',
    field: `${at}.gpus[0].claimName`,
    says: /is required for DRA GPU/,
  },
  {
    name: 'claimedDeviceIsNamed: request',
    set: { [`${at}.hostDevices`]: [{ name: 'a', claimName: 'c' }] },
    type: 'FieldValueRequired',
    field: `${at}.hostDevices[0].requestName`,
  },
  {
    name: 'claimedRequestsDiffer: in one list',
    set: { [`${at}.gpus`]: [claimed('a'), claimed('b')] },
    type: 'FieldValueDuplicate',
    field: `${at}.gpus[1]`,
    says: /duplicate claimName\/requestName pair "c\/r"/,
  },
  {
    name: 'claimedRequestsDiffer: between lists',
    set: { [`${at}.gpus`]: [claimed('a')], [`${at}.hostDevices`]: [claimed('b')] },
    type: 'FieldValueDuplicate',
    field: `${at}.hostDevices[0]`,
  },
  {
    name: 'claimedDevicesAreListed',
    set: { [`${at}.gpus`]: [claimed('a')], resourceClaims: [{ name: 'other', resourceClaimName: 'x' }] },
    field: 'resourceClaims',
    says: /must specify all claims used in vmi\.spec\.domain\.devices\.gpus .*missing: c$/,
  },
  {
    name: 'passedDeviceIsPermitted: GPU',
    set: { [`${at}.gpus`]: [gpu('a', { deviceName: 'v/d' })] },
    type: 'FieldValueNotSupported',
    field: `${at}.gpus[0].deviceName`,
    says: /GPU v\/d is not permitted in permittedHostDevices configuration/,
  },
  {
    name: 'passedDeviceIsPermitted: host device',
    set: { [`${at}.hostDevices`]: [{ name: 'a', deviceName: 'v/d' }] },
    type: 'FieldValueNotSupported',
    field: `${at}.hostDevices[0].deviceName`,
    says: /HostDevice v\/d is not permitted in permittedHostDevices configuration/,
  },
  {
    name: 'oneGpuShowsFirmware',
    set: {
      [`${at}.gpus`]: ['a', 'b'].map((name) =>
        gpu(name, { deviceName: 'v/d', virtualGPUOptions: { display: {} } }),
      ),
    },
    field: 'GPUs',
    says: /configuring multiple displays with ramfb is not valid/,
  },
  {
    name: 'resourceClaimIsNamed: not at all',
    set: { resourceClaims: [{ name: '', resourceClaimName: 'x' }] },
    type: 'FieldValueRequired',
    field: 'resourceClaims[0].name',
  },
  {
    name: 'resourceClaimIsNamed: badly',
    set: { resourceClaims: [{ name: 'A_b', resourceClaimName: 'x' }] },
    field: 'resourceClaims[0].name',
    says: /does not conform to the kubernetes DNS_LABEL rules/,
  },
  {
    name: 'resourceClaimNamesDiffer',
    set: {
      resourceClaims: [
        { name: 'a', resourceClaimName: 'x' },
        { name: 'a', resourceClaimName: 'y' },
      ],
    },
    type: 'FieldValueDuplicate',
    field: 'resourceClaims[1].name',
    says: /duplicate resourceClaims name "a"/,
  },
  {
    name: 'resourceClaimHasOneSource: none',
    set: { resourceClaims: [{ name: 'a' }] },
    field: 'resourceClaims[0]',
    says: /must specify one of: resourceClaimName, resourceClaimTemplateName/,
  },
  {
    name: 'resourceClaimHasOneSource: two',
    set: { resourceClaims: [{ name: 'a', resourceClaimName: 'x', resourceClaimTemplateName: 'y' }] },
    field: 'resourceClaims[0]',
    says: /at most one of resourceClaimName or resourceClaimTemplateName may be specified/,
  },
  {
    name: 'resourceClaimSourceIsAName: claim',
    set: { resourceClaims: [{ name: 'a', resourceClaimName: 'X!' }] },
    field: 'resourceClaims[0].resourceClaimName',
  },
  {
    name: 'resourceClaimSourceIsAName: template',
    set: { resourceClaims: [{ name: 'a', resourceClaimTemplateName: 'X!' }] },
    field: 'resourceClaims[0].resourceClaimTemplateName',
  },
];

testRules(rows, host, claims);
