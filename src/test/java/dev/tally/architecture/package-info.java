/** Rules for the whole source tree. */
package dev.tally.architecture;
