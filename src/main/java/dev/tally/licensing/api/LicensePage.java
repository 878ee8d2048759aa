package dev.tally.licensing.api;

import dev.tally.http.Page;

import java.util.List;

/**
 * A page of licenses, the latest first.
 *
 * @param next cursor of the next page; null on the last page
 */
record LicensePage(List<LicenseView> licenses, String next) implements Page {}
