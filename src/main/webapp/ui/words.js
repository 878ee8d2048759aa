// The words for rules and remedies. A rule that this page does not know yet is shown by its name.

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

export const rule = name => RULES[name] || name;

export const remedy = name => REMEDIES[name] || name;
