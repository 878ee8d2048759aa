package dev.tally.licensing.api;

import java.util.List;

/**
 * Licenses, the latest first.
 *
 * @param next the cursor of the next page; null: this is the last
 */
record LicensePage(List<LicenseView> licenses, String next) {}
