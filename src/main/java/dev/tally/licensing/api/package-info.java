/**
 * Resources of licenses, devices, quotas and dry runs. A resource validates the request, puts time
 * and new ids into a command, has it handled in the customer's turn, and shows the answer.
 */
package dev.tally.licensing.api;
