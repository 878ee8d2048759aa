/**
 * Ids of customers and of everything that is licensed, counted or played. No feature owns them and
 * every feature may use them.
 */
package dev.tally.ids;
