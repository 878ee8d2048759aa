/**
 * What every feature stands on: the schema's migration, health, security, JSON and errors as
 * problem details (RFC 9457).
 */
package dev.tally.platform;
