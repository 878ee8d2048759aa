/**
 * What a later version of the application adds, so that two versions can run side by side in a
 * test: compiled with the tests, and packed into a copy of the application.
 */
package dev.tally.newer;
