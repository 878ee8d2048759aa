// Numbers as people read them.

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** A number of bytes, in units of 1,000. */
export function bytes(count) {
  if (count === null) return 'none';
  let size = count;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return (unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)) + ' ' + UNITS[unit];
}

/** A whole number, with commas. */
export const whole = count => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** A share of one, in percent. */
export const percent = share => Math.floor(share * 100) + ' %';
