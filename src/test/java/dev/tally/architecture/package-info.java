/** What holds for the whole tree. */
package dev.tally.architecture;
