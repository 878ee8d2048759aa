/**
 * The parts of HTTP that all resources share. This package knows no feature.
 *
 * <p>Operations: reading and writing JSON; query parameters and conditions; problems (RFC 9457);
 * who may call; limits of requests.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Every error has one form and a type, and tells nothing internal.
 *   <li>A resource that does not say who may call it is closed.
 *   <li>Reading JSON guesses nothing: anything unexpected is refused, with its place.
 *   <li>No request is served before the schema is what this version expects.
 *   <li>Requests are answered 503 within seconds while the database is gone.
 * </ol>
 *
 * <p>Out of scope: business rules of any kind.
 */
package dev.tally.http;
