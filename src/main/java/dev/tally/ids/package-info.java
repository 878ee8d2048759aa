/**
 * Ids by which a customer and everything that is licensed, counted or played are named. No feature
 * owns them and every feature may use them.
 */
package dev.tally.ids;
