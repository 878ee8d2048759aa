package dev.tally.accounting;

/** What names a license among those of all customers. */
record LicenseKey(String customer, String license) {}
