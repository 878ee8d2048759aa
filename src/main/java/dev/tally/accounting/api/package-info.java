/** Resource of figures about all customers: the usage of a studio's titles. */
package dev.tally.accounting.api;
