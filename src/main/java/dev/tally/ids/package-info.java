/**
 * Ids by which customers, titles, studios, plans, devices, licenses, downloads and sessions are
 * named. No feature owns them and every feature may use them.
 */
package dev.tally.ids;
