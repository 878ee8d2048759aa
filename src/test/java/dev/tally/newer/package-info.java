/**
 * The classes that a later version of the application adds, so that a test can run two versions
 * side by side. They are compiled with the tests and packed into a copy of the application.
 */
package dev.tally.newer;
