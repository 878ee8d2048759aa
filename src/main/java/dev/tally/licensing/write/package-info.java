/** One handler per command: loads, decides, appends, in one transaction. And the queries. */
package dev.tally.licensing.write;
