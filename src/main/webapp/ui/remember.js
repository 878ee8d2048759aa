// Work that is done once for what has not changed.

/** The function, which gives what it made last time if it is given the same values again. */
export function remembered(make) {
  let last = null;
  return (...given) => {
    if (last === null || given.some((one, index) => one !== last.given[index])) last = {given, made: make(...given)};
    return last.made;
  };
}
