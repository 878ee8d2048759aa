// The words for rules, remedies and what was asked for. A rule that this page does not know yet is shown by its name.

const RULES = {
  licenseActive: 'The license is active',
  licenseOverLimit: 'The license was granted within its limits',
  secondLicense: 'No other license for the title on the device',
  downloadLicense: 'It is a download license',
  titleAvailability: 'The title is available',
  maxDownloadDevices: 'Devices with downloads',
  maxActiveDownloadsPerDevice: 'Downloads on this device',
  maxActiveDownloadsPerCustomer: 'Active downloads',
  maxActiveDownloadsPerStudio: 'Downloads of this studio',
  maxDownloadsPerTitlePerYear: 'Downloads of this title within its year',
  maxPlaybacksPerTitlePerYear: 'Playbacks of this title within its year',
  maxRenewals: 'Renewals of this license',
  renewAfter: 'It is not too early to renew',
  maxDeactivationsPerYear: 'Devices deactivated within a year',
  maxConcurrentStreams: 'Streams at the same time',
};

const REMEDIES = {
  WAIT: 'wait until it frees up',
  RELEASE: 'give a download back',
  DEACTIVATE: 'take a device off the account',
  ACQUIRE: 'acquire the license anew',
};

const KINDS = {
  ACQUIRE: 'a license',
  CONFIRM: 'the confirmation of a license',
  RENEW: 'the renewal of a license',
  START: 'a play',
  DEACTIVATE: 'the deactivation of a device',
};

/** How and when a license had ended, when a rule found so. */
export const ending = ({state, at}) => state.toLowerCase() + ' at ' + at.slice(0, 10) + ' ' + at.slice(11, 19) + ' UTC';

export const kind = name => KINDS[name] || name;

export const rule = name => RULES[name] || name;

export const remedy = name => REMEDIES[name] || name;
