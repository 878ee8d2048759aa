/**
 * Licenses, devices, quotas and dry runs over HTTP. Validates, puts time and new ids into a
 * command, has it handled in the customer's turn, and shows the answer.
 */
package dev.tally.licensing.api;
